package io.nsqd.http;

import java.time.Clock;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/** What the connections of a transport share, and the list of them. Any thread. */
final class HttpServer {
    private final Executor workers;
    private final ResponseEncoder encoder;
    private final long requestTimeoutNanos;
    private final Set<HttpHandler> connections = ConcurrentHashMap.newKeySet();
    private volatile boolean stopping;

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

    void add(HttpHandler connection) {
        connections.add(connection);
        // The other order than in stopAll(), so that one of the two sees the other.
        if (stopping) {
            connection.stop();
        }
    }

    void remove(HttpHandler connection) {
        connections.remove(connection);
    }

    /** Whether all connections are to end. */
    boolean isStopping() {
        return stopping;
    }

    /** Whether there is any connection. */
    boolean isBusy() {
        return !connections.isEmpty();
    }

    /** Ends all connections, each after the answer it owes, and those that are still to come. */
    void stop() {
        stopping = true;
        connections.forEach(HttpHandler::stop);
    }

    /** Waits until no connection is left; those that take too long are cut off. */
    void awaitStopped(long graceMillis) throws InterruptedException {
        long deadline = System.nanoTime() + graceMillis * 1_000_000;
        for (HttpHandler connection : connections) {
            long left = Math.max(1, (deadline - System.nanoTime()) / 1_000_000);
            if (!connection.closeFuture().await(left)) {
                connection.abort();
                connection.closeFuture().await(graceMillis);
            }
        }
    }
}
