package io.nsqd.websocket;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nsqd.launcher.Daemon;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Messages as server-sent events. */
final class EventsIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path directory;

    private final HttpClient http = HttpClient.newHttpClient();
    private Daemon daemon;

    @BeforeEach
    void start() throws IOException {
        daemon = Daemon.of(directory)
                .flags("--websocket", "--max-channel-consumers=2", "--websocket-origins=https://shop.example")
                .start();
    }

    @AfterEach
    void stop() throws InterruptedException {
        assertEquals(0, daemon.stop());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + daemon.httpPort() + path));
    }

    private HttpResponse<String> post(String path, byte[] body) throws IOException, InterruptedException {
        return http.send(
                request(path).POST(HttpRequest.BodyPublishers.ofByteArray(body)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private void publish(String body) throws IOException, InterruptedException {
        assertEquals(
                200, post("/pub?topic=t", body.getBytes(StandardCharsets.UTF_8)).statusCode());
    }

    private JsonNode channel() throws IOException, InterruptedException {
        HttpResponse<String> stats =
                http.send(request("/stats?format=json").build(), HttpResponse.BodyHandlers.ofString());
        return JSON.readTree(stats.body()).at("/topics/0/channels/0");
    }

    /** An event with the message's id. */
    private record Event(String id, JsonNode data) {}

    /** What a page has open. */
    private final class Source implements AutoCloseable {
        private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
        private final BufferedReader lines;
        private final HttpResponse<java.io.InputStream> response;

        Source(String query) throws IOException, InterruptedException {
            response = http.send(request("/sub?" + query).build(), HttpResponse.BodyHandlers.ofInputStream());
            lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
            if (response.statusCode() == 200) {
                new Thread(this::read).start();
            }
        }

        private void read() {
            try {
                String id = "";
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    if (line.startsWith("id: ")) {
                        id = line.substring(4);
                    } else if (line.startsWith("data: ")) {
                        events.add(new Event(id, JSON.readTree(line.substring(6))));
                    }
                }
            } catch (IOException e) {
                // It was closed.
            }
        }

        Event next() throws InterruptedException {
            Event event = events.poll(30, TimeUnit.SECONDS);
            assertTrue(event != null, "no event came");
            return event;
        }

        @Override
        public void close() throws IOException {
            response.body().close();
        }
    }

    @Test
    void eachMessageComesOnceAndCountsAsProcessed() throws Exception {
        try (Source source = new Source("topic=t&channel=c")) {
            publish("line 1\nline 2 \"ä\"");
            Event event = source.next();
            assertEquals("line 1\nline 2 \"ä\"", event.data().get("body").asText());
            assertEquals(1, event.data().get("attempts").asInt());
            assertEquals(16, event.id().length());
            post("/pub?topic=t", new byte[] {(byte) 0xff, 0});
            assertEquals(
                    Base64.getEncoder().encodeToString(new byte[] {(byte) 0xff, 0}),
                    source.next().data().get("base64").asText());
            for (int i = 0; i < 1000; i++) {
                publish("m" + i);
            }
            for (int i = 0; i < 1000; i++) {
                assertEquals("m" + i, source.next().data().get("body").asText());
            }
            JsonNode channel = channel();
            assertEquals(0, channel.get("depth").asInt());
            assertEquals(0, channel.get("in_flight_count").asInt());
            assertEquals("SSE", channel.at("/clients/0/version").asText());
        }
        // Who has gone is noticed when it is written to.
        await().until(() -> {
            publish("x");
            return channel().get("client_count").asInt() == 0;
        });
    }

    @Test
    void whoSettlesHasOnlySoManyInFlight() throws Exception {
        for (int i = 0; i < 5; i++) {
            publish("m" + i);
        }
        String first;
        try (Source source = new Source("topic=t&channel=c&max=2&fin=manual")) {
            Event one = source.next();
            Event two = source.next();
            assertEquals(2, channel().get("in_flight_count").asInt());
            assertNull(source.events.poll(300, TimeUnit.MILLISECONDS));
            assertEquals(
                    200,
                    post("/fin?topic=t&channel=c&id=" + one.id(), new byte[0]).statusCode());
            Event three = source.next();
            assertEquals("m2", three.data().get("body").asText());
            assertEquals(404, post("/fin?id=" + one.id(), new byte[0]).statusCode());
            assertEquals(
                    404, post("/fin?topic=other&id=" + two.id(), new byte[0]).statusCode());
            assertEquals(
                    400, post("/req?id=" + two.id() + "&delay=-1", new byte[0]).statusCode());
            assertEquals(
                    200, post("/req?id=" + three.id() + "&delay=0", new byte[0]).statusCode());
            assertEquals(200, post("/fin?id=" + two.id(), new byte[0]).statusCode());
            first = source.next().id();
            source.next();
        }
        // What a page held that has gone is for the next at once, not after its time-out.
        try (Source next = new Source("topic=t&channel=c&max=100&fin=manual")) {
            await().until(() -> {
                publish("x");
                return channel().get("in_flight_count").asInt() > 3;
            });
            boolean again = false;
            for (Event event = next.next(); !again; event = next.events.poll(30, TimeUnit.SECONDS)) {
                again = event.id().equals(first) && event.data().get("attempts").asInt() >= 2;
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'', MISSING_ARG_TOPIC",
        "topic=t, MISSING_ARG_CHANNEL",
        "topic=a%20b&channel=c, INVALID_TOPIC",
        "topic=t&channel=%0a, INVALID_CHANNEL",
        "topic=t&channel=c&max=0, INVALID_MAX",
        "topic=t&channel=c&max=2501, INVALID_MAX",
        "topic=t&channel=c&max=99999999999999999999, INVALID_MAX",
        "topic=t&channel=c&fin=perhaps, INVALID_FIN",
    })
    void whatIsWrongIsSaid(String query, String why) throws Exception {
        HttpResponse<String> answer = http.send(request("/sub?" + query).build(), HttpResponse.BodyHandlers.ofString());
        assertEquals(400, answer.statusCode());
        assertEquals("{\"message\":\"" + why + "\"}", answer.body());
    }

    @Test
    void strangersPagesMayNeitherReadNorSettle() throws Exception {
        try (Source own = new Source("topic=t&channel=c")) {
            assertEquals(200, own.response.statusCode());
            for (String[] origin :
                    new String[][] {{"http://evil.example", "403"}, {"https://shop.example", "200"}, {"null", "403"}}) {
                HttpResponse<java.io.InputStream> answer = http.send(
                        request("/sub?topic=t&channel=c")
                                .header("Origin", origin[0])
                                .build(),
                        HttpResponse.BodyHandlers.ofInputStream());
                assertEquals(origin[1], Integer.toString(answer.statusCode()), origin[0]);
                assertEquals(
                        origin[1].equals("200") ? origin[0] : "",
                        answer.headers()
                                .firstValue("access-control-allow-origin")
                                .orElse(""));
                if (origin[1].equals("200")) {
                    // As many as there may be.
                    assertEquals(429, new Source("topic=t&channel=c").response.statusCode());
                }
                answer.body().close();
            }
            HttpResponse<String> settled = http.send(
                    request("/fin?id=0000000000000000")
                            .header("Origin", "http://evil.example")
                            .POST(HttpRequest.BodyPublishers.noBody())
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertEquals(403, settled.statusCode());
        }
    }

    @Test
    void aChannelThatIsDeletedEndsItsStreams() throws Exception {
        try (Source source = new Source("topic=t&channel=c")) {
            publish("x");
            source.next();
            post("/channel/delete?topic=t&channel=c", new byte[0]);
            await().until(() -> source.response.body().available() == 0);
            await().untilAsserted(() -> {
                HttpResponse<String> stats =
                        http.send(request("/stats?format=json").build(), HttpResponse.BodyHandlers.ofString());
                assertEquals(
                        0, JSON.readTree(stats.body()).at("/topics/0/channels").size());
            });
        }
    }
}
