package io.nsqd.console;

import io.nsqd.spi.HttpEndpoint.Response;
import io.nsqd.spi.StaticFiles;

/** The forms of answers. */
final class Responses {
    private Responses() {}

    static Response json(int status, Object value) {
        return guarded(new Response(status, "application/json; charset=utf-8", Json.bytes(value)));
    }

    /** Kept by nobody, taken for nothing but what it is, and no page. */
    static Response guarded(Response response) {
        return response.with("Cache-Control", "no-store")
                .with("Content-Security-Policy", StaticFiles.CONTENT_SECURITY_POLICY)
                .with("X-Content-Type-Options", "nosniff")
                .with("Referrer-Policy", "no-referrer");
    }
}
