package io.nsqd.interop;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nsqd.launcher.Daemon;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.function.Predicate;

/** The HTTP interface of an nsqd, an nsqlookupd or an nsqadmin. */
public record HttpApi(int port) {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final ObjectMapper JSON = new ObjectMapper();

    public static HttpApi of(Daemon daemon) {
        return new HttpApi(daemon.httpPort());
    }

    public JsonNode get(String path) throws IOException, InterruptedException {
        return request("GET", path, "");
    }

    public JsonNode post(String path, String body) throws IOException, InterruptedException {
        return request("POST", path, body);
    }

    /** Sends a request, whose answer must be 200; an answer that is no JSON is a missing node. */
    public JsonNode request(String method, String path, String body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        HttpResponse<String> response = HTTP.send(request, BodyHandlers.ofString());
        assertEquals(200, response.statusCode(), () -> method + " " + path + ": " + response.body());
        return response.body().startsWith("{") ? JSON.readTree(response.body()) : JSON.missingNode();
    }

    /** What a request that must fail with this status is answered. */
    String failure(int status, String path) throws IOException, InterruptedException {
        HttpResponse<String> response = HTTP.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .build(),
                BodyHandlers.ofString());
        assertEquals(status, response.statusCode(), response::body);
        return response.body();
    }

    public void createChannel(String topic, String channel) throws IOException, InterruptedException {
        post("/topic/create?topic=" + topic, "");
        post("/channel/create?topic=" + topic + "&channel=" + channel, "");
    }

    /** A topic in nsqd's {@code /stats}. */
    public JsonNode topic(String topic) throws IOException, InterruptedException {
        return named(get("/stats?format=json&include_mem=false").get("topics"), "topic_name", topic);
    }

    /** A channel in nsqd's {@code /stats}. */
    public JsonNode channel(String topic, String channel) throws IOException, InterruptedException {
        return named(topic(topic).path("channels"), "channel_name", channel);
    }

    private static JsonNode named(JsonNode list, String key, String name) {
        for (JsonNode entry : list) {
            if (entry.get(key).asText().equals(name)) {
                return entry;
            }
        }
        return JSON.missingNode();
    }

    /** Waits until an answer is as wanted. */
    public JsonNode awaitAnswer(String path, Predicate<JsonNode> wanted) {
        return await().atMost(Program.PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> get(path), wanted);
    }

    /** Waits until a channel's figures in {@code /stats} are as wanted. */
    public JsonNode awaitChannel(String topic, String channel, Predicate<JsonNode> wanted) {
        return await().atMost(Program.PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> channel(topic, channel), figures -> !figures.isMissingNode() && wanted.test(figures));
    }

    /** Waits until nothing waits in a channel, is in flight or deferred. */
    public JsonNode awaitEmpty(String topic, String channel) {
        return awaitChannel(
                topic,
                channel,
                figures -> figures.get("depth").asLong() == 0
                        && figures.get("in_flight_count").asLong() == 0
                        && figures.get("deferred_count").asLong() == 0);
    }
}
