package io.nsqd.http;

import io.nsqd.api.Nsqd;
import java.nio.charset.StandardCharsets;

/** Sends plain HTTP clients to the HTTPS port, whatever they ask for (H-90). */
final class TlsRequiredEndpoint implements Endpoint {
    private final Nsqd nsqd;

    TlsRequiredEndpoint(Nsqd nsqd) {
        this.nsqd = nsqd;
    }

    @Override
    public RequestBody open(Exchange exchange) {
        // Clients read the port from this text, spaces and all.
        String json = "{\"message\": \"TLS_REQUIRED\", \"https_port\": " + nsqd.port("https") + "}";
        return new RequestBody.Unread(Response.json(403, json.getBytes(StandardCharsets.US_ASCII)));
    }
}
