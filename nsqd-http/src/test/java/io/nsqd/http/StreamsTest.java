package io.nsqd.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Option;
import io.nsqd.spi.HttpEndpoint;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Endpoints of other bundles that answer later, stream their answers, or take bodies as they come. */
@Tag("X-15")
final class StreamsTest {
    private static final int MAX_BODY = 100;
    private static final int PIECE = 16 * 1024;

    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        server = new TestServer(Map.of(Option.MAX_BODY_SIZE, (long) MAX_BODY));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /** An endpoint that answers later. */
    private static HttpEndpoint later(
            Function<HttpEndpoint.Request, CompletionStage<HttpEndpoint.Response>> answering) {
        return new HttpEndpoint() {
            @Override
            public Response handle(Request request) {
                throw new AssertionError("asked in the old way");
            }

            @Override
            public CompletionStage<Response> answer(Request request) {
                return answering.apply(request);
            }
        };
    }

    private void serve(EndpointTerms terms, HttpEndpoint endpoint) {
        server.plugins().add(1, "/extra", terms, endpoint);
    }

    private void stream(String contentType, Flow.Publisher<ByteBuffer> source) {
        serve(EndpointTerms.NONE, request -> HttpEndpoint.Response.stream(200, contentType, source)
                .with("X-Extra", "yes"));
    }

    private static EndpointTerms atOnce(int number) {
        return new EndpointTerms(Optional.empty(), false, number);
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(US_ASCII));
    }

    /** Gives as many pieces as it is asked for, at once, and notes how many that were. */
    private static final class Pieces implements Flow.Publisher<ByteBuffer> {
        private final long most;
        private final AtomicLong given = new AtomicLong();
        private final AtomicInteger cancelled = new AtomicInteger();

        Pieces(long most) {
            this.most = most;
        }

        @Override
        public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
            subscriber.onSubscribe(new Flow.Subscription() {
                @Override
                public void request(long count) {
                    for (long i = 0; i < count && given.get() < most; i++) {
                        subscriber.onNext(ByteBuffer.wrap(new byte[PIECE]));
                        if (given.incrementAndGet() == most) {
                            subscriber.onComplete();
                        }
                    }
                }

                @Override
                public void cancel() {
                    cancelled.incrementAndGet();
                }
            });
        }
    }

    // ---- later

    @Test
    void anAnswerMayComeLaterAndNoThreadWaitsForIt() throws IOException {
        List<CompletableFuture<HttpEndpoint.Response>> pending = new CopyOnWriteArrayList<>();
        serve(atOnce(50), later(request -> {
            CompletableFuture<HttpEndpoint.Response> answer = new CompletableFuture<>();
            pending.add(answer);
            return answer;
        }));
        List<RawClient> clients = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            RawClient client = server.connect();
            client.send("GET", "/extra", "");
            clients.add(client);
        }
        // Six times as many as there are threads.
        await().until(() -> pending.size() == 50);
        for (int i = 0; i < 49; i++) {
            pending.get(i).complete(HttpEndpoint.Response.text(200, "late"));
        }
        pending.get(49).completeExceptionally(new IOException("meant"));
        List<Integer> statuses = new ArrayList<>();
        for (RawClient client : clients) {
            statuses.add(client.read().status());
            client.close();
        }
        assertEquals(49, statuses.stream().filter(status -> status == 200).count());
        assertEquals(1, statuses.stream().filter(status -> status == 500).count());
    }

    @Test
    void whoeverWaitsForAnEndpointThatLeavesIsTurnedAway() throws IOException {
        CompletableFuture<HttpEndpoint.Response> never = new CompletableFuture<>();
        AtomicInteger asked = new AtomicInteger();
        serve(EndpointTerms.NONE, later(request -> {
            asked.incrementAndGet();
            return never;
        }));
        try (RawClient client = server.connect()) {
            client.send("GET", "/extra", "");
            await().until(() -> asked.get() == 1);
            server.plugins().remove(1);
            assertEquals(503, client.read().status());
            never.complete(HttpEndpoint.Response.text(200, "too late"));
            assertEquals("OK", client.exchange("GET", "/ping", "").body());
        }
    }

    // ---- streams to the client

    @Test
    void whatIsStreamedComesAndTheConnectionGoesOn() throws IOException {
        stream("text/plain", subscriber -> {
            try (SubmissionPublisher<ByteBuffer> source = new SubmissionPublisher<>(Runnable::run, 16)) {
                source.subscribe(subscriber);
                source.submit(bytes("one "));
                source.submit(bytes(""));
                source.submit(bytes("two"));
            }
        });
        try (RawClient client = server.connect()) {
            RawClient.Answer answer = client.exchange("GET", "/extra", "");
            assertEquals("one two", answer.body());
            assertEquals("chunked", answer.header("transfer-encoding"));
            assertEquals("yes", answer.header("x-extra"));
            assertEquals("", client.exchange("HEAD", "/extra", "").body());
            assertEquals("OK", client.exchange("GET", "/ping", "").body());
        }
        try (RawClient old = server.connect()) {
            old.send("GET /extra HTTP/1.0\r\n\r\n");
            assertEquals("", old.read(false).header("transfer-encoding"));
            assertEquals("one two", old.readAll());
        }
    }

    @Test
    void aClientThatReadsSlowlyHasTheSourceAskedSlowly() throws IOException {
        long most = 64 * 1024 * 1024 / PIECE;
        Pieces pieces = new Pieces(most);
        stream("application/octet-stream", pieces);
        try (RawClient client = server.connect()) {
            client.send("GET", "/extra", "");
            // What the kernel takes of it, and no more.
            await().until(() -> {
                long before = pieces.given.get();
                Thread.sleep(200);
                return before > 0 && before == pieces.given.get();
            });
            assertTrue(pieces.given.get() < most / 2, () -> pieces.given + " of " + most);
            assertEquals(most * PIECE, client.read().body().length());
        }
        assertEquals(most, pieces.given.get());
    }

    @Test
    void aClientThatGoesHasTheSourceCancelled() throws IOException {
        Pieces pieces = new Pieces(Long.MAX_VALUE);
        stream("application/octet-stream", pieces);
        try (RawClient client = server.connect()) {
            client.send("GET", "/extra", "");
            await().until(() -> pieces.given.get() > 0);
        }
        await().until(() -> pieces.cancelled.get() == 1);
    }

    @Test
    void aSourceThatFailsEndsTheConnectionBeforeTheEndOfTheBody() throws IOException {
        stream("text/plain", subscriber -> {
            SubmissionPublisher<ByteBuffer> source = new SubmissionPublisher<>(Runnable::run, 16);
            source.subscribe(subscriber);
            source.submit(bytes("half"));
            source.closeExceptionally(new IOException("meant"));
        });
        try (RawClient client = server.connect()) {
            client.send("GET", "/extra", "");
            assertThrows(EOFException.class, client::read);
        }
        stream("text/plain", subscriber -> {
            throw new IllegalStateException("meant");
        });
        try (RawClient client = server.connect()) {
            client.send("GET", "/extra", "");
            assertThrows(EOFException.class, client::read);
        }
    }

    private static final class Events implements Flow.Publisher<ByteBuffer> {
        private final SubmissionPublisher<ByteBuffer> source = new SubmissionPublisher<>(Runnable::run, 16);

        @Override
        public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
            source.subscribe(subscriber);
            source.submit(bytes("data: 1\n\n"));
        }
    }

    @Test
    void eventsEndWhenTheirEndpointOrTheTransportLeaves() throws IOException {
        Events events = new Events();
        stream("text/event-stream", events);
        try (RawClient client = server.connect()) {
            client.send("GET", "/extra", "");
            await().until(client::hasAnswer);
            server.plugins().remove(1);
            assertEquals("data: 1\n\n", client.read().body());
            assertEquals("OK", client.exchange("GET", "/ping", "").body());
        }
        await().until(() -> !events.source.hasSubscribers());
        stream("text/event-stream", events);
        try (RawClient client = server.connect()) {
            client.send("GET", "/extra", "");
            await().until(client::hasAnswer);
            long begin = System.nanoTime();
            server.stopTransport();
            assertEquals("data: 1\n\n", client.read().body());
            // It was not waited for until time was up.
            assertTrue(System.nanoTime() - begin < 5_000_000_000L);
        }
        await().until(() -> !events.source.hasSubscribers());
    }

    @Test
    void anEndpointThatLeavesAsItAnswersKeepsNobodyWaiting() throws IOException {
        Events events = new Events();
        for (String type : List.of("text/event-stream", "text/plain")) {
            serve(EndpointTerms.NONE, request -> {
                server.plugins().remove(1);
                return HttpEndpoint.Response.stream(200, type, events);
            });
            try (RawClient client = server.connect()) {
                client.send("GET", "/extra", "");
                if (type.equals("text/plain")) {
                    assertThrows(EOFException.class, client::read);
                } else {
                    assertEquals("", client.read().body());
                    assertEquals("OK", client.exchange("GET", "/ping", "").body());
                }
            }
            await().until(() -> !events.source.hasSubscribers());
        }
    }

    // ---- streams from the client

    /** Takes a body, one piece at a time, whenever it is told to. */
    private static final class Taker implements Flow.Subscriber<ByteBuffer> {
        private final CompletableFuture<Long> taken = new CompletableFuture<>();
        private final AtomicLong bytes = new AtomicLong();
        private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
        private final long window;

        Taker(long window) {
            this.window = window;
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription.complete(given);
            given.request(window);
        }

        @Override
        public void onNext(ByteBuffer piece) {
            bytes.addAndGet(piece.remaining());
            if (window == 1) {
                subscription.join().request(1);
            }
        }

        @Override
        public void onError(Throwable failure) {
            taken.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            taken.complete(bytes.get());
        }
    }

    private static final EndpointTerms STREAMING = new EndpointTerms(Optional.empty(), true, 2);

    private void take(Taker taker) {
        serve(STREAMING, later(request -> {
            request.stream().subscribe(taker);
            return taker.taken.thenApply(count -> HttpEndpoint.Response.text(200, count + " bytes"));
        }));
    }

    @Test
    void aBodyOfAnyLengthIsTakenAsItComes() throws IOException {
        take(new Taker(1));
        String body = "x".repeat(MAX_BODY * 100_000);
        try (RawClient client = server.connect()) {
            assertEquals(
                    body.length() + " bytes",
                    client.exchange("POST", "/extra", body).body());
            assertEquals("OK", client.exchange("GET", "/ping", "").body());
        }
        take(new Taker(1));
        assertEquals("0 bytes", server.post("/extra", "").body());
    }

    @Test
    void noMoreIsReadThanIsAskedFor() throws Exception {
        Taker taker = new Taker(2);
        take(taker);
        long length = 64 * 1024 * 1024;
        try (RawClient client = server.connect()) {
            AtomicLong sent = new AtomicLong();
            Thread sending = new Thread(() -> {
                try {
                    client.send("POST /extra HTTP/1.1\r\nHost: test\r\nContent-Length: " + length + "\r\n\r\n");
                    String piece = "x".repeat(PIECE);
                    while (sent.get() < length) {
                        client.send(piece);
                        sent.addAndGet(piece.length());
                    }
                } catch (IOException e) {
                    // The client was closed.
                }
            });
            sending.start();
            await().until(() -> {
                long before = sent.get();
                Thread.sleep(200);
                return before > 0 && before == sent.get();
            });
            assertTrue(sent.get() < length / 2, () -> "sent " + sent);
            assertTrue(taker.bytes.get() <= 2 * 32 * 1024, () -> "taken " + taker.bytes);
            taker.subscription.join().request(Long.MAX_VALUE);
            assertEquals(length + " bytes", client.read().body());
            sending.join();
        }
    }

    @Test
    void aBodyThatBreaksOffIsTold() throws IOException {
        Taker taker = new Taker(Long.MAX_VALUE);
        take(taker);
        try (RawClient client = server.connect()) {
            client.send("POST /extra HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\nhalf");
            await().until(() -> taker.bytes.get() == 4);
        }
        await().until(taker.taken::isCompletedExceptionally);
    }

    @Test
    void whoKnowsTheAnswerNeedNotTakeTheBody() throws IOException {
        serve(STREAMING, request -> HttpEndpoint.Response.text(403, "no"));
        try (RawClient client = server.connect()) {
            assertEquals(
                    "no", client.exchange("POST", "/extra", "x".repeat(1000)).body());
            assertEquals("OK", client.exchange("GET", "/ping", "").body());
        }
        // It cancels, and answers from within.
        serve(STREAMING, later(request -> {
            CompletableFuture<HttpEndpoint.Response> answer = new CompletableFuture<>();
            request.stream().subscribe(new Flow.Subscriber<>() {
                private Flow.Subscription subscription;

                @Override
                public void onSubscribe(Flow.Subscription given) {
                    subscription = given;
                    given.request(1);
                }

                @Override
                public void onNext(ByteBuffer piece) {
                    subscription.cancel();
                    answer.complete(HttpEndpoint.Response.text(200, "enough"));
                }

                @Override
                public void onError(Throwable failure) {
                    answer.completeExceptionally(failure);
                }

                @Override
                public void onComplete() {
                    answer.completeExceptionally(new IllegalStateException("told after it had cancelled"));
                }
            });
            return answer;
        }));
        try (RawClient client = server.connect()) {
            for (int i = 0; i < 3; i++) {
                assertEquals(
                        "enough",
                        client.exchange("POST", "/extra", "x".repeat(50_000)).body());
            }
            assertEquals("OK", client.exchange("GET", "/ping", "").body());
        }
    }

    @Test
    void anEndpointOfTheFirstVersionHasItAll() throws IOException {
        serve(EndpointTerms.NONE, request -> {
            CompletableFuture<String> whole = new CompletableFuture<>();
            request.stream().subscribe(new Flow.Subscriber<>() {
                private final StringBuilder text = new StringBuilder();

                @Override
                public void onSubscribe(Flow.Subscription given) {
                    given.request(Long.MAX_VALUE);
                }

                @Override
                public void onNext(ByteBuffer piece) {
                    text.append(US_ASCII.decode(piece));
                }

                @Override
                public void onError(Throwable failure) {
                    whole.completeExceptionally(failure);
                }

                @Override
                public void onComplete() {
                    whole.complete(text.toString());
                }
            });
            return HttpEndpoint.Response.text(200, whole.join() + new String(request.body(), US_ASCII));
        });
        assertEquals("bodybody", server.post("/extra", "body").body());
        assertFalse(server.post("/extra", "x".repeat(MAX_BODY + 1)).status() == 200);
    }
}
