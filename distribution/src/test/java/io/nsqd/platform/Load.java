package io.nsqd.platform;

import io.nsqd.tcp.Delivery;
import io.nsqd.tcp.Frame;
import io.nsqd.tcp.V2Client;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * A steady load: producers over TCP and HTTP and consumers, which connect again when their connection is cut, and one who does
 * nothing but connect and publish once. Each has a thread.
 */
final class Load implements AutoCloseable {
    static final String TOPIC = "orders";
    static final String CHANNEL = "billing";

    /** Messages that a consumer may have in flight. */
    static final int READY = 50;

    private static final long PAUSE_NANOS = 500_000;

    private final Platform platform;
    private final Ledger ledger;
    private final List<Thread> producers = new ArrayList<>();
    private final List<Thread> consumers = new ArrayList<>();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final AtomicInteger refusedTcp = new AtomicInteger();
    private final AtomicInteger refusedHttp = new AtomicInteger();
    private final Set<V2Client> consuming = ConcurrentHashMap.newKeySet();
    private final Latencies connects = new Latencies();
    private final Latencies posts = new Latencies();
    private volatile boolean publishing = true;
    private volatile boolean finishing = true;

    /** Times that something took. Any thread. */
    static final class Latencies {
        private long[] nanos = new long[1024];
        private int count;
        private long since = System.nanoTime();

        synchronized void add(long time) {
            if (count == nanos.length) {
                nanos = Arrays.copyOf(nanos, 2 * count);
            }
            nanos[count++] = time;
        }

        synchronized void reset() {
            count = 0;
            since = System.nanoTime();
        }

        /** How many there were per second since the last {@link #reset}. */
        synchronized double rate() {
            return count / ((System.nanoTime() - since) / 1e9);
        }

        synchronized int count() {
            return count;
        }

        /** In milliseconds, for a share of 0 to 1; 0 where there is none. */
        synchronized double quantile(double share) {
            if (count == 0) {
                return 0;
            }
            long[] sorted = Arrays.copyOf(nanos, count);
            Arrays.sort(sorted);
            return sorted[(int) Math.min(count - 1, Math.round(share * (count - 1)))] / 1e6;
        }
    }

    /** One thing that a client does with its connection. */
    private interface Step {
        void run(V2Client client) throws IOException;
    }

    Load(Platform platform, Ledger ledger) {
        this.platform = platform;
        this.ledger = ledger;
    }

    Load start(int tcpProducers, int httpProducers, int consumerCount) {
        for (int i = 0; i < tcpProducers; i++) {
            producers.add(thread("tcp-producer", this::publishOverTcp));
        }
        for (int i = 0; i < httpProducers; i++) {
            producers.add(thread("http-producer", this::publishOverHttp));
        }
        producers.add(thread("connector", this::connectAgainAndAgain));
        for (int i = 0; i < consumerCount; i++) {
            consumers.add(thread("consumer", this::consume));
        }
        return this;
    }

    private Thread thread(String name, Runnable task) {
        Thread thread = new Thread(
                () -> {
                    try {
                        task.run();
                    } catch (RuntimeException | Error e) {
                        failure.compareAndSet(null, e);
                    }
                },
                "load-" + name);
        thread.start();
        return thread;
    }

    private static void pause() {
        LockSupport.parkNanos(PAUSE_NANOS);
    }

    /** The next frame that is no heartbeat. */
    private static Frame frame(V2Client client) throws IOException {
        Frame frame = client.frame();
        while (frame.equals(Frame.HEARTBEAT)) {
            client.line("NOP");
            frame = client.frame();
        }
        return frame;
    }

    /** Connects and works until it is cut off or has enough. */
    private void connected(Step step) {
        try (V2Client client = V2Client.connect(platform.tcpPort())) {
            client.send(V2Client.MAGIC);
            step.run(client);
        } catch (ConnectException e) {
            refusedTcp.incrementAndGet();
            pause();
        } catch (IOException e) {
            // Cut off.
            pause();
        }
    }

    private void publishOverTcp() {
        int[] number = {ledger.number()};
        while (publishing) {
            connected(client -> {
                while (publishing) {
                    if (publish(client, TOPIC, Integer.toString(number[0]))) {
                        ledger.acknowledged(number[0]);
                        number[0] = ledger.number();
                    } else {
                        return;
                    }
                    pause();
                }
            });
        }
    }

    private boolean publish(V2Client client, String topic, String body) throws IOException {
        try {
            client.line("PUB " + topic, body);
            if (frame(client).equals(Frame.OK)) {
                return true;
            }
        } catch (IOException e) {
            ledger.unsure();
            throw e;
        }
        ledger.unsure();
        return false;
    }

    /** As short-lived clients do; the time is that from the first attempt to the answer. */
    private void connectAgainAndAgain() {
        while (publishing) {
            long begin = System.nanoTime();
            boolean[] done = {false};
            while (publishing && !done[0]) {
                connected(client -> {
                    client.line("PUB probe", "x");
                    done[0] = frame(client).equals(Frame.OK);
                });
            }
            if (done[0]) {
                connects.add(System.nanoTime() - begin);
            }
            pause();
        }
    }

    private void publishOverHttp() {
        int number = ledger.number();
        while (publishing) {
            long begin = System.nanoTime();
            try {
                if (post(Integer.toString(number)) == 200) {
                    posts.add(System.nanoTime() - begin);
                    ledger.acknowledged(number);
                    number = ledger.number();
                } else {
                    ledger.unsure();
                }
            } catch (ConnectException e) {
                refusedHttp.incrementAndGet();
            } catch (IOException e) {
                ledger.unsure();
            }
            pause();
        }
    }

    private int post(String body) throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection) URI.create("http://127.0.0.1:" + platform.httpPort() + "/pub?topic=" + TOPIC)
                        .toURL()
                        .openConnection();
        connection.setConnectTimeout((int) TimeUnit.SECONDS.toMillis(20));
        connection.setReadTimeout((int) TimeUnit.SECONDS.toMillis(20));
        connection.setDoOutput(true);
        connection.setFixedLengthStreamingMode(body.length());
        connection.getOutputStream().write(body.getBytes(StandardCharsets.US_ASCII));
        int status = connection.getResponseCode();
        try (InputStream in = status == 200 ? connection.getInputStream() : connection.getErrorStream()) {
            if (in != null) {
                in.readAllBytes();
            }
        }
        return status;
    }

    private void consume() {
        while (finishing) {
            connected(client -> {
                consuming.add(client);
                client.line("SUB " + TOPIC + " " + CHANNEL);
                if (!frame(client).equals(Frame.OK)) {
                    return;
                }
                client.line("RDY " + READY);
                while (finishing) {
                    Frame frame = frame(client);
                    if (frame.type() == Frame.MESSAGE) {
                        Delivery delivery = frame.delivery();
                        client.line("FIN " + delivery.id());
                        ledger.finished(Integer.parseInt(delivery.body()));
                    }
                }
            });
        }
    }

    int refusedTcp() {
        return refusedTcp.get();
    }

    int refusedHttp() {
        return refusedHttp.get();
    }

    Latencies connects() {
        return connects;
    }

    Latencies posts() {
        return posts;
    }

    /** Ends the producers, each once its last message is answered. */
    void stopPublishing() {
        publishing = false;
        join(producers);
    }

    private void join(List<Thread> threads) {
        try {
            for (Thread thread : threads) {
                thread.join(Platform.PATIENCE.toMillis());
                if (thread.isAlive()) {
                    throw new AssertionError(thread + " hangs");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (failure.get() != null) {
            throw new AssertionError(failure.get());
        }
    }

    /** Ends all. */
    @Override
    public void close() throws IOException {
        stopPublishing();
        finishing = false;
        for (V2Client client : consuming) {
            client.close();
        }
        join(consumers);
    }
}
