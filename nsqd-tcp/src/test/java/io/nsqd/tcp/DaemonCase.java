package io.nsqd.tcp;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test with a daemon, a topic of its own, and clients that are closed in the end. The V2 protocol is spoken byte by byte, over
 * sockets, so it is of no account where the daemon runs: here within the JVM, and in the distribution's tests as a process.
 */
@ExtendWith(SharedDaemons.class)
abstract class DaemonCase {
    /** Far longer than anything that is waited for takes. */
    static final Duration PATIENCE = Duration.ofSeconds(20);

    /** How long a thing that must not happen is given to happen. */
    static final Duration MOMENT = Duration.ofMillis(100);

    private static final AtomicInteger TOPICS = new AtomicInteger();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A topic that no other test knows. */
    final String topic = "topic-" + TOPICS.incrementAndGet();

    private final List<V2Client> clients = new ArrayList<>();
    private Supplier<? extends TestedDaemon> daemons = () -> null;
    private TestedDaemon daemon;

    /** Uses what is there when it is first asked for. */
    void use(Supplier<? extends TestedDaemon> offered) {
        daemons = offered;
        daemon = null;
    }

    /** Uses this one from now on. */
    void use(TestedDaemon running) {
        daemon = running;
    }

    TestedDaemon daemon() {
        if (daemon == null) {
            daemon = daemons.get();
        }
        return daemon;
    }

    /** Starts a daemon of the test's own, with more flags. */
    static TestedDaemon start(Path data, String... flags) throws IOException {
        return SharedDaemons.start(data, List.of(flags), "");
    }

    @AfterEach
    void closeClients() throws IOException {
        for (V2Client client : clients) {
            client.close();
        }
    }

    @AfterEach
    void nothingWentWrongInside() {
        if (daemon != null) {
            List<String> log = daemon.log();
            assertTrue(log.stream().noneMatch(DaemonCase::isAlarming), () -> String.join("\n", log));
        }
    }

    private static boolean isAlarming(String line) {
        return Stream.of("Exception", "AssertionError", "OutOfMemoryError", "LEAK", "\tat ")
                .anyMatch(line::contains);
    }

    /** A connection on which nothing was said. */
    V2Client connect() throws IOException {
        return keep(V2Client.connect(daemon().tcpPort()));
    }

    V2Client keep(V2Client client) {
        clients.add(client);
        return client;
    }

    /** A connection on which commands can be sent. */
    V2Client open() throws IOException {
        return connect().send(V2Client.MAGIC);
    }

    /** A client of the test's topic, at {@code RDY 0}. */
    V2Client subscriber(String channel) throws IOException {
        return open().line("SUB " + topic + " " + channel).answersOk();
    }

    /** A client that has identified itself, of the test's topic, at {@code RDY 0}. */
    V2Client subscriber(String channel, String identify) throws IOException {
        return open().line("IDENTIFY", identify)
                .answersOk()
                .line("SUB " + topic + " " + channel)
                .answersOk();
    }

    /** Publishes to the test's topic, each message on its own. */
    void publish(String... bodies) throws IOException {
        try (V2Client publisher = V2Client.connect(daemon().tcpPort())) {
            publisher.send(V2Client.MAGIC);
            for (String body : bodies) {
                publisher.line("PUB " + topic, body).answersOk();
            }
        }
    }

    /** Sees that a connection is open: it still publishes. */
    void assertOpen(V2Client client) throws IOException {
        client.line("PUB elsewhere", "x").answersOk();
    }

    // ---- over HTTP

    /** Asks for something that is to be done. */
    void post(String path) throws IOException {
        post(path, "");
    }

    void post(String path, String body) throws IOException {
        send(request(path).POST(HttpRequest.BodyPublishers.ofString(body)).build());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + daemon().httpPort() + path))
                .timeout(PATIENCE);
    }

    private static String send(HttpRequest request) throws IOException {
        try {
            HttpResponse<String> response = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
            assertEquals(200, response.statusCode(), response::body);
            return response.body();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** What is told of the test's topic; missing when there is none. */
    JsonNode topicStats() throws IOException {
        return stats("/stats?format=json&topic=" + topic).path("topics").path(0);
    }

    /** The answer to a request for figures. */
    JsonNode stats(String pathAndQuery) throws IOException {
        return JSON.readTree(send(request(pathAndQuery).GET().build()));
    }

    /** What is told of a channel of the test's topic; missing when there is none. */
    JsonNode channelStats(String channel) throws IOException {
        for (JsonNode stats : topicStats().path("channels")) {
            if (stats.path("channel_name").asText().equals(channel)) {
                return stats;
            }
        }
        return JSON.missingNode();
    }

    /** What is told of the only client of a channel. */
    JsonNode clientStats(String channel) throws IOException {
        return channelStats(channel).path("clients").path(0);
    }

    /** Whether there is the test's topic. */
    boolean topicExists() throws IOException {
        return !topicStats().isMissingNode();
    }

    /** Waits until something holds. */
    static void eventually(Callable<Boolean> condition) {
        await().atMost(PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .until(condition);
    }
}
