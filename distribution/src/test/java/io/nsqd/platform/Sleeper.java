package io.nsqd.platform;

import io.nsqd.tcp.Frame;
import io.nsqd.tcp.V2Client;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** Does nothing but answer heartbeats, on a thread of its own: of those that come every three seconds it must not miss two. */
final class Sleeper implements AutoCloseable {
    private final V2Client client;
    private final AtomicInteger heartbeats = new AtomicInteger();
    private final AtomicReference<String> end = new AtomicReference<>("");
    private final Thread thread = new Thread(this::run, "sleeper");
    private volatile boolean closing;

    Sleeper(int port) throws IOException {
        client = V2Client.connect(port);
        client.send(V2Client.MAGIC).line("IDENTIFY", "{\"heartbeat_interval\":3000}");
        thread.start();
    }

    private void run() {
        try {
            Frame frame = client.frame();
            while (true) {
                if (frame.equals(Frame.HEARTBEAT)) {
                    heartbeats.incrementAndGet();
                    client.line("NOP");
                } else if (!frame.equals(Frame.OK)) {
                    end.set("got " + frame);
                }
                frame = client.frame();
            }
        } catch (IOException e) {
            if (!closing) {
                end.set(e.toString());
            }
        }
    }

    int heartbeats() {
        return heartbeats.get();
    }

    /** How its connection ended; empty while it has not. */
    String end() {
        return end.get();
    }

    @Override
    public void close() throws IOException {
        closing = true;
        client.close();
    }
}
