package io.nsqd.interop;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The peer that takes over what a node has left dies, too, before it is through: the next one adopts from both. */
@Tag("cluster")
class AdoptionInterruptedIT {
    /** So much that the adoption takes a second or two. */
    private static final int OVERFLOWN = 8000;

    private static final int SIZE = 10_000;

    /** What each of the other two nodes has. */
    private static final int OWN = 200;

    @TempDir
    Path directory;

    private static ConditionFactory patiently() {
        return await().atMost(Program.PATIENCE).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(10));
    }

    private static boolean adopts(ReplicatedNodes.Node node) {
        return node.daemon().log().stream().anyMatch(line -> line.contains("its node is gone"));
    }

    /** How many messages the adoption under way has brought. */
    private static long brought(ReplicatedNodes.Node node) throws IOException, InterruptedException {
        return node.api()
                .get("/cluster?format=json")
                .path("cluster_adopting_messages")
                .asLong();
    }

    @Test
    void thePeerDiesInTheMiddleOfIt() throws Exception {
        try (ReplicatedNodes cluster = ReplicatedNodes.start(directory, 3, "--mem-queue-size=1000")) {
            ReplicatedNodes.Node victim = cluster.node(0);
            List<ReplicatedNodes.Node> peers = List.of(cluster.node(1), cluster.node(2));
            for (ReplicatedNodes.Node node : cluster.nodes()) {
                node.api().createChannel("load", "c");
            }
            Client.publish(victim.tcp(), "load", "--count=" + OVERFLOWN, "--size=" + SIZE, "--batch=100");
            int all = OVERFLOWN;
            for (ReplicatedNodes.Node peer : peers) {
                Client.publish(peer.tcp(), "load", "--first=" + all, "--count=" + OWN, "--batch=10");
                all += OWN;
            }

            victim.kill();
            patiently().until(() -> peers.stream().anyMatch(AdoptionInterruptedIT::adopts));
            Optional<ReplicatedNodes.Node> found =
                    peers.stream().filter(AdoptionInterruptedIT::adopts).findFirst();
            ReplicatedNodes.Node first = found.orElseThrow();
            ReplicatedNodes.Node last = peers.get(1 - peers.indexOf(first));
            patiently().until(() -> brought(first) > 0);
            first.kill();
            assertEquals(0, first.adoptions(), "it was not through");
            patiently().until(() -> last.adoptions() == 2);

            try (Client consumer = Client.consume(last.tcp(), "load", "c", "--count=" + all, "--ready=200")) {
                consumer.await(counts -> counts.get("missing").asInt() == 0);
                last.api().awaitEmpty("load", "c");
                JsonNode counts = consumer.finish();
                assertEquals(all, counts.get("distinct").asInt());
                assertEquals(0, counts.get("strangers").asInt());
                System.out.printf(
                        Locale.ROOT,
                        "an adoption of %d messages that was interrupted: %d delivered twice%n",
                        OVERFLOWN,
                        counts.get("duplicates").asInt());
            }
        }
    }
}
