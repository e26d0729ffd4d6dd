package io.nsqd.peer;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.net.httpserver.HttpServer;
import io.nsqd.api.Options;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whoever asks a peer and is closed leaves nothing behind. */
final class PeerWorkersTest {
    private static final int ROUNDS = 300;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long LONGEST_NANOS = 3_000_000;

    /** Those of other tests in the same process. */
    private final Set<Thread> others = httpClients();

    private static Set<Thread> httpClients() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("HttpClient-"))
                .collect(Collectors.toSet());
    }

    private HttpServer server;
    private String url;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, 2);
            exchange.getResponseBody().write(new byte[] {'o', 'k'});
            exchange.close();
        });
        server.start();
        url = "http://127.0.0.1:" + server.getAddress().getPort() + "/";
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void awaitNoHttpClient() {
        await().atMost(PATIENCE).until(() -> {
            System.gc();
            return others.containsAll(httpClients());
        });
    }

    @Test
    void noHttpClientOutlivesItsOwnerThatIsClosedInTheMiddle() {
        List<CompletableFuture<byte[]>> answers = new ArrayList<>();
        for (int i = 0; i < ROUNDS; i++) {
            try (PeerWorkers workers = new PeerWorkers("test", 4);
                    PeerHttp http = PeerHttp.trustingThePlatform(Options.defaults(), workers)) {
                answers.add(http.get(url));
                answers.add(http.get(url));
                LockSupport.parkNanos(LONGEST_NANOS * i / ROUNDS);
            }
        }
        // An answer comes in any case.
        await().atMost(PATIENCE).until(() -> answers.stream().allMatch(CompletableFuture::isDone));
        answers.clear();
        awaitNoHttpClient();
    }

    @Test
    void noHttpClientOutlivesItsOwnerThatWasAtRest() throws Exception {
        for (int i = 0; i < 10; i++) {
            try (PeerWorkers workers = new PeerWorkers("test", 4);
                    PeerHttp http = PeerHttp.trustingThePlatform(Options.defaults(), workers)) {
                assertArrayEquals(new byte[] {'o', 'k'}, http.get(url).get());
            }
        }
        awaitNoHttpClient();
    }

    @Test
    void whatComesLateIsDoneAtOnce() {
        PeerWorkers workers = new PeerWorkers("test", 4);
        workers.close();
        List<Thread> done = new ArrayList<>();
        workers.execute(() -> done.add(Thread.currentThread()));
        assertEquals(List.of(Thread.currentThread()), done);
    }
}
