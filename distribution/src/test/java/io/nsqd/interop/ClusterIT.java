package io.nsqd.interop;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.nsqd.launcher.Daemon;
import io.nsqd.launcher.DistributionCopy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A cluster of two real nsqlookupd, three of our daemons and one of Go's, in which everything comes and goes while messages
 * flow: what is said in {@code /nodes} and {@code /lookup} is right after each step, and no message is lost.
 */
@Tag("interop")
@Tag("L-12")
@Tag("L-31")
@Tag("L-40")
@Tag("X-19")
class ClusterIT {
    /** Messages published to each of the four nodes, at least. */
    private static final int EACH = 50_000;

    /** Numbers of a node's messages; no node publishes as many. */
    private static final int RANGE = 1_000_000;

    private static final int LATE_EACH = 2_500;
    private static final int READY = 200;

    @TempDir
    Path directory;

    private final List<Lookupd> lookupds = new ArrayList<>();
    private final List<Node> nodes = new ArrayList<>();
    private final List<DistributionCopy> copies = new ArrayList<>();
    private final List<AutoCloseable> closeables = new ArrayList<>();

    /** What happened when, for the report. */
    private final StringBuilder report = new StringBuilder();

    /** A nsqlookupd that is found at the same ports after a restart. */
    private static final class Lookupd {
        private final int tcp = FreePorts.next();
        private final int http = FreePorts.next();
        private final HttpApi api = new HttpApi(http);
        private Program program;

        Lookupd() throws IOException {}

        void start() throws IOException, InterruptedException {
            program = Program.start(
                    "nsqlookupd",
                    "--tcp-address=127.0.0.1:" + tcp,
                    "--http-address=127.0.0.1:" + http,
                    "--broadcast-address=127.0.0.1");
            program.port("HTTP");
        }
    }

    /** A nsqd that is found at the same ports after a restart. */
    private final class Node {
        private final int tcp = FreePorts.next();
        private final Daemon.Setup setup;
        private Daemon daemon;
        private HttpApi api;

        Node(Daemon.Setup setup) throws IOException {
            this.setup = setup.flags(
                    "--tcp-address=127.0.0.1:" + tcp,
                    "--http-address=127.0.0.1:" + FreePorts.next(),
                    "--broadcast-address=127.0.0.1",
                    "--mem-queue-size=1000");
            lookupds.forEach(lookupd -> setup.flags("--lookupd-tcp-address=127.0.0.1:" + lookupd.tcp));
        }

        void start() throws IOException {
            daemon = setup.start();
            api = HttpApi.of(daemon);
        }
    }

    private Path data(String name) throws IOException {
        return Files.createDirectory(directory.resolve(name));
    }

    @BeforeEach
    void start() throws Exception {
        for (int i = 0; i < 2; i++) {
            lookupds.add(new Lookupd());
            lookupds.get(i).start();
        }
        for (int i = 0; i < 3; i++) {
            nodes.add(new Node(Daemon.of(data("ours-" + i)).home(copy(i).home())));
        }
        nodes.add(new Node(GoTools.nsqd(data("go"))));
        for (Node node : nodes) {
            node.start();
        }
    }

    private DistributionCopy copy(int node) throws IOException {
        while (copies.size() <= node) {
            copies.add(new DistributionCopy(directory.resolve("home-" + copies.size())));
        }
        return copies.get(node);
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable closeable : closeables) {
            closeable.close();
        }
        nodes.forEach(node -> node.daemon.close());
        lookupds.forEach(lookupd -> lookupd.program.close());
    }

    private <T extends AutoCloseable> T closing(T closeable) {
        closeables.add(closeable);
        return closeable;
    }

    private List<Integer> lookupPorts() {
        return lookupds.stream().map(lookupd -> lookupd.http).toList();
    }

    private static Set<Integer> ports(List<Node> nodes) {
        return nodes.stream().map(node -> node.tcp).collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<Integer> tcpPorts(JsonNode answer) {
        Set<Integer> ports = new TreeSet<>();
        answer.get("producers")
                .forEach(producer -> ports.add(producer.get("tcp_port").asInt()));
        return ports;
    }

    private static Set<String> strings(JsonNode list) {
        Set<String> strings = new TreeSet<>();
        list.forEach(entry -> strings.add(entry.asText()));
        return strings;
    }

    /** Waits until a nsqlookupd lists exactly these nodes, in general and for a topic, with these channels. */
    private static void awaitListed(Lookupd lookupd, List<Node> listed, String topic, String... channels) {
        Set<Integer> ports = ports(listed);
        await("nsqlookupd at " + lookupd.http)
                .atMost(Program.PATIENCE)
                .pollInterval(Duration.ofMillis(10))
                .untilAsserted(() -> {
                    assertEquals(ports, tcpPorts(lookupd.api.get("/nodes")));
                    assertTrue(strings(lookupd.api.get("/topics").get("topics")).contains(topic));
                    JsonNode found = lookupd.api.get("/lookup?topic=" + topic);
                    assertEquals(ports, tcpPorts(found));
                    assertEquals(new TreeSet<>(Arrays.asList(channels)), strings(found.get("channels")));
                });
    }

    /** The same of both; notes how long it took. */
    private void step(String what, List<Node> listed, String topic, String... channels) {
        long begin = System.nanoTime();
        lookupds.forEach(lookupd -> awaitListed(lookupd, listed, topic, channels));
        report.append(
                String.format("%-60s listed right by both after %6.0f ms%n", what, (System.nanoTime() - begin) / 1e6));
    }

    private List<Node> allBut(Node absent) {
        return nodes.stream().filter(node -> node != absent).toList();
    }

    /** The connection that a node is known by. */
    private static String remoteAddress(Lookupd lookupd, Node node) throws IOException, InterruptedException {
        for (JsonNode producer : lookupd.api.get("/nodes").get("producers")) {
            if (producer.get("tcp_port").asInt() == node.tcp) {
                return producer.get("remote_address").asText();
            }
        }
        return "";
    }

    private Program admin() throws IOException, InterruptedException {
        List<String> flags = new ArrayList<>(List.of("--http-address=127.0.0.1:0"));
        lookupds.forEach(lookupd -> flags.add("--lookupd-http-address=127.0.0.1:" + lookupd.http));
        return closing(Program.start("nsqadmin", flags.toArray(String[]::new)));
    }

    @Test
    void nothingIsLostWhateverComesAndGoes() throws Exception {
        HttpApi admin = new HttpApi(admin().port("HTTP"));
        lookupds.forEach(lookupd -> awaitNodes(lookupd, nodes));
        admin.post("/api/topics", "{\"topic\":\"orders\",\"channel\":\"billing\"}");
        Client billing = closing(Client.discover(
                lookupPorts(), "orders", "billing", "--count=" + nodes.size() * RANGE, "--ready=" + READY));
        List<Client> producers = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            producers.add(closing(Client.produce(
                    nodes.get(i).tcp,
                    "orders",
                    "--first=" + i * RANGE,
                    "--count=" + EACH,
                    "--batch=10",
                    "--pause=8ms",
                    "--more")));
        }
        step("all are there", nodes, "orders", "billing");

        // A nsqlookupd dies and comes back.
        Lookupd lost = lookupds.get(0);
        lost.program.kill();
        awaitListed(lookupds.get(1), nodes, "orders", "billing");
        lost.start();
        long begin = System.nanoTime();
        awaitNodes(lost, nodes.subList(0, 3));
        report.append(
                String.format("nsqlookupd is back: it knows ours after %.0f ms%n", (System.nanoTime() - begin) / 1e6));
        step("nsqlookupd is back", nodes, "orders", "billing");

        // A node goes and comes back.
        Node restarted = nodes.get(1);
        assertEquals(0, restarted.daemon.stop());
        step("a node has stopped", allBut(restarted), "orders", "billing");
        restarted.start();
        step("the node is back", nodes, "orders", "billing");

        // A new topic, known to nsqlookupd with a channel before it is to any node: no message may miss that.
        admin.post("/api/topics", "{\"topic\":\"late\",\"channel\":\"audit\"}");
        for (int i = 0; i < nodes.size(); i++) {
            Client.publish(nodes.get(i).tcp, "late", "--first=" + i * LATE_EACH, "--count=" + LATE_EACH, "--batch=50");
        }
        step("a new topic", nodes, "late", "audit");
        Client late = closing(Client.discover(
                lookupPorts(), "late", "audit", "--count=" + nodes.size() * LATE_EACH, "--ready=" + READY));

        // A new channel.
        admin.post("/api/topics", "{\"topic\":\"orders\",\"channel\":\"audit\"}");
        step("a new channel", nodes, "orders", "audit", "billing");
        long before = 0;
        for (Client producer : producers) {
            before += producer.counts().get("acked").asLong();
        }
        Client audit = closing(Client.discover(
                lookupPorts(), "orders", "audit", "--count=" + nodes.size() * RANGE, "--ready=" + READY));

        // The bundle that registers one of ours is updated.
        Node updated = nodes.get(2);
        List<String> connections =
                List.of(remoteAddress(lookupds.get(0), updated), remoteAddress(lookupds.get(1), updated));
        copy(2).replace("nsqd-lookup");
        updated.daemon.awaitLog("PLUGIN\\(nsqd-lookup.jar\\): started");
        step("the lookup bundle is updated", nodes, "orders", "audit", "billing");
        for (int i = 0; i < 2; i++) {
            assertTrue(!connections.get(i).equals(remoteAddress(lookupds.get(i), updated)), connections::toString);
        }

        // That of another is taken away and brought back.
        Node unknown = nodes.get(0);
        copy(0).take("nsqd-lookup");
        step("the lookup bundle is away", allBut(unknown), "orders", "audit", "billing");
        copy(0).bringBack("nsqd-lookup");
        unknown.daemon.awaitLog("PLUGIN\\(nsqd-lookup.jar\\): started");
        step("the lookup bundle is back", nodes, "orders", "audit", "billing");

        // The cluster as nsqadmin shows it.
        JsonNode shown = admin.get("/api/nodes").get("nodes");
        assertEquals(4, shown.size());
        for (JsonNode node : shown) {
            assertEquals("1.3.0", node.get("version").asText());
            assertEquals(2, node.get("remote_addresses").size());
        }
        JsonNode topic = admin.get("/api/topics/orders");
        assertEquals(4, topic.get("nodes").size());
        assertEquals(2, topic.get("channels").size());

        long published = 0;
        long unsure = 0;
        for (Client producer : producers) {
            JsonNode counts = producer.finish();
            published += counts.get("acked").asLong();
            unsure += counts.get("unsure").asLong();
        }
        long total = published;
        long sinceAudit = published - before;
        assertTrue(total >= (long) nodes.size() * EACH);
        billing.await(counts -> counts.get("distinct").asLong() >= total);
        audit.await(counts -> counts.get("distinct").asLong() >= sinceAudit);
        late.await(counts -> counts.get("missing").asLong() == 0);
        for (Node node : nodes) {
            node.api.awaitEmpty("orders", "billing");
            node.api.awaitEmpty("orders", "audit");
            node.api.awaitEmpty("late", "audit");
        }
        JsonNode billed = billing.finish();
        audit.finish();
        JsonNode lateCounts = late.finish();
        report.append(String.format(
                "published %d, sent again %d, finished %d, different %d, duplicates %d; new topic: %d of %d, duplicates %d%n",
                total,
                unsure,
                billed.get("finished").asLong(),
                billed.get("distinct").asLong(),
                billed.get("duplicates").asLong(),
                lateCounts.get("distinct").asLong(),
                nodes.size() * LATE_EACH,
                lateCounts.get("duplicates").asLong()));
        System.out.print(report);
        Files.writeString(Daemon.home().resolveSibling("interop").resolve("cluster.txt"), report);
        assertEquals(total, billed.get("distinct").asLong());
        assertEquals(0, billed.get("strangers").asLong());
        // What was in flight when the node stopped, and what its producer could not know.
        assertTrue(billed.get("duplicates").asLong() <= READY + unsure, billed::toString);
        for (Node node : nodes) {
            assertEquals(0, node.daemon.stop());
        }
        lookupds.forEach(lookupd -> lookupd.api.awaitAnswer(
                "/nodes", answer -> answer.get("producers").isEmpty()));
    }

    private static void awaitNodes(Lookupd lookupd, List<Node> wanted) {
        Set<Integer> ports = ports(wanted);
        lookupd.api.awaitAnswer("/nodes", answer -> tcpPorts(answer).containsAll(ports));
    }
}
