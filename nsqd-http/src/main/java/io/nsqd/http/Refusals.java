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
            case NOT_RETAINED -> said(400, refusal.getMessage());
            case CHANNEL_EXISTS -> said(409, refusal.getMessage());
            default -> HttpException.internalError();
        };
    }

    /** A sentence that says why, for people: Go's answers are words that programs compare. */
    static HttpException said(int status, String why) {
        return new HttpException(Response.json(status, GoJson.bytes(json -> {
            json.writeStartObject();
            GoJson.writeString(json, "message", why);
            json.writeEndObject();
        })));
    }
}
