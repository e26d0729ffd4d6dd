package io.nsqd.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.nsqd.launcher.Daemon;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three nodes on three bookies, of which one after the other is killed at random moments while go-nsq publishes (PUB, MPUB, DPUB) and
 * consumes, giving each message back once: what was acknowledged is delivered, whichever node was killed.
 */
@Tag("cluster")
class ReplicationKillsIT {
    private static final int KILLS = Integer.getInteger("cluster.kills", 10);
    private static final int RANGE = 10_000_000;
    private static final int READY = 100;

    /** A message that nobody delivers before its node is dead. */
    private static final int MARKER_DELAY_MILLIS = 2500;

    @TempDir
    Path directory;

    @Test
    void whatWasAcknowledgedIsDelivered() throws Exception {
        Random random = new Random(Long.getLong("cluster.seed", 18));
        List<Double> seconds = new ArrayList<>();
        StringBuilder report = new StringBuilder();
        try (ReplicatedNodes cluster = ReplicatedNodes.start(directory, 3, "--mem-queue-size=500")) {
            for (ReplicatedNodes.Node node : cluster.nodes()) {
                node.api().createChannel("load", "c");
                node.api().createChannel("marker", "c");
            }
            List<Client> producers = new ArrayList<>();
            try (Client consumer = Client.discover(
                            cluster.lookupds(),
                            "load",
                            "c",
                            "--count=" + 3 * RANGE,
                            "--ready=" + READY,
                            "--attempts=2",
                            "--delay=50ms",
                            "--option=msg_timeout,10s");
                    Client markers =
                            Client.discover(cluster.lookupds(), "marker", "c", "--count=" + KILLS, "--ready=10")) {
                String[][] kinds = {{"--batch=1"}, {"--batch=10"}, {"--batch=1", "--deferred=300ms"}};
                for (int i = 0; i < 3; i++) {
                    List<String> flags =
                            new ArrayList<>(List.of("--first=" + i * RANGE, "--count=1", "--more", "--pause=5ms"));
                    flags.addAll(List.of(kinds[i]));
                    producers.add(Client.produce(cluster.node(i).tcp(), "load", flags.toArray(String[]::new)));
                }
                for (int kill = 0; kill < KILLS; kill++) {
                    ReplicatedNodes.Node victim = cluster.node(random.nextInt(3));
                    TimeUnit.MILLISECONDS.sleep(random.nextInt(1500));
                    assertEquals(
                            200, victim.publish("marker", "&defer=" + MARKER_DELAY_MILLIS, ReplicatedNodes.body(kill)));
                    long begun = System.nanoTime();
                    victim.kill();
                    int delivered = kill + 1;
                    // Now and then somebody starts it again at once.
                    boolean atOnce = kill % 5 == 4;
                    if (atOnce) {
                        victim.startSoon();
                    }
                    markers.await(counts -> counts.get("distinct").asInt() >= delivered);
                    seconds.add((System.nanoTime() - begun) / 1e9);
                    if (!atOnce) {
                        victim.startSoon();
                    }
                    victim.awaitServing();
                }
                long acked = 0;
                long unsure = 0;
                for (Client producer : producers) {
                    JsonNode counts = producer.finish();
                    acked += counts.get("acked").asLong();
                    unsure += counts.get("unsure").asLong();
                }
                long total = acked;
                consumer.await(counts -> counts.get("distinct").asLong() >= total);
                for (ReplicatedNodes.Node node : cluster.nodes()) {
                    node.api().awaitEmpty("load", "c");
                }
                JsonNode counts = consumer.finish();
                Collections.sort(seconds);
                long adoptions = cluster.nodes().stream()
                        .mapToLong(ReplicatedNodes.Node::adoptions)
                        .sum();
                report.append(String.format(
                        java.util.Locale.ROOT,
                        "%d kills, %d adoptions: acknowledged %d, delivered %d, duplicates %d (of which sent again %d); from kill"
                                + " to the first delivery p50 %.1f s, max %.1f s%n",
                        KILLS,
                        adoptions,
                        total,
                        counts.get("distinct").asLong(),
                        counts.get("duplicates").asLong(),
                        unsure,
                        seconds.get(seconds.size() / 2),
                        seconds.get(seconds.size() - 1)));
                assertEquals(total, counts.get("distinct").asLong());
                assertEquals(0, counts.get("strangers").asLong());
                assertTrue(adoptions >= KILLS / 2, report::toString);
            } finally {
                producers.forEach(Client::close);
            }
        }
        System.out.print(report);
        Files.writeString(Daemon.home().resolveSibling("interop").resolve("replication-kills.txt"), report);
    }
}
