package io.nsqd.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.tcp.Frame;
import io.nsqd.tcp.V2Client;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/** Connects, publishes once and goes, again and again: it is never refused, nor cut off. */
final class Visitor implements AutoCloseable {
    static final String TOPIC = "visits";

    private static final long PAUSE_NANOS = 5_000_000;

    private final int port;
    private final String secret;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final Thread thread = new Thread(this::run, "visitor");
    private volatile boolean ended;

    Visitor(int port, String secret) {
        this.port = port;
        this.secret = secret;
        thread.start();
    }

    private void run() {
        try {
            while (!ended) {
                visit();
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        } catch (IOException | RuntimeException | Error e) {
            failure.set(e);
        }
    }

    private void visit() throws IOException {
        try (V2Client client = V2Client.connect(port)) {
            client.send(V2Client.MAGIC);
            if (!secret.isEmpty()) {
                assertTrue(client.line("AUTH", secret).frame().data().startsWith("{"));
            }
            assertEquals(Frame.OK, client.line("PUB " + TOPIC, "x").frame());
        }
    }

    /** Comes no more. */
    void leave() {
        ended = true;
        try {
            thread.join(Platform.PATIENCE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (failure.get() != null) {
            throw new AssertionError("a visitor was refused, or cut off", failure.get());
        }
    }

    @Override
    public void close() {
        leave();
    }
}
