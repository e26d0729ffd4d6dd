package io.nsqd.tcp;

/** What is said of bodies that are too big, too small or cut short (P-30, P-65 to P-67). */
final class BodyRules {
    private final Limits limits;

    BodyRules(Limits limits) {
        this.limits = limits;
    }

    /** The size of the body of IDENTIFY, AUTH, PUB or DPUB. */
    void size(Command command, int size) throws ProtocolException {
        if (command.hasPlainBody()) {
            bodySize(command, size);
        } else {
            messageSize(command, "message body size", size);
        }
    }

    /** The size of the body of MPUB. */
    void batchSize(int size) throws ProtocolException {
        bodySize(Command.MPUB, size);
    }

    private void bodySize(Command command, int size) throws ProtocolException {
        if (size > limits.maxBodyBytes()) {
            throw badBody(command, "body too big " + size + " > " + limits.maxBodyBytes());
        }
        if (size <= 0) {
            throw badBody(command, "invalid body size " + size);
        }
    }

    /** The number of messages of MPUB. */
    void batchCount(int count) throws ProtocolException {
        if (count <= 0 || count > limits.maxMessageCount()) {
            throw badBody(Command.MPUB, "invalid message count " + count);
        }
    }

    /** The size of a message of MPUB. */
    void batchMessageSize(int index, int size) throws ProtocolException {
        messageSize(Command.MPUB, "message(" + index + ") body size", size);
    }

    private void messageSize(Command command, String name, int size) throws ProtocolException {
        if (size <= 0) {
            throw badMessage(command, "invalid " + name + " " + size);
        }
        if (size > limits.maxMessageBytes()) {
            throw badMessage(command, "message too big " + size + " > " + limits.maxMessageBytes());
        }
    }

    /**
     * What is answered to a command that stays without its end (P-46).
     *
     * @param at where it breaks off, behind its line
     * @param messageIndex the message of MPUB that it breaks off in
     */
    static ProtocolException cutShort(Command command, ClientConnection.BrokenOff at, int messageIndex) {
        boolean plain = command.hasPlainBody();
        return switch (at) {
            case SIZE ->
                plain || command == Command.MPUB
                        ? badBody(command, "failed to read body size")
                        : badMessage(command, "failed to read message body size");
            case BODY ->
                plain ? badBody(command, "failed to read body") : badMessage(command, "failed to read message body");
            case COUNT -> badBody(command, "failed to read message count");
            case MESSAGE_SIZE -> badMessage(command, "failed to read message(" + messageIndex + ") body size");
            case MESSAGE_BODY -> badMessage(command, "failed to read message body");
            case MAGIC, LINE -> throw new IllegalArgumentException("nothing is said of a cut line");
        };
    }

    private static ProtocolException badBody(Command command, String text) {
        return new ProtocolException("E_BAD_BODY", command + " " + text);
    }

    private static ProtocolException badMessage(Command command, String text) {
        return new ProtocolException("E_BAD_MESSAGE", command + " " + text);
    }
}
