package io.nsqd.interop;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.nsqd.bookkeeper.testing.LocalCluster;
import io.nsqd.launcher.Daemon;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens to a cluster of two nodes when something else than a node dies: nothing acknowledged is lost, and it heals by itself. */
@Tag("cluster")
class ReplicationFaultsIT {
    private static final int RANGE = 10_000_000;
    private static final int AWAY_SECONDS = Integer.getInteger("cluster.away.seconds", 10);
    private static final int OVERFLOW_MEGABYTES = Integer.getInteger("cluster.overflow.megabytes", 100);

    /** Messages that overflow at a time. */
    private static final int STEP = 100_000;

    @TempDir
    Path directory;

    private ReplicatedNodes cluster;

    @BeforeEach
    void start() throws Exception {
        cluster = ReplicatedNodes.start(directory, 2, "--mem-queue-size=1000");
        for (ReplicatedNodes.Node node : cluster.nodes()) {
            node.api().createChannel("load", "c");
        }
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    private static ConditionFactory patiently() {
        return await().atMost(Program.PATIENCE).pollInterval(Duration.ofMillis(100));
    }

    private Client producer(int node) throws Exception {
        return Client.produce(
                cluster.node(node).tcp(),
                "load",
                "--first=" + node * RANGE,
                "--count=1",
                "--batch=5",
                "--more",
                "--pause=5ms");
    }

    private Client consumer() throws Exception {
        return Client.discover(cluster.lookupds(), "load", "c", "--count=" + 2 * RANGE, "--ready=100");
    }

    private static void awaitMore(Client producer, int more) {
        long before = producer.counts().get("acked").asLong();
        producer.await(counts -> counts.get("acked").asLong() >= before + more);
    }

    /** Ends the load; everything that was acknowledged was delivered. */
    private static void assertNothingLost(List<Client> producers, Client consumer) throws Exception {
        long acked = 0;
        for (Client producer : producers) {
            acked += producer.finish().get("acked").asLong();
        }
        long total = acked;
        JsonNode counts = consumer.await(now -> now.get("distinct").asLong() >= total);
        assertEquals(total, counts.get("distinct").asLong());
    }

    /** Something happens while messages flow, to be over in the end. */
    @FunctionalInterface
    private interface Happening {
        void run(List<Client> producers) throws Exception;
    }

    private void underLoad(Happening happening) throws Exception {
        try (Client consumer = consumer();
                Client first = producer(0);
                Client second = producer(1)) {
            List<Client> producers = List.of(first, second);
            awaitMore(first, 200);
            awaitMore(second, 200);
            happening.run(producers);
            awaitMore(first, 200);
            awaitMore(second, 200);
            assertNothingLost(producers, consumer);
        }
    }

    @Test
    void aBookieDiesAndItsDiskIsEmptied() throws Exception {
        LocalCluster.Bookie bookie = cluster.servers().bookies().get(0);
        underLoad(producers -> {
            bookie.kill();
            bookie.emptyDisk();
            // Two copies are enough.
            awaitMore(producers.get(0), 500);
            awaitMore(producers.get(1), 500);
            assertEquals("OK", cluster.node(0).ping());
        });
    }

    @Test
    void withoutAQuorumPublishesAreRefusedAndItHealsByItself() throws Exception {
        List<LocalCluster.Bookie> bookies = cluster.servers().bookies();
        ReplicatedNodes.Node node = cluster.node(0);
        underLoad(producers -> {
            bookies.get(0).kill();
            bookies.get(1).kill();
            patiently().until(() -> node.ping().startsWith("NOK"));
            assertTrue(node.ping().contains("journal"), node.ping());
            assertNotEquals(200, node.publish("other", "", "refused"));
            assertTrue(node.get("/metrics").contains("nsqd_cluster_quorum_lost 1"));
            assertTrue(node.get("/cluster").contains(node.name()));
            bookies.get(0).start();
            bookies.get(1).start();
            patiently().until(() -> node.ping().equals("OK"));
            assertEquals(200, node.publish("other", "", "taken"));
            assertTrue(node.get("/metrics").contains("nsqd_cluster_quorum_lost 0"));
        });
    }

    /** As where the network between nodes and bookies is gone without a word. */
    @Test
    void bookiesThatAreSilentAreAsGoodAsDead() throws Exception {
        List<LocalCluster.Bookie> bookies = cluster.servers().bookies();
        ReplicatedNodes.Node node = cluster.node(0);
        underLoad(producers -> {
            signal(bookies.get(0).process(), "STOP");
            signal(bookies.get(1).process(), "STOP");
            try {
                patiently().until(() -> node.ping().startsWith("NOK"));
            } finally {
                signal(bookies.get(0).process(), "CONT");
                signal(bookies.get(1).process(), "CONT");
            }
            patiently().until(() -> node.ping().equals("OK"));
        });
    }

    @Test
    void withoutZooKeeperNodesFenceThemselvesAndComeBack() throws Exception {
        ReplicatedNodes.Node node = cluster.node(0);
        underLoad(producers -> {
            cluster.servers().killZooKeeper();
            node.daemon().awaitLog("CLUSTER: the lease is over");
            assertNotEquals(200, node.publish("other", "", "refused"));
            TimeUnit.SECONDS.sleep(AWAY_SECONDS);
            cluster.servers().startZooKeeper();
            cluster.nodes().forEach(ReplicatedNodes.Node::awaitServing);
        });
    }

    @Test
    void aNodeThatIsCutOffFromZooKeeperAloneServesNobodyBeforeAPeerDoes() throws Exception {
        ReplicatedNodes.Node node = cluster.node(0);
        ReplicatedNodes.Node peer = cluster.node(1);
        underLoad(producers -> {
            node.zooKeeper().cut();
            node.daemon().awaitLog("CLUSTER: the lease is over");
            assertEquals(0, peer.adoptions(), "adopted while the lease was held");
            assertNotEquals(200, node.publish("load", "", "refused"));
            patiently().until(() -> peer.adoptions() == 1);
            assertNotEquals(200, node.publish("load", "", "refused"));
            // Its bookies it has reached all the while.
            node.zooKeeper().mend();
            node.daemon().awaitLog("CLUSTER: begins empty: " + peer.name());
            node.awaitServing();
        });
    }

    @Test
    void nodesAndBookiesAreRestartedOneByOneAndNothingIsLost() throws Exception {
        underLoad(producers -> {
            for (ReplicatedNodes.Node node : cluster.nodes()) {
                ReplicatedNodes.Node peer = cluster.nodes().get(node == cluster.node(0) ? 1 : 0);
                long before = peer.adoptions();
                assertEquals(0, node.daemon().stop());
                patiently().until(() -> peer.adoptions() > before);
                node.startSoon();
                node.awaitServing();
            }
            for (LocalCluster.Bookie bookie : cluster.servers().bookies()) {
                bookie.kill();
                awaitMore(producers.get(0), 50);
                bookie.start();
                for (ReplicatedNodes.Node node : cluster.nodes()) {
                    patiently().until(() -> node.get("/metrics").contains("nsqd_cluster_copies_reduced 0"));
                }
            }
        });
    }

    private static void signal(Process process, String name) throws IOException, InterruptedException {
        assertEquals(
                0,
                new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .start()
                        .waitFor());
    }

    /** A connection by hand: what was sent to a node that stands still is answered only when it goes on. */
    private static final class Connection implements AutoCloseable {
        private final Socket socket;

        Connection(int port) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.getOutputStream().write("  V2".getBytes(StandardCharsets.US_ASCII));
        }

        void publish(String body) throws IOException {
            byte[] bytes = body.getBytes(StandardCharsets.US_ASCII);
            ByteBuffer command = ByteBuffer.allocate(9 + 4 + bytes.length);
            command.put("PUB load\n".getBytes(StandardCharsets.US_ASCII))
                    .putInt(bytes.length)
                    .put(bytes);
            socket.getOutputStream().write(command.array());
        }

        /** The next answer; an empty text where the connection has ended. */
        String answer() throws IOException {
            try {
                byte[] size = socket.getInputStream().readNBytes(4);
                if (size.length < 4) {
                    return "";
                }
                byte[] frame =
                        socket.getInputStream().readNBytes(ByteBuffer.wrap(size).getInt());
                String text = new String(frame, 4, frame.length - 4, StandardCharsets.US_ASCII);
                return text.equals("_heartbeat_") ? answer() : text;
            } catch (SocketException e) {
                return "";
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @Test
    void aNodeThatStoodStillForLongerThanItsLeaseGivesNoOk() throws Exception {
        ReplicatedNodes.Node node = cluster.node(0);
        ReplicatedNodes.Node peer = cluster.node(1);
        int published = 0;
        try (Connection connection = new Connection(node.tcp())) {
            for (; published < 100; published++) {
                connection.publish(ReplicatedNodes.body(published));
                assertEquals("OK", connection.answer());
            }
            node.daemon().signal("STOP");
            connection.publish(ReplicatedNodes.body(published));
            peer.daemon().awaitLog("ADOPT\\(" + node.name() + "\\.1\\): 100 messages");
            peer.api().awaitChannel("load", "c", channel -> channel.get("depth").asInt() == 100);
            node.daemon().signal("CONT");
            assertNotEquals("OK", connection.answer());
        }
        node.daemon().awaitLog("CLUSTER: begins empty: " + peer.name());
        node.awaitServing();
        // What was adopted is served by the peer alone.
        assertEquals(0, node.api().topic("load").path("depth").asInt());
        assertEquals(0, node.api().channel("load", "c").path("depth").asInt());
        try (Client consumer = Client.discover(cluster.lookupds(), "load", "c", "--count=" + 101, "--ready=100")) {
            JsonNode counts = consumer.await(now -> now.get("distinct").asInt() >= 100);
            peer.api().awaitEmpty("load", "c");
            assertEquals(100, counts.get("distinct").asInt());
            assertEquals(0, counts.get("duplicates").asInt());
        }
        assertEquals(200, node.publish("load", "", ReplicatedNodes.body(1)));
    }

    @Test
    void aStopLeavesEverythingToAPeer() throws Exception {
        ReplicatedNodes.Node node = cluster.node(0);
        ReplicatedNodes.Node peer = cluster.node(1);
        for (int i = 0; i < 50; i++) {
            assertEquals(200, node.publish("load", "", ReplicatedNodes.body(i)));
        }
        assertEquals(200, node.publish("load", "&defer=3600000", ReplicatedNodes.body(50)));
        assertEquals(0, node.daemon().stop());
        peer.api()
                .awaitChannel(
                        "load",
                        "c",
                        channel -> channel.get("depth").asInt() == 50
                                && channel.get("deferred_count").asInt() == 1);
        node.startSoon();
        node.daemon().awaitLog("CLUSTER: begins empty: " + peer.name());
    }

    @Test
    void whatHasOverflownIsAdoptedWholeInBoundedMemory() throws Exception {
        ReplicatedNodes.Node node = cluster.node(0);
        ReplicatedNodes.Node peer = cluster.node(1);
        int size = 10_000;
        int messages = (int) (OVERFLOW_MEGABYTES * 1_000_000L / size);
        // Nobody consumes yet. A gigabyte at a time: it all may take longer than anybody waits for an answer.
        for (int first = 0; first < messages; first += STEP) {
            int count = Math.min(STEP, messages - first);
            Client.publish(node.tcp(), "load", "--first=" + first, "--count=" + count, "--size=" + size, "--batch=100");
        }
        peer.daemon().forgetPeakMemory();
        long begun = System.nanoTime();
        node.kill();
        await().atMost(Duration.ofMinutes(60))
                .pollInterval(Duration.ofMillis(200))
                .until(() -> peer.adoptions() == 1);
        double seconds = (System.nanoTime() - begun) / 1e9;
        String report = String.format(
                Locale.ROOT,
                "%d MB of overflow: adopted in %.1f s from the kill, peak memory of the peer %d MB%n",
                OVERFLOW_MEGABYTES,
                seconds,
                peer.daemon().peakMemoryMegabytes());
        System.out.print(report);
        Files.writeString(Daemon.home().resolveSibling("interop").resolve("replication-overflow.txt"), report);
        assertEquals(messages, peer.api().channel("load", "c").get("depth").asInt());
        assertTrue(peer.daemon().peakMemoryMegabytes() < 900, report);
        begun = System.nanoTime();
        try (Client consumer = Client.consume(peer.tcp(), "load", "c", "--count=" + messages, "--ready=200")) {
            for (int missing = messages; missing > 0; ) {
                missing = Math.max(0, missing - STEP);
                int left = missing;
                consumer.await(counts -> counts.get("missing").asInt() <= left);
            }
        }
        System.out.printf(
                Locale.ROOT,
                "%d MB of overflow: delivered by the peer in %.1f s, peak memory %d MB%n",
                OVERFLOW_MEGABYTES,
                (System.nanoTime() - begun) / 1e9,
                peer.daemon().peakMemoryMegabytes());
    }
}
