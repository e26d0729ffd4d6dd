package io.nsqd.lookup;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.nsqd.api.Option;
import io.nsqd.peer.PeerWorkers;
import io.nsqd.testing.FakeNsqd;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Questions for a topic's channels, to HTTP servers in the place of nsqlookupds. */
class LookupChannelsTest {
    private static final Timing TIMING = new Timing(
            Duration.ofSeconds(30),
            Duration.ofMinutes(10),
            Duration.ofMinutes(10),
            Duration.ofMillis(10),
            Duration.ofMillis(50));

    private final FakeNsqd nsqd = Fakes.serving(4150, 4151);
    private final PeerWorkers workers = new PeerWorkers("nsqd-lookup", 4);
    private final ExecutorService serverThreads = Executors.newCachedThreadPool();
    private final List<AutoCloseable> closeables = new ArrayList<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private LookupLoop loop;
    private LookupChannels channels;

    @AfterEach
    void stop() throws Exception {
        if (channels != null) {
            channels.close();
            loop.close();
        }
        workers.close();
        for (AutoCloseable closeable : closeables) {
            closeable.close();
        }
        serverThreads.shutdownNow();
    }

    /** How a server answers. */
    private interface Handler {
        void handle(HttpExchange exchange) throws IOException;
    }

    private static Handler answer(int status, String body) {
        return exchange -> {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        };
    }

    /** A nsqlookupd whose HTTP side answers so; returns its TCP address. */
    private String lookupd(Handler handler) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(serverThreads);
        server.createContext("/", exchange -> {
            requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " "
                    + exchange.getRequestHeaders().getFirst("Accept"));
            handler.handle(exchange);
        });
        server.start();
        closeables.add(() -> server.stop(0));
        return lookupd(server.getAddress().getPort());
    }

    private String lookupd(int httpPort) throws IOException {
        FakeNsqlookupd lookupd = new FakeNsqlookupd()
                .answering((connection, command) ->
                        connection.reply(command.startsWith("IDENTIFY") ? FakeNsqlookupd.info(httpPort) : "OK"));
        closeables.add(lookupd);
        return lookupd.address();
    }

    /** A port at which nobody listens. */
    private static int closedPort() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return server.getLocalPort();
        }
    }

    private void start(String... addresses) throws IOException {
        Fakes.lookupds(nsqd, addresses);
        loop = new LookupLoop(nsqd, workers, TIMING);
        channels = new LookupChannels(nsqd, loop, workers);
        nsqd.tell(loop);
        loop.start();
    }

    private List<String> ask(String topic) throws Exception {
        return channels.channels(topic).get(30, TimeUnit.SECONDS);
    }

    @Test
    @Tag("L-40")
    void theUnionOfAllAnswersComesSortedAndWithoutEphemeralOnes() throws Exception {
        start(
                lookupd(answer(200, "{\"channels\":[\"z\",\"b\",\"e#ephemeral\"]}")),
                lookupd(answer(200, "{\"channels\":[\"b\",\"a\"]}")));
        assertEquals(List.of("a", "b", "z"), ask("t#ephemeral"));
        String request = "GET /channels?topic=t%23ephemeral application/vnd.nsq; version=1.0";
        assertEquals(List.of(request, request), requests);
    }

    @Test
    @Tag("L-40")
    @Tag("L-43")
    void theFirstTopicWaitsForTheFirstContact() throws Exception {
        nsqd.stopServing("tcp");
        start(lookupd(answer(200, "{\"channels\":[\"a\"]}")));
        CompletableFuture<List<String>> answer = channels.channels("t");
        assertFalse(answer.isDone());
        nsqd.serve("tcp", 4150);
        assertEquals(List.of("a"), answer.get(30, TimeUnit.SECONDS));
    }

    @Test
    @Tag("L-43")
    void withoutPeersTheAnswerIsThereAtOnce() throws IOException {
        start();
        assertEquals(List.of(), channels.channels("t").getNow(List.of("not yet")));
    }

    @Test
    @Tag("L-43")
    void withoutAnAnsweringPeerThereAreNone() throws Exception {
        start("127.0.0.1:" + closedPort());
        assertEquals(List.of(), ask("t"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "500; {\"channels\":[\"x\"]}",
                "404; {\"message\":\"NOT_FOUND\"}",
                "200; no JSON",
                "200; []",
                "403; {\"message\":\"TLS_REQUIRED\"}",
                "403; no JSON"
            })
    @Tag("L-42")
    void oneThatFailsDoesNotHideTheOthers(int status, String body) throws Exception {
        start(lookupd(answer(status, body)), lookupd(answer(200, "{\"channels\":[\"a\"]}")));
        assertEquals(List.of("a"), ask("t"));
    }

    @Test
    @Tag("L-42")
    @Tag("L-43")
    void aPeerWhoseHttpSideIsGoneIsAskedInVain() throws Exception {
        start(lookupd(closedPort()), lookupd(answer(200, "{\"channels\":[\"a\"]}")));
        assertEquals(List.of("a"), ask("t"));
    }

    @Test
    @Tag("L-42")
    void aRefusalOfPlainHttpIsFollowedToHttps() throws Exception {
        try (ServerSocket secure = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            start(lookupd(
                    answer(403, "{\"message\": \"TLS_REQUIRED\", \"https_port\": " + secure.getLocalPort() + "}")));
            CompletableFuture<List<String>> answer = channels.channels("t");
            try (Socket client = secure.accept()) {
                assertEquals(22, client.getInputStream().read(), "the first byte of a TLS handshake");
            }
            assertEquals(List.of(), answer.get(30, TimeUnit.SECONDS));
        }
    }

    @Test
    @Tag("L-41")
    void oneThatDoesNotAnswerInTimeIsLeftOut() throws Exception {
        nsqd.with(Option.HTTP_CLIENT_REQUEST_TIMEOUT, TimeUnit.MILLISECONDS.toNanos(500));
        CountDownLatch end = new CountDownLatch(1);
        closeables.add(end::countDown);
        start(
                lookupd(exchange -> awaitEnd(end)),
                lookupd(exchange -> {
                    exchange.sendResponseHeaders(200, 100);
                    exchange.getResponseBody().write('{');
                    exchange.getResponseBody().flush();
                    awaitEnd(end);
                }),
                lookupd(answer(200, "{\"channels\":[\"a\"]}")));
        assertEquals(List.of("a"), ask("t"));
    }

    private static void awaitEnd(CountDownLatch end) {
        try {
            end.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    @Tag("L-42")
    void anEndlessAnswerIsRefused() throws Exception {
        nsqd.with(Option.MAX_BODY_SIZE, 1000L);
        start(
                lookupd(answer(200, "{\"channels\":[\"" + "x".repeat(1000) + "\"]}")),
                lookupd(answer(200, "{\"channels\":[\"a\"]}")));
        assertEquals(List.of("a"), ask("t"));
    }

    @Test
    @Tag("L-40")
    void manyNewTopicsDoNotMeanManyConnections() throws Exception {
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        start(lookupd(exchange -> {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            String topic = exchange.getRequestURI().getQuery().replace("topic=", "");
            now.decrementAndGet();
            answer(200, "{\"channels\":[\"of-" + topic + "\"]}").handle(exchange);
        }));
        List<CompletableFuture<List<String>>> answers = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            answers.add(channels.channels("t" + i));
        }
        for (int i = 0; i < 200; i++) {
            assertEquals(List.of("of-t" + i), answers.get(i).get(30, TimeUnit.SECONDS));
        }
        assertTrue(most.get() <= 16, () -> most + " at once");
    }

    @Test
    @Tag("L-40")
    void closingAnswersWhatIsAsked() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        closeables.add(end::countDown);
        start(lookupd(exchange -> awaitEnd(end)));
        List<CompletableFuture<List<String>>> answers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            answers.add(channels.channels("t" + i));
        }
        await().until(() -> !requests.isEmpty());
        channels.close();
        for (CompletableFuture<List<String>> answer : answers) {
            assertEquals(List.of(), answer.get(30, TimeUnit.SECONDS));
        }
        assertEquals(List.of(), ask("later"));
    }
}
