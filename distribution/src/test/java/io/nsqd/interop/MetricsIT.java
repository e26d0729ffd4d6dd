package io.nsqd.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.launcher.Daemon;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What promtool, Prometheus's own, says of our metrics. */
@Tag("interop")
class MetricsIT {
    private static final int TOPICS = 1000;

    @TempDir
    Path data;

    private static String scrape(Daemon daemon) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + daemon.httpPort() + "/metrics"))
                .build();
        HttpResponse<String> response = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        assertEquals(200, response.statusCode(), response::body);
        assertEquals(
                "text/plain; version=0.0.4; charset=utf-8",
                response.headers().firstValue("content-type").orElse(""));
        return response.body();
    }

    private static void assertClean(String metrics) throws IOException, InterruptedException {
        Process promtool = new ProcessBuilder("promtool", "check", "metrics")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.PIPE)
                .start();
        promtool.getOutputStream().write(metrics.getBytes(StandardCharsets.UTF_8));
        promtool.getOutputStream().close();
        String complaints = new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(promtool.waitFor(1, TimeUnit.MINUTES));
        assertEquals("", complaints);
        assertEquals(0, promtool.exitValue());
    }

    @Test
    @Tag("X-15")
    void promtoolHasNothingToComplainOf() throws Exception {
        try (Daemon daemon = Daemon.of(data)
                .flags("--e2e-processing-latency-percentile=0.99,0.5")
                .start()) {
            HttpApi api = HttpApi.of(daemon);
            assertClean(scrape(daemon));
            api.createChannel("t", "c");
            try (Client consumer = Client.consume(daemon.tcpPort(), "t", "c", "--count=100", "--ready=10")) {
                Client.publish(daemon.tcpPort(), "t", "--count=100");
                consumer.await(counts -> counts.get("missing").asInt() == 0);
                api.awaitEmpty("t", "c");
                String metrics = scrape(daemon);
                assertClean(metrics);
                for (String line : new String[] {
                    "nsqd_topic_messages_total{topic=\"t\"} 100",
                    "nsqd_channel_messages_total{topic=\"t\",channel=\"c\"} 100",
                    "nsqd_channel_clients{topic=\"t\",channel=\"c\"} 1",
                    "nsqd_channel_e2e_latency_seconds_count{topic=\"t\",channel=\"c\"} 100"
                }) {
                    assertTrue(metrics.lines().anyMatch(line::equals), () -> line + " is not in " + metrics);
                }
                consumer.finish();
            }
            assertEquals(0, daemon.stop());
        }
    }

    /** Prints how long a scrape of very many takes; how long it may take depends on the machine. */
    @Test
    void manyTopicsAndChannelsAreScraped() throws Exception {
        try (Daemon daemon = Daemon.of(data).start()) {
            HttpApi api = HttpApi.of(daemon);
            for (int i = 0; i < TOPICS; i++) {
                for (String channel : new String[] {"a", "b", "c", "d"}) {
                    api.createChannel("topic-" + i, channel);
                }
            }
            long best = Long.MAX_VALUE;
            for (int i = 0; i < 30; i++) {
                long start = System.nanoTime();
                String metrics = scrape(daemon);
                best = Math.min(best, System.nanoTime() - start);
                assertEquals(
                        TOPICS * 4,
                        metrics.lines()
                                .filter(line -> line.startsWith("nsqd_channel_depth{"))
                                .count());
            }
            System.out.printf("metrics: a scrape of %d channels takes %.1f ms%n", TOPICS * 4, best / 1e6);
            assertEquals(0, daemon.stop());
        }
    }
}
