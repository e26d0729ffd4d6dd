package io.nsqd.http;

import io.nsqd.api.Nsqd;

/** {@code /ping}: the daemon's health (H-32, H-33). */
final class PingEndpoint implements Endpoint {
    private static final String HEALTHY = "OK";
    private static final Response OK = Response.plain(200, HEALTHY);

    private final Nsqd nsqd;

    PingEndpoint(Nsqd nsqd) {
        this.nsqd = nsqd;
    }

    @Override
    public RequestBody open(Exchange exchange) {
        String health = nsqd.health();
        return new RequestBody.Unread(health.equals(HEALTHY) ? OK : Response.plain(500, health));
    }
}
