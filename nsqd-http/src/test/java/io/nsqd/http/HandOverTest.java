package io.nsqd.http;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.nsqd.api.Option;
import io.nsqd.net.ConnectionRecord;
import io.nsqd.net.RealListeners;
import io.nsqd.spi.Authentication;
import io.nsqd.spi.Transport;
import io.nsqd.stats.HandOverStats;
import io.nsqd.testing.FakeNsqd;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections go on when a transport takes the place of another. */
@Tag("X-16")
final class HandOverTest {
    private static final Duration MOMENT = Duration.ofMillis(150);

    private static final String PING = "GET /ping HTTP/1.1\r\nHost: t\r\n\r\n";
    private static final String PUB = "POST /pub?topic=a HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\nbody";

    private static TestTls tls;

    private final RealListeners net = new RealListeners();
    private volatile String daemon = "nsqd";
    private final FakeNsqd nsqd = new FakeNsqd() {
        @Override
        public String name() {
            return daemon;
        }
    };
    private HttpTransport transport;
    private RawClient client;

    @BeforeAll
    static void makeCertificate(@TempDir java.nio.file.Path folder) throws Exception {
        tls = new TestTls(folder);
    }

    @BeforeEach
    void start() throws IOException {
        Map<Option, Object> options = new EnumMap<>(Option.class);
        options.put(Option.HTTP_ADDRESS, "127.0.0.1:" + freePort());
        options.put(Option.HTTPS_ADDRESS, "127.0.0.1:" + freePort());
        options.put(Option.HTTP_REQUEST_TIMEOUT, Duration.ofMillis(1500).toNanos());
        nsqd.with(options);
        open();
        client = new RawClient(nsqd.port("http"));
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        net.stop();
        transport.close();
        net.close();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private void open() throws IOException {
        Optional<SslContext> context =
                Optional.of(SslContextBuilder.forServer(tls.keys()).build());
        transport = new HttpTransport(
                nsqd,
                net.workers(),
                Authentication.of(() -> false, Optional::empty),
                registered -> {
                    nsqd.add(registered);
                    return () -> nsqd.remove(registered);
                },
                List::of);
        transport.listen(net.listeners(), options -> context);
    }

    /** Another transport takes the place of this one. */
    private void swap() throws IOException {
        transport.close();
        open();
    }

    private CompletableFuture<Void> closing() {
        return CompletableFuture.runAsync(transport::close);
    }

    private HandOverStats handOver(String protocol) {
        Transport found = nsqd.transports().stream()
                .filter(each -> each.protocol().equals(protocol))
                .findAny()
                .orElseThrow();
        return found.handOver();
    }

    private void ping(RawClient who) throws IOException {
        RawClient.Answer answer = who.exchange("GET", "/ping", "");
        assertEquals("OK", answer.body());
        assertEquals("", answer.header("connection"));
    }

    private static void sleep() throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(MOMENT.toMillis());
    }

    private List<String> bodies() {
        return nsqd.existingTopic("a").isEmpty() ? List.of() : nsqd.fake("a").bodies();
    }

    @Test
    void aConnectionGoesOnBetweenTwoRequests() throws Exception {
        for (int i = 0; i < 3; i++) {
            ping(client);
            swap();
        }
        ping(client);
        assertEquals(new HandOverStats(3, 3, 0), handOver("http"));
        assertEquals(HandOverStats.NONE, handOver("https"));
    }

    @Test
    void aConnectionOverTlsGoesOn() throws Exception {
        try (RawClient secret = tls.connect(nsqd.port("https"))) {
            for (int i = 0; i < 3; i++) {
                ping(secret);
                swap();
            }
            ping(secret);
            assertEquals(new HandOverStats(3, 3, 0), handOver("https"));
        }
    }

    @Test
    void aConnectionThatHasSaidNothingGoesOn() throws Exception {
        try (Socket silent = tls.dial(nsqd.port("https"))) {
            await().until(() -> transport.isBusy());
            sleep();
            swap();
            ping(client);
            try (RawClient secret = tls.wrap(silent)) {
                ping(secret);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 6, 40})
    void aHandshakeThatHasBegunGoesOn(int sent) throws Exception {
        try (Socket socket = tls.dial(nsqd.port("https"));
                TestTls.Slow slow = tls.slow(socket, sent)) {
            slow.begin();
            sleep();
            swap();
            slow.goOn();
            ping(slow.client());
        }
    }

    @Test
    void plainHttpWhereTlsShouldBeIsRecognizedAfterwardsToo() throws Exception {
        try (RawClient plain = new RawClient(nsqd.port("https"))) {
            plain.send("GE");
            sleep();
            swap();
            plain.send("T / HTTP/1.1\r\n\r\n");
            assertTrue(plain.readAll().startsWith("HTTP/1.0 400 "));
        }
    }

    /** Whatever of two requests has come, each is carried out and answered once. */
    @Test
    void noByteIsLostWhereverRequestsAreCut() throws Exception {
        String head = "GET /ping HTTP/1.1\r\nHost: t\r\nX-Long: a\r\n  b\r\nConnection: keep-alive\r\n\r\n";
        for (int cut = 0; cut <= head.length(); cut++) {
            client.send(head.substring(0, cut));
            if (cut % 7 == 0) {
                // Else it may come before, while or after the transport leaves.
                TimeUnit.MILLISECONDS.sleep(5);
            }
            swap();
            client.send(head.substring(cut));
            assertEquals("200 OK", line(client.read()), "cut at " + cut);
        }
        HandOverStats all = new HandOverStats(head.length() + 1L, head.length() + 1L, 0);
        await().untilAsserted(() -> assertEquals(all, handOver("http")));
    }

    private static String line(RawClient.Answer answer) {
        return answer.status() + " " + answer.body();
    }

    @Test
    void aHeadIsCutTwice() throws Exception {
        client.send("GET /ping HTTP/1.1\r\nHo");
        sleep();
        swap();
        client.send("st: t\r\nX: ");
        sleep();
        swap();
        client.send("y\r\n\r\n" + PING);
        assertEquals("200 OK", line(client.read()));
        assertEquals("200 OK", line(client.read()));
    }

    /** The rest of a request is due from the successor as it was before. */
    @Test
    @Tag("X-14")
    void aHeadThatStallsIsGivenUpByTheSuccessor() throws Exception {
        client.send("GET /ping HTTP/1.1\r\nHo");
        sleep();
        swap();
        long begin = System.nanoTime();
        assertEquals(408, client.read().status());
        assertTrue(System.nanoTime() - begin > Duration.ofMillis(1300).toNanos());
    }

    @Test
    void aBodyIsReadToItsEndByWhoBegan() throws Exception {
        client.send(PUB.substring(0, PUB.length() - 2));
        sleep();
        CompletableFuture<Void> closing = closing();
        sleep();
        assertFalse(closing.isDone());
        client.send("dy" + PING);
        closing.join();
        RawClient.Answer answer = client.read();
        assertEquals("200 OK", line(answer));
        assertEquals("", answer.header("connection"));
        assertEquals(List.of("body"), bodies());
        sleep();
        assertFalse(client.hasAnswer());
        open();
        assertEquals("200 OK", line(client.read()));
        ping(client);
    }

    @Test
    void whatIsSentAheadIsLeftToTheSuccessor() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        nsqd.figuresWaitFor(gate);
        String cut = PUB.substring(0, PUB.length() - 1);
        client.send("GET /stats HTTP/1.1\r\nHost: t\r\n\r\n" + PUB + PING + PUB + PING.repeat(200) + cut);
        await().until(() -> !nsqd.filters().isEmpty());
        CompletableFuture<Void> closing = closing();
        sleep();
        assertFalse(closing.isDone());
        gate.countDown();
        closing.join();
        RawClient.Answer answer = client.read();
        assertEquals(200, answer.status());
        assertEquals("", answer.header("connection"));
        assertEquals(List.of(), bodies());
        open();
        for (int i = 0; i < 203; i++) {
            assertEquals("200 OK", line(client.read()));
        }
        client.send("y");
        assertEquals("200 OK", line(client.read()));
        assertEquals(List.of("body", "body", "body"), bodies());
        ping(client);
    }

    @Test
    void publishesThatWaitForTheJournalAreAnsweredFirst() throws Exception {
        CompletableFuture<Void> done = new CompletableFuture<>();
        nsqd.topic("a");
        nsqd.fake("a").result(done);
        client.send(PUB + PUB + PING);
        await().until(() -> bodies().size() == 2);
        CompletableFuture<Void> closing = closing();
        sleep();
        // Nothing more is begun.
        client.send(PUB);
        sleep();
        assertFalse(closing.isDone());
        done.complete(null);
        closing.join();
        open();
        for (int i = 0; i < 4; i++) {
            assertEquals("200 OK", line(client.read()));
        }
        assertEquals(3, bodies().size());
        ping(client);
    }

    /** Whoever has sent all it will still gets the answers to it. */
    @Test
    void anInputThatEndedIsAnsweredBySuccessors() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        nsqd.figuresWaitFor(gate);
        client.send("GET /stats HTTP/1.1\r\nHost: t\r\n\r\n" + PING + PING);
        client.shutdownOutput();
        await().until(() -> !nsqd.filters().isEmpty());
        CompletableFuture<Void> closing = closing();
        sleep();
        gate.countDown();
        closing.join();
        assertEquals(200, client.read().status());
        open();
        assertEquals("200 OK", line(client.read()));
        assertEquals("200 OK", line(client.read()));
        assertTrue(client.isClosed());
    }

    @Test
    void anAnswerThatEndsTheConnectionEndsIt() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        nsqd.figuresWaitFor(gate);
        client.send("GET /stats HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
        await().until(() -> !nsqd.filters().isEmpty());
        CompletableFuture<Void> closing = closing();
        sleep();
        gate.countDown();
        RawClient.Answer answer = client.read();
        assertEquals(200, answer.status());
        assertEquals("close", answer.header("connection"));
        assertTrue(client.isClosed());
        closing.join();
        open();
        assertEquals(0, handOver("http").parked());
    }

    @Test
    void aConnectionOfVersion10GoesOnWhereItWasKept() throws Exception {
        String ping = "GET /ping HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
        client.send(ping);
        assertEquals("keep-alive", client.read().header("connection"));
        swap();
        client.send(ping);
        assertEquals("keep-alive", client.read().header("connection"));
    }

    /** Megabytes that the client has not taken yet are on their way, whoever serves it. */
    @Test
    void anAnswerThatTheClientTakesSlowlyHoldsUpNobody() throws Exception {
        int asked = 200_000;
        Thread sending = new Thread(() -> {
            try {
                for (int i = 0; i < asked; i++) {
                    client.send(PING);
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        sending.start();
        // Until nothing more fits: neither answers nor requests.
        sending.join(1_500);
        assertTrue(sending.isAlive());
        long begin = System.nanoTime();
        swap();
        assertTrue(System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(2));
        for (int i = 0; i < asked; i++) {
            assertEquals("200 OK", line(client.read()));
        }
        sending.join();
    }

    @Test
    void whatTakesTooLongIsClosed() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        nsqd.figuresWaitFor(gate);
        try (RawClient idle = new RawClient(nsqd.port("http"))) {
            ping(idle);
            client.send("GET", "/stats", "");
            await().until(() -> !nsqd.filters().isEmpty());
            CompletableFuture<Void> closing = closing();
            assertTrue(client.isClosed());
            gate.countDown();
            closing.join();
            open();
            ping(idle);
            assertEquals(new HandOverStats(1, 1, 1), handOver("http"));
        }
    }

    /** Where nobody will come all ends, as it always did. */
    @Test
    @Tag("H-95")
    void theEndOfTheFrameworkIsTheEnd() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        nsqd.figuresWaitFor(gate);
        try (RawClient busy = new RawClient(nsqd.port("http"));
                RawClient secret = tls.connect(nsqd.port("https"))) {
            ping(client);
            ping(secret);
            busy.send("GET", "/stats?format=json", "");
            await().until(() -> !nsqd.filters().isEmpty());
            net.stop();
            CompletableFuture<Void> closing = closing();
            assertTrue(client.isClosed());
            assertTrue(secret.isClosed());
            assertFalse(closing.isDone());
            gate.countDown();
            assertEquals("close", busy.read().header("connection"));
            assertTrue(busy.isClosed());
            closing.join();
        }
        open();
        assertEquals(0, handOver("http").parked());
    }

    /** Whoever comes from another daemon, whose certificates may be others, has to begin anew. */
    @Test
    void aConnectionOfAnotherDaemonIsClosed() throws Exception {
        ping(client);
        transport.close();
        daemon = "other";
        open();
        assertTrue(client.isClosed());
        assertEquals(new HandOverStats(1, 0, 1), handOver("http"));
    }

    @Test
    void aRecordIsReadByWhoUnderstandsIt() {
        HttpRecord written = new HttpRecord("https", "a", true);
        assertEquals(Optional.of(written), HttpRecord.read(written.toRecord(), "https"));
        assertEquals(Optional.empty(), HttpRecord.read(written.toRecord(), "http"));
        Map<String, Object> values = Map.of("daemon", "a", "later", 1);
        assertEquals(
                Optional.of(new HttpRecord("http", "a", false)),
                HttpRecord.read(new ConnectionRecord("http", 2, 1, values), "http"));
        assertEquals(Optional.empty(), HttpRecord.read(new ConnectionRecord("http", 2, 2, values), "http"));
    }

    @Test
    void whoComesInBetweenWaits() throws Exception {
        ping(client);
        int port = nsqd.port("http");
        transport.close();
        client.send(PING);
        try (Socket later = new Socket(InetAddress.getLoopbackAddress(), port)) {
            later.setSoTimeout((int) MOMENT.toMillis());
            OutputStream out = later.getOutputStream();
            out.write(PING.getBytes(StandardCharsets.US_ASCII));
            assertThrows(
                    SocketTimeoutException.class, () -> later.getInputStream().read());
            open();
            assertEquals('H', later.getInputStream().read());
            assertEquals("200 OK", line(client.read()));
        }
    }
}
