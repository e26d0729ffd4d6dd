package io.nsqd.http;

import io.nsqd.api.NsqdException;

/** What the broker's refusals are called over HTTP. */
final class Refusals {
    private Refusals() {}

    /** The answer to a topic or channel operation that the broker refused (H-60 to H-63). */
    static HttpException of(NsqdException refusal) {
        return switch (refusal.reason()) {
            case EXITING -> new HttpException(503, "EXITING");
            case TOPIC_NOT_FOUND -> new HttpException(404, "TOPIC_NOT_FOUND");
            case CHANNEL_NOT_FOUND -> new HttpException(404, "CHANNEL_NOT_FOUND");
            default -> HttpException.internalError();
        };
    }
}
