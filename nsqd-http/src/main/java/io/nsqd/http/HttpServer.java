package io.nsqd.http;

import java.time.Clock;
import java.util.concurrent.Executor;

/** What the connections of a transport share. Any thread. */
final class HttpServer {
    private final Executor workers;
    private final ResponseEncoder encoder;
    private final long requestTimeoutNanos;

    /**
     * @param workers for what may block
     * @param requestTimeoutNanos how long a request may stall; 0 or less is for ever
     */
    HttpServer(Clock clock, Executor workers, long requestTimeoutNanos) {
        this.workers = workers;
        this.requestTimeoutNanos = requestTimeoutNanos;
        encoder = new ResponseEncoder(clock);
    }

    Executor workers() {
        return workers;
    }

    ResponseEncoder encoder() {
        return encoder;
    }

    long requestTimeoutNanos() {
        return requestTimeoutNanos;
    }
}
