package io.nsqd.faults;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nsqd.launcher.Daemon;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.awaitility.Awaitility;

/** What a daemon says of itself over HTTP. */
final class Figures {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final ObjectMapper JSON = new ObjectMapper();

    private Figures() {}

    /** Waits until so many messages wait in all channels and topics together. */
    static void await(Daemon daemon, long messages) {
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> waiting(daemon) == messages);
    }

    /** Messages of a topic and one of its channels that wait, are in flight or are deferred. */
    static long waiting(Daemon daemon, String topic, String channel) throws IOException, InterruptedException {
        return waiting(daemon, "&topic=" + topic + "&channel=" + channel);
    }

    /** As above, of all topics and channels together. */
    static long waiting(Daemon daemon) throws IOException, InterruptedException {
        return waiting(daemon, "");
    }

    private static long waiting(Daemon daemon, String filter) throws IOException, InterruptedException {
        JsonNode stats =
                JSON.readTree(get(daemon, "/stats?format=json" + filter).body());
        long waiting = 0;
        for (JsonNode each : stats.get("topics")) {
            waiting += each.get("depth").asLong();
            for (JsonNode channel : each.get("channels")) {
                waiting += channel.get("depth").asLong()
                        + channel.get("in_flight_count").asLong()
                        + channel.get("deferred_count").asLong();
            }
        }
        return waiting;
    }

    /** Status and text of {@code /ping}. */
    static String ping(Daemon daemon) throws IOException, InterruptedException {
        HttpResponse<String> response = get(daemon, "/ping");
        return response.statusCode() + " " + response.body();
    }

    private static HttpResponse<String> get(Daemon daemon, String path) throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + daemon.httpPort() + path);
        return HTTP.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    }
}
