package io.nsqd.api;

/**
 * A request that the broker refused.
 *
 * <p>It carries no stack trace: refusals are answers, part of the normal traffic, and a client must not be able to make
 * the daemon fill in stack traces at will. A cause, where there is one, keeps its own.
 */
public final class NsqdException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Reason reason;

    /**
     * @param reason the machine-readable reason
     * @param message the text that a client may be shown
     */
    public NsqdException(Reason reason, String message) {
        this(reason, message, null);
    }

    /**
     * @param reason the machine-readable reason
     * @param message the text that a client may be shown
     * @param cause what went wrong underneath, or {@code null}
     */
    public NsqdException(Reason reason, String message, Throwable cause) {
        super(message, cause, false, false);
        this.reason = reason;
    }

    /** The machine-readable reason. */
    public Reason reason() {
        return reason;
    }
}
