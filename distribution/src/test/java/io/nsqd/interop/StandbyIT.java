package io.nsqd.interop;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Only replication, and a standby of the same name: what a node leaves is nobody else's. */
@Tag("cluster")
class StandbyIT {
    private static final int MESSAGES = 100;

    @TempDir
    Path directory;

    @Test
    void aStandbyGoesOnWithWhatItsNodeHad() throws Exception {
        try (ReplicatedNodes cluster = ReplicatedNodes.start(directory, 2, "--adopt=off", "--mem-queue-size=10")) {
            ReplicatedNodes.Node node = cluster.node(0);
            ReplicatedNodes.Node other = cluster.node(1);
            node.api().createChannel("load", "c");
            for (int i = 0; i < MESSAGES; i++) {
                assertEquals(200, node.publish("load", "", ReplicatedNodes.body(i)));
            }
            assertEquals(200, node.publish("load", "&defer=3600000", ReplicatedNodes.body(MESSAGES)));
            ReplicatedNodes.Node standby = cluster.standbyOf(node);
            standby.daemon().awaitLog("CLUSTER: another process is the node " + node.name());
            assertEquals("OK", node.ping());
            // A third process waits as well.
            ReplicatedNodes.Node third = cluster.standbyOf(node);
            third.daemon().awaitLog("CLUSTER: another process is the node " + node.name());

            node.kill();
            await().atMost(Program.PATIENCE)
                    .until(() -> standby.daemon().log().stream().anyMatch(StandbyIT::listens)
                            || third.daemon().log().stream().anyMatch(StandbyIT::listens));
            standby.awaitServing();
            standby.api()
                    .awaitChannel(
                            "load",
                            "c",
                            channel -> channel.get("depth").asInt() == MESSAGES
                                    && channel.get("deferred_count").asInt() == 1);
            assertEquals(0, other.adoptions());
            assertEquals(0, other.api().topic("load").path("depth").asInt());

            // The next one goes on where the first stopped.
            ReplicatedNodes.Node serving =
                    standby.daemon().log().stream().anyMatch(StandbyIT::listens) ? standby : third;
            ReplicatedNodes.Node waiting = serving == standby ? third : standby;
            assertTrue(waiting.daemon().log().stream().noneMatch(StandbyIT::listens));
            assertEquals(0, serving.daemon().stop());
            waiting.daemon().awaitLog("HTTP: listening");
            try (Client consumer =
                    Client.discover(cluster.lookupds(), "load", "c", "--count=" + MESSAGES, "--ready=10")) {
                JsonNode counts = consumer.await(now -> now.get("distinct").asInt() >= MESSAGES);
                assertEquals(MESSAGES, counts.get("distinct").asInt());
            }
            waiting.api()
                    .awaitChannel(
                            "load",
                            "c",
                            channel -> channel.get("depth").asInt() == 0
                                    && channel.get("deferred_count").asInt() == 1);
        }
    }

    private static boolean listens(String line) {
        return line.contains("HTTP: listening");
    }
}
