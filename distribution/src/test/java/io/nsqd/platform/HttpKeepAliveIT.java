package io.nsqd.platform;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.launcher.Daemon;
import io.nsqd.tcp.Certificates;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.FrameworkUtil;

/** Connections of HTTP clients go on when the bundle that serves them is updated, or the core, and nothing of the old one is left. */
class HttpKeepAliveIT {
    private static final int CYCLES = Integer.getInteger("platform.cycles", 5);

    private static final int CLIENTS = Integer.getInteger("platform.keepAliveClients", 8);

    private static final int TRANSPORTS = 3;
    private static final String PING = KeepAlive.get("/ping");
    private static final String PUB = KeepAlive.post("/pub?topic=kept", "body");

    /** Messages a second that all of them publish together, at the most. */
    private static final int RATE = Integer.getInteger("platform.handoverRate", 50_000);

    /** Messages of a batch. */
    private static final int BATCH = 20;

    /** So many times at once some of them ask. */
    private static final int AHEAD = 4;

    private static final String MPUB =
            KeepAlive.post("/mpub?topic=kept", "body\n".repeat(BATCH).trim());
    private static final KeepAlive.Answer OK = new KeepAlive.Answer(200, "OK", false);

    @TempDir
    Path directory;

    private int httpsPort;
    private World world;
    private Platform platform;
    private KeepAlive plain;
    private KeepAlive secret;

    @BeforeEach
    void start() throws Exception {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            httpsPort = free.getLocalPort();
        }
        world = new World(
                directory,
                Map.of(
                        "https-address",
                        "127.0.0.1:" + httpsPort,
                        "tls-cert",
                        Certificates.file("rsa.pem").toString(),
                        "tls-key",
                        Certificates.file("rsa-key.pem").toString()));
        platform = world.platform();
        platform.startAll();
        platform.awaitTransports(TRANSPORTS);
        plain = KeepAlive.plain(platform.httpPort());
        secret = KeepAlive.secret(KeepAlive.dial(httpsPort));
        ping();
    }

    @AfterEach
    void stop() throws Exception {
        plain.close();
        secret.close();
        world.close();
    }

    private void ping() throws Exception {
        assertEquals(OK, plain.ask(PING));
        assertEquals(OK, secret.ask(PING));
    }

    private void swap(String name) throws Exception {
        platform.update(name);
        platform.awaitTransports(TRANSPORTS);
    }

    @ParameterizedTest
    @ValueSource(strings = {Platform.HTTP, Platform.CORE})
    void theSameSocketsGoOnAndNothingIsLeft(String bundle) throws Exception {
        for (int i = 0; i < CYCLES; i++) {
            swap(bundle);
            ping();
            assertEquals(OK, plain.ask(PUB));
            assertEquals(OK, secret.ask(PUB));
        }
        String topics = plain.ask(KeepAlive.get("/stats?format=json")).body();
        assertTrue(topics.contains("\"message_count\":" + (bundle.equals(Platform.CORE) ? 2 : 2 * CYCLES)), topics);
        // While the connections are there.
        assertEquals(List.of(), platform.leaked());
        assertEquals(CYCLES, platform.replaced());
        ping();
    }

    @Test
    void aStopAndAStartAreNoDifference() throws Exception {
        platform.stop(Platform.HTTP);
        plain.send(PING);
        platform.start(Platform.HTTP);
        assertEquals(OK, plain.read());
        ping();
    }

    @Test
    void whoHasSaidNothingOrHalfOfItGoesOn() throws Exception {
        try (KeepAlive silent = KeepAlive.plain(platform.httpPort());
                Socket silentSecret = KeepAlive.dial(httpsPort);
                KeepAlive half = KeepAlive.plain(platform.httpPort());
                KeepAlive halfSecret = KeepAlive.secret(KeepAlive.dial(httpsPort))) {
            half.send("GET /ping HTTP/1.1\r\nHost");
            halfSecret.send("GET /ping HTTP/1.1\r\nHost");
            swap(Platform.HTTP);
            half.send(": t\r\n\r\n");
            halfSecret.send(": t\r\n\r\n");
            assertEquals(OK, half.read());
            assertEquals(OK, halfSecret.read());
            assertEquals(OK, silent.ask(PING));
            assertEquals(OK, KeepAlive.secret(silentSecret).ask(PING));
            assertEquals(List.of(), platform.leaked());
        }
    }

    @Test
    void aBodyIsReadToItsEndAndTheRestBySuccessors() throws Exception {
        plain.send(PUB.substring(0, PUB.length() - 2));
        secret.send(PUB.substring(0, PUB.length() - 2));
        CompletableFuture<Void> swapped = swapping();
        LockSupport.parkNanos(200_000_000);
        plain.send("dy" + PUB + PING);
        secret.send("dy" + PUB + PING);
        swapped.join();
        for (int i = 0; i < 3; i++) {
            assertEquals(OK, plain.read());
            assertEquals(OK, secret.read());
        }
        ping();
    }

    private CompletableFuture<Void> swapping() {
        return CompletableFuture.runAsync(() -> {
            try {
                swap(Platform.HTTP);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void aSlowAnswerIsGivenByWhoBeganAndTheNextByWhoComes() throws Exception {
        CountDownLatch asked = new CountDownLatch(2);
        CountDownLatch answer = new CountDownLatch(1);
        Class<?> type = platform.bundle(Platform.API).loadClass("io.nsqd.spi.HttpEndpoint");
        Class<?> response = platform.bundle(Platform.API).loadClass("io.nsqd.spi.HttpEndpoint$Response");
        Object endpoint = Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> switch (method.getName()) {
                    case "handle" -> {
                        asked.countDown();
                        answer.await();
                        yield response.getMethod("text", int.class, String.class)
                                .invoke(null, 200, "slow");
                    }
                    // As an endpoint has it that was written before there was such a thing.
                    case "answer" -> InvocationHandler.invokeDefault(proxy, method, arguments);
                    case "hashCode" -> 1;
                    case "equals" -> proxy == arguments[0];
                    default -> "slow";
                });
        platform.context()
                .registerService(
                        type.getName(), endpoint, FrameworkUtil.asDictionary(Map.of("nsqd.http.path", "/slow")));
        plain.send(KeepAlive.get("/slow") + PUB + KeepAlive.get("/slow"));
        secret.send(KeepAlive.get("/slow") + PUB + KeepAlive.get("/slow"));
        asked.await();
        CompletableFuture<Void> swapped = swapping();
        LockSupport.parkNanos(200_000_000);
        assertEquals(TRANSPORTS - 2, platform.transports());
        answer.countDown();
        swapped.join();
        KeepAlive.Answer slow = new KeepAlive.Answer(200, "slow", false);
        for (KeepAlive client : List.of(plain, secret)) {
            assertEquals(slow, client.read());
            assertEquals(OK, client.read());
            // What other bundles serve is there as soon as the successor is.
            assertEquals(slow, client.read());
        }
        ping();
        assertEquals(List.of(), platform.leaked());
    }

    @Test
    void whereTheFrameworkStopsAllEnds() throws Exception {
        platform.close();
        assertTrue(plain.isClosed());
        assertTrue(secret.isClosed());
    }

    /** How clients with one connection fare that never ends; for as many updates as the profile says. */
    @Test
    void noRequestIsLostUnderLoad() throws Exception {
        int rounds = Integer.getInteger("platform.keepAliveRounds", 4 * CYCLES);
        AtomicInteger answered = new AtomicInteger();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        List<Asking> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            KeepAlive connection =
                    i % 2 == 0 ? KeepAlive.plain(platform.httpPort()) : KeepAlive.secret(KeepAlive.dial(httpsPort));
            clients.add(new Asking(connection, i % 4 < 2 ? 1 : AHEAD, answered, failure));
        }
        long started = System.nanoTime();
        clients.forEach(Thread::start);
        Load.Latencies stalls = new Load.Latencies();
        Load.Latencies updates = new Load.Latencies();
        for (int i = 0; i < rounds && failure.get() == null; i++) {
            int before = answered.get();
            await().atMost(Platform.PATIENCE).until(() -> answered.get() > before + 3 * CLIENTS);
            clients.forEach(Asking::beginRound);
            long begin = System.nanoTime();
            swap(Platform.HTTP);
            updates.add(System.nanoTime() - begin);
            clients.forEach(Asking::endRound);
            await().atMost(Platform.PATIENCE)
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> failure.get() != null || clients.stream().allMatch(Asking::hasAnswers));
            clients.forEach(client -> stalls.add(client.longestOfRound()));
        }
        for (Asking client : clients) {
            client.end();
        }
        String report = String.format(
                "keep-alive: %d updates of nsqd-http, %d connections, %d requests answered (%.0f messages a second), failed %s, update median %.1f ms, max %.1f;"
                        + " longest wait for an answer around an update: median %.1f ms, p99 %.1f, max %.1f%n",
                rounds,
                CLIENTS,
                answered.get(),
                answered.get() / 3.0 * (BATCH + 1) / ((System.nanoTime() - started) / 1e9),
                failure.get(),
                updates.quantile(0.5),
                updates.quantile(1),
                stalls.quantile(0.5),
                stalls.quantile(0.99),
                stalls.quantile(1));
        System.out.print(report);
        Files.writeString(Daemon.home().resolveSibling("keep-alive.txt"), report);
        assertEquals(null, failure.get());
        String topics = plain.ask(KeepAlive.get("/stats?format=json")).body();
        long published = answered.get() / 3L * (BATCH + 1);
        assertTrue(topics.contains("\"message_count\":" + published + ","), () -> published + " of " + topics);
        assertEquals(rounds, updates.count());
        assertEquals(List.of(), platform.leaked());
    }

    /** Asks again and again, so many requests at a time, on one connection. */
    private static final class Asking extends Thread {
        /** Half of them send once, and half {@link #AHEAD} times as much. */
        private static final long INTERVAL_NANOS =
                TimeUnit.SECONDS.toNanos(1) * CLIENTS * (BATCH + 1) * (AHEAD + 1) / 2 / RATE;

        private final KeepAlive connection;
        private final int ahead;
        private final AtomicInteger answered;
        private final AtomicReference<Throwable> failure;
        private volatile boolean asking = true;
        private final AtomicInteger answers = new AtomicInteger();
        private int answersBefore;
        private final AtomicLong longest = new AtomicLong();

        Asking(KeepAlive connection, int ahead, AtomicInteger answered, AtomicReference<Throwable> failure) {
            this.connection = connection;
            this.ahead = ahead;
            this.answered = answered;
            this.failure = failure;
        }

        @Override
        public void run() {
            try {
                long next = System.nanoTime();
                while (asking) {
                    long begin = System.nanoTime();
                    connection.send((PUB + MPUB + PING).repeat(ahead));
                    for (int i = 0; i < 3 * ahead; i++) {
                        assertEquals(OK, connection.read());
                        answered.incrementAndGet();
                    }
                    longest.accumulateAndGet(System.nanoTime() - begin, Math::max);
                    answers.incrementAndGet();
                    next = Math.max(next + INTERVAL_NANOS, begin);
                    LockSupport.parkNanos(next - System.nanoTime());
                }
            } catch (Exception | AssertionError e) {
                failure.compareAndSet(null, e);
            }
        }

        void beginRound() {
            longest.set(0);
        }

        void endRound() {
            answersBefore = answers.get();
        }

        /** Whether what was asked during the round is answered. */
        boolean hasAnswers() {
            return answers.get() >= answersBefore + 2;
        }

        long longestOfRound() {
            return longest.get();
        }

        void end() throws Exception {
            asking = false;
            join();
            connection.close();
        }
    }
}
