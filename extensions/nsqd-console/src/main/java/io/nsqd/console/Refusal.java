package io.nsqd.console;

import io.nsqd.api.Errors;
import io.nsqd.api.NsqdException;
import io.nsqd.spi.HttpEndpoint.Response;

/** Why something is not done, with a sentence for people. */
final class Refusal extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String code;

    /**
     * A refusal.
     *
     * @param status of HTTP
     * @param code a stable word for programs
     * @param detail a sentence for people
     */
    Refusal(int status, String code, String detail) {
        super(detail, null, false, false);
        this.status = status;
        this.code = code;
    }

    static Refusal badRequest(String detail) {
        return new Refusal(400, "BAD_REQUEST", detail);
    }

    static Refusal notAllowed(String detail) {
        return new Refusal(403, "NOT_ALLOWED", detail);
    }

    static Refusal notFound(String code, String detail) {
        return new Refusal(404, code, detail);
    }

    /** What the daemon says. */
    static Refusal of(NsqdException refusal) {
        int status =
                switch (refusal.reason()) {
                    case TOPIC_NOT_FOUND, CHANNEL_NOT_FOUND, MESSAGE_NOT_FOUND -> 404;
                    case FULL -> 507;
                    case BACKEND -> 503;
                    case EXITING, CHANNEL_EXISTS, NOT_RETAINED -> 409;
                    default -> 400;
                };
        return new Refusal(status, refusal.reason().name(), Errors.describe(refusal));
    }

    String code() {
        return code;
    }

    int status() {
        return status;
    }

    Response response() {
        return Responses.json(status, Json.object("message", code, "detail", getMessage()));
    }
}
