package io.nsqd.websocket;

import io.nsqd.spi.HttpEndpoint.Response;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Answers as the daemon's own endpoints give them. */
final class Answers {
    private Answers() {}

    /** A refusal; {@code code} needs no escaping. */
    static Response error(int status, String code) {
        return new Response(
                status,
                "application/json; charset=utf-8",
                ("{\"message\":\"" + code + "\"}").getBytes(StandardCharsets.US_ASCII));
    }

    /** The same for a page of an origin that may read it. */
    static Response readableBy(Optional<String> origin, Response answer) {
        return origin.map(
                        page -> answer.with("Access-Control-Allow-Origin", page).with("Vary", "Origin"))
                .orElse(answer);
    }
}
