package io.nsqd.tcp;

/**
 * An error answer: {@code CODE description} (P-5), in which each character stands for a byte. All but those of FIN, REQ and
 * TOUCH end the connection (P-22). Carries no stack trace, as clients can cause as many as they like.
 */
final class ProtocolException extends Exception {
    private static final long serialVersionUID = 1L;

    ProtocolException(String code, String description) {
        super(code + " " + description, null, false, false);
    }

    ProtocolException(String code, String description, Throwable cause) {
        super(code + " " + description, cause, false, false);
    }

    static ProtocolException invalid(String description) {
        return new ProtocolException("E_INVALID", description);
    }
}
