package io.nsqd.statsd;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.launcher.Daemon;
import io.nsqd.launcher.DistributionCopy;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real daemon and the statsd daemon that it pushes to. */
class StatsdIT {
    /** Rounds that may pass before a message is counted. */
    private static final int MOST_ROUNDS = 50;

    private static final int PATIENCE_MILLIS = 60_000;

    private final HttpClient http = HttpClient.newHttpClient();

    @TempDir
    Path data;

    private DatagramSocket statsd;

    @BeforeEach
    void listen() throws IOException {
        statsd = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        statsd.setSoTimeout(PATIENCE_MILLIS);
    }

    @AfterEach
    void close() {
        statsd.close();
    }

    private Daemon start(String... flags) throws IOException {
        return Daemon.of(data)
                .flags(
                        "--broadcast-address=127.0.0.1",
                        "--statsd-address=127.0.0.1:" + statsd.getLocalPort(),
                        "--statsd-interval=500ms")
                .flags(flags)
                .start();
    }

    private void post(Daemon daemon, String path, String body) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + daemon.httpPort() + path);
        HttpRequest request = HttpRequest.newBuilder(uri)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        assertEquals(200, http.send(request, BodyHandlers.ofString()).statusCode());
    }

    private String packet() throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[65_536], 65_536);
        statsd.receive(packet);
        return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8);
    }

    /** The names of a round, without the prefix; begins with the first topic. */
    private static List<String> names(String packet, String prefix) {
        List<String> names = new ArrayList<>();
        for (String line : packet.split("\n", -1)) {
            if (!line.isEmpty()) {
                assertTrue(line.startsWith(prefix), line);
                assertTrue(line.matches("[^:]+:-?\\d+\\|[cg]"), line);
                names.add(line.substring(prefix.length(), line.indexOf(':')));
            }
        }
        return names;
    }

    @Test
    @Tag("D-1")
    @Tag("D-2")
    @Tag("D-7")
    @Tag("D-10")
    @Tag("D-20")
    @Tag("X-18")
    void aRoundHasEveryMetricInOrder() throws Exception {
        try (Daemon daemon = start("--statsd-udp-packet-size=60000")) {
            post(daemon, "/topic/create?topic=t", "");
            post(daemon, "/channel/create?topic=t&channel=c", "");
            String prefix = "nsq.127_0_0_1_" + daemon.httpPort() + ".";
            String packet = packet();
            while (!packet.contains(prefix + "topic.t.channel.c.")) {
                packet = packet();
            }
            assertEquals(
                    List.of(
                            "topic.t.message_count",
                            "topic.t.message_bytes",
                            "topic.t.depth",
                            "topic.t.backend_depth",
                            "topic.t.channel.c.message_count",
                            "topic.t.channel.c.depth",
                            "topic.t.channel.c.backend_depth",
                            "topic.t.channel.c.in_flight_count",
                            "topic.t.channel.c.deferred_count",
                            "topic.t.channel.c.requeue_count",
                            "topic.t.channel.c.timeout_count",
                            "topic.t.channel.c.clients",
                            "mem.heap_objects",
                            "mem.heap_idle_bytes",
                            "mem.heap_in_use_bytes",
                            "mem.heap_released_bytes",
                            "mem.gc_pause_usec_100",
                            "mem.gc_pause_usec_99",
                            "mem.gc_pause_usec_95",
                            "mem.next_gc_bytes",
                            "mem.gc_runs"),
                    names(packet, prefix));
            daemon.awaitLog(" INFO: STATSD: pushing stats to 127\\.0\\.0\\.1:" + statsd.getLocalPort() + "$");
            assertEquals(0, daemon.stop());
            daemon.awaitLog(" INFO: STATSD: closing$");
        }
    }

    @Test
    @Tag("D-21")
    void aMessageIsCountedInOneRound() throws Exception {
        try (Daemon daemon = start("--statsd-prefix=", "--statsd-mem-stats=false")) {
            post(daemon, "/pub?topic=t", "hello");
            String packet = packet();
            for (int i = 0; i < MOST_ROUNDS && packet.startsWith("topic.t.message_count:0|c\n"); i++) {
                // The round came between the making of the topic and the message.
                packet = packet();
            }
            assertTrue(packet.startsWith("topic.t.message_count:1|c\ntopic.t.message_bytes:5|c\n"), packet);
            packet = packet();
            assertTrue(packet.startsWith("topic.t.message_count:0|c\ntopic.t.message_bytes:0|c\n"), packet);
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    @Tag("D-1")
    @Tag("D-4")
    void itsBundleMayComeAndGo(@TempDir Path directory) throws Exception {
        DistributionCopy copy = new DistributionCopy(directory);
        copy.take("nsqd-statsd");
        try (Daemon daemon = Daemon.of(data)
                .home(copy.home())
                .flags(
                        "--statsd-prefix=",
                        "--statsd-mem-stats=false",
                        "--statsd-interval=200ms",
                        "--statsd-address=127.0.0.1:" + statsd.getLocalPort())
                .start()) {
            for (int life = 1; life <= 2; life++) {
                post(daemon, "/pub?topic=t", "hello");
                copy.bringBack("nsqd-statsd");
                awaitLines(daemon, "started", life);
                // What came while it was away counts for nothing now.
                String packet = packet();
                assertTrue(packet.startsWith("topic.t.message_count:0|c\n"), packet);
                post(daemon, "/pub?topic=t", "hello");
                for (int i = 0; i < MOST_ROUNDS && packet.startsWith("topic.t.message_count:0|c\n"); i++) {
                    packet = packet();
                }
                assertTrue(packet.startsWith("topic.t.message_count:1|c\n"), packet);
                copy.take("nsqd-statsd");
                awaitLines(daemon, "removed", life);
                drain();
            }
            assertEquals(0, daemon.stop());
        }
    }

    private static void awaitLines(Daemon daemon, String event, int count) {
        await().until(() -> daemon.log().stream()
                        .filter(line -> line.endsWith("PLUGIN(nsqd-statsd.jar): " + event))
                        .count()
                == count);
    }

    /** Forgets the packets that have come. */
    private void drain() throws IOException {
        statsd.setSoTimeout(1);
        try {
            while (true) {
                packet();
            }
        } catch (SocketTimeoutException e) {
            statsd.setSoTimeout(PATIENCE_MILLIS);
        }
    }
}
