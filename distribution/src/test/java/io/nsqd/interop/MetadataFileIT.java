package io.nsqd.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nsqd.launcher.Daemon;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the Go daemon makes of an {@code nsqd.dat}, ours makes of it: the same topics, or no start and the file as it was. */
@Tag("interop")
@Tag("B-30")
@Tag("B-32")
@Tag("O-27")
class MetadataFileIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path byGo;

    @TempDir
    Path byOurs;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "null",
                "{}",
                "[]",
                "x",
                "{} x",
                "\ufeff{}",
                "{\"topics\":null,\"version\":null}",
                "{\"topics\":\"x\"}",
                "{\"topics\":{}}",
                "{\"topics\":[\"t\"]}",
                "{\"topics\":[null]}",
                "{\"topics\":[{\"name\":5}]}",
                "{\"topics\":[{\"name\":\"t\",\"channels\":\"x\"}]}",
                "{\"topics\":[{\"name\":\"t\",\"paused\":\"yes\"}]}",
                "{\"topics\":[{\"name\":\"t\",\"paused\":null,\"channels\":[{\"name\":\"c\",\"paused\":true}]}]}",
                "{\"topics\":[],\"version\":5}",
                "{\"TOPICS\":[{\"Name\":\"t\",\"pAuSeD\":true,\"Channels\":[{\"NAME\":\"c\",\"PAUSED\":true}]}]}",
                "{\"topics\":[{\"name\":\"x\"}],\"Topics\":[{\"name\":\"t\"}]}",
                "{\"topics\":[{\"name\":\"t\"}],\"topics\":null}",
                "{\"topics\":[{\"name\":\"t\",\"name\":null,\"other\":{\"name\":5}}]}",
                "{\"topics\":[{\"name\":\"t\",\"channels\":[{\"name\":\"a\"}]},"
                        + "{\"name\":\"t\",\"paused\":true,\"channels\":[{\"name\":\"a\",\"paused\":true},{\"name\":\"b\"}]}]}",
                "{\"topics\":[{\"name\":\"t\",},]}"
            })
    void bothMakeTheSameOfIt(String content) throws Exception {
        assertEquals(outcome(GoTools.nsqd(byGo), byGo, content), outcome(Daemon.of(byOurs), byOurs, content));
    }

    private static String outcome(Daemon.Setup setup, Path data, String content) throws Exception {
        Path file = data.resolve("nsqd.dat");
        byte[] before = content.getBytes(StandardCharsets.UTF_8);
        Files.write(file, before);
        try (Daemon daemon = setup.launch()) {
            String line = daemon.awaitLog(" INFO: HTTP: listening on | FATAL: .* in .*")
                    .group();
            if (line.contains("FATAL")) {
                return "exit code " + daemon.awaitExit() + ", the file is as it was: "
                        + new String(Files.readAllBytes(file), StandardCharsets.UTF_8).equals(content);
            }
            assertEquals(0, daemon.stop());
            return topics(JSON.readTree(Files.readAllBytes(file))).toString();
        }
    }

    /** Whether each topic and channel is paused; the order is nobody's business. */
    private static Map<String, Boolean> topics(JsonNode metadata) {
        Map<String, Boolean> paused = new TreeMap<>();
        for (JsonNode topic : metadata.path("topics")) {
            paused.put(topic.path("name").asText(), topic.path("paused").asBoolean());
            for (JsonNode channel : topic.path("channels")) {
                paused.put(
                        topic.path("name").asText() + ":" + channel.path("name").asText(),
                        channel.path("paused").asBoolean());
            }
        }
        return paused;
    }
}
