package io.nsqd.tcp;

/** What is said of bodies that are too big, too small or cut short (P-30, P-65 to P-67). */
final class BodyRules {
    private final Limits limits;

    BodyRules(Limits limits) {
        this.limits = limits;
    }

    /** Whether the command's body is limited as a body and not as a message. */
    private static boolean isPlain(String command) {
        return command.equals("IDENTIFY") || command.equals("AUTH");
    }

    /** The size of the body of IDENTIFY, AUTH, PUB or DPUB. */
    void size(String command, int size) throws ProtocolException {
        if (isPlain(command)) {
            bodySize(command, size);
        } else {
            messageSize(command, "message body size", size);
        }
    }

    /** The size of the body of MPUB. */
    void batchSize(int size) throws ProtocolException {
        bodySize("MPUB", size);
    }

    private void bodySize(String command, int size) throws ProtocolException {
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
            throw badBody("MPUB", "invalid message count " + count);
        }
    }

    /** The size of a message of MPUB. */
    void batchMessageSize(int index, int size) throws ProtocolException {
        messageSize("MPUB", "message(" + index + ") body size", size);
    }

    private void messageSize(String command, String name, int size) throws ProtocolException {
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
    static ProtocolException cutShort(String command, ClientConnection.BrokenOff at, int messageIndex) {
        boolean plain = isPlain(command);
        return switch (at) {
            case SIZE ->
                plain || command.equals("MPUB")
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

    private static ProtocolException badBody(String command, String text) {
        return new ProtocolException("E_BAD_BODY", command + " " + text);
    }

    private static ProtocolException badMessage(String command, String text) {
        return new ProtocolException("E_BAD_MESSAGE", command + " " + text);
    }
}
