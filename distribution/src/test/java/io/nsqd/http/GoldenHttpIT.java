package io.nsqd.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nsqd.launcher.Daemon;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Replays what was captured from the Go daemon 1.3.0, request by request, in order, against ours. */
class GoldenHttpIT {
    private static final List<String> HEADERS = List.of("content-type", "x-nsq-content-type", "allow", "location");

    @Test
    @Tag("H-2")
    @Tag("H-3")
    @Tag("H-4")
    @Tag("H-6")
    @Tag("H-22")
    @Tag("H-25")
    @Tag("H-26")
    @Tag("H-27")
    @Tag("H-40")
    @Tag("H-50")
    @Tag("H-52")
    @Tag("H-53")
    @Tag("H-60")
    @Tag("H-61")
    @Tag("H-62")
    @Tag("H-63")
    @Tag("H-68")
    @Tag("H-70")
    @Tag("H-71")
    @Tag("X-13")
    void everyCaptureIsAnsweredAsByTheGoDaemon(@TempDir Path data) throws Exception {
        List<JsonNode> cases = cases();
        assertEquals(260, cases.size());
        List<String> differences = new ArrayList<>();
        try (Daemon daemon = Daemon.of(data)
                        .flags("--max-msg-size=1000", "--max-body-size=5000", "--node-id=1")
                        .flags("--broadcast-address=127.0.0.1")
                        .start();
                RawHttp client = RawHttp.connect(daemon.httpPort())) {
            for (JsonNode golden : cases) {
                String expected = expected(golden);
                String actual = actual(client, golden);
                if (!actual.equals(expected)) {
                    differences.add(golden + "\n  expected " + expected + "\n  but was  " + actual);
                }
            }
            assertEquals(0, daemon.stop());
        }
        assertTrue(differences.isEmpty(), () -> differences.size() + " differ:\n" + String.join("\n", differences));
    }

    private static String expected(JsonNode golden) {
        Map<String, String> headers = new TreeMap<>();
        golden.get("headers")
                .properties()
                .forEach(
                        header -> headers.put(header.getKey(), header.getValue().asText()));
        return golden.get("status").asInt() + " " + headers + " "
                + golden.get("response_body").asText();
    }

    private static String actual(RawHttp client, JsonNode golden) throws IOException {
        byte[] body = HexFormat.of().parseHex(golden.path("request_body_hex").asText());
        RawHttp.Answer answer = client.exchange(
                golden.get("method").asText(), golden.get("path").asText(), body);
        Map<String, String> headers = new TreeMap<>(answer.headers());
        headers.keySet().retainAll(HEADERS);
        return answer.status() + " " + headers + " " + answer.body();
    }

    private static List<JsonNode> cases() throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        List<JsonNode> cases = new ArrayList<>();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                GoldenHttpIT.class.getResourceAsStream("/golden/http-cases-1.3.0.jsonl"), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                cases.add(mapper.readTree(line));
            }
        }
        return cases;
    }
}
