package io.nsqd.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.nsqd.launcher.Daemon;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A million messages of 200 bytes, most of them through the disk queue. */
@Tag("interop")
class MillionMessagesIT {
    private static final int COUNT = 1_000_000;
    private static final int MEMORY = 10_000;

    @TempDir
    Path data;

    private Daemon.Setup setup() {
        return Daemon.of(data).flags("--mem-queue-size=" + MEMORY);
    }

    private static Client produce(Daemon daemon, int first, int count, int batch) throws Exception {
        return Client.produce(
                daemon.tcpPort(),
                "t",
                "--first=" + first,
                "--count=" + count,
                "--batch=" + batch,
                "--size=200",
                "--connections=4");
    }

    private static Client consume(Daemon daemon) throws Exception {
        return Client.consume(daemon.tcpPort(), "t", "c", "--count=" + COUNT, "--connections=4", "--ready=500");
    }

    /** For the record of the build. */
    private static void figures(String text) {
        System.out.println("MillionMessagesIT: " + text);
    }

    /** By its log. There is no such line if nothing had to be flushed: the consumers can have finished all they had. */
    private static int inFlightAtTheStop(Daemon stopped) {
        Matcher flushing = Pattern.compile("CHANNEL\\(c\\): flushing \\d+ memory (\\d+) in-flight")
                .matcher(String.join("\n", stopped.log()));
        return flushing.find() ? Integer.parseInt(flushing.group(1)) : 0;
    }

    @Test
    @Tag("B-14")
    void eachArrivesExactlyOnce() throws Exception {
        try (Daemon daemon = setup().start()) {
            HttpApi api = HttpApi.of(daemon);
            api.createChannel("t", "c");
            try (Client producer = produce(daemon, 0, COUNT, 100)) {
                JsonNode published = producer.finish();
                assertEquals(COUNT, published.get("acked").asInt());
                assertEquals(0, published.get("unsure").asInt());
            }
            JsonNode full = api.channel("t", "c");
            assertEquals(COUNT, full.get("depth").asInt());
            assertEquals(COUNT - MEMORY, full.get("backend_depth").asInt());
            try (Client consumer = consume(daemon)) {
                consumer.await(counts -> counts.get("missing").asInt() == 0);
                JsonNode empty = api.awaitEmpty("t", "c");
                assertEquals(COUNT, empty.get("message_count").asInt());
                assertEquals(0, empty.get("requeue_count").asInt());
                assertEquals(0, empty.get("timeout_count").asInt());
                JsonNode counts = consumer.finish();
                figures("consumer " + counts);
                assertEquals(COUNT, counts.get("received").asInt());
                assertEquals(COUNT, counts.get("distinct").asInt());
                assertEquals(0, counts.get("strangers").asInt());
                assertEquals(1, counts.get("maxAttempts").asInt());
            }
            assertEquals(0, daemon.stop());
        }
    }

    /**
     * The daemon is stopped while a producer publishes and a consumer reads the disk queue. What may come twice is what
     * was in flight at that moment, and what a producer sent again because the answer was lost.
     */
    @Test
    @Tag("B-33")
    void aRestartInTheMiddleLosesNone() throws Exception {
        int backlog = COUNT * 8 / 10;
        int tcpPort;
        int inFlight;
        try (Daemon first = setup().start()) {
            tcpPort = first.tcpPort();
            HttpApi.of(first).createChannel("t", "c");
            try (Client producer = produce(first, 0, backlog, 100)) {
                assertEquals(backlog, producer.finish().get("acked").asInt());
            }
            // One by one, so that this takes longer than the wait for its beginning.
            try (Client producer = produce(first, backlog, COUNT - backlog, 1);
                    Client consumer = consume(first)) {
                producer.await(counts -> counts.get("acked").asInt() >= 2_000);
                JsonNode before =
                        consumer.await(counts -> counts.get("distinct").asInt() >= COUNT / 10);
                assertEquals(0, first.stop());
                inFlight = inFlightAtTheStop(first);
                try (Daemon second =
                        setup().flags("--tcp-address=127.0.0.1:" + tcpPort).start()) {
                    JsonNode published = producer.finish();
                    assertEquals(COUNT - backlog, published.get("acked").asInt());
                    consumer.await(counts -> counts.get("missing").asInt() == 0);
                    HttpApi.of(second).awaitEmpty("t", "c");
                    JsonNode counts = consumer.finish();
                    figures("in flight at the stop " + inFlight + ", producer " + published + ", consumer before "
                            + before + ", after " + counts);
                    assertTrue(published.get("unsure").asInt() > 0, published::toString);
                    assertEquals(0, counts.get("strangers").asInt());
                    assertTrue(
                            counts.get("duplicates").asInt()
                                    <= inFlight + published.get("unsure").asInt(),
                            counts::toString);
                    assertEquals(0, second.stop());
                }
            }
        }
    }
}
