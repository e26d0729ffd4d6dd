package io.nsqd.interop;

import static org.awaitility.Awaitility.await;

import io.nsqd.bookkeeper.testing.LocalCluster;
import io.nsqd.launcher.Daemon;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Nodes of a cluster with a real ZooKeeper, real bookies and real nsqlookupds; every one a process of its own. */
final class ReplicatedNodes implements AutoCloseable {
    /** Shorter than anybody would have it, as each death of a node costs its time. */
    private static final String LEASE = "3s";

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private final Path directory;
    private final LocalCluster servers;
    private final List<Integer> lookupds = new ArrayList<>();
    private final List<Program> programs = new ArrayList<>();
    private final List<Node> nodes = new ArrayList<>();
    private final List<Node> standbys = new ArrayList<>();

    private ReplicatedNodes(Path directory) throws IOException {
        this.directory = directory;
        String classPath = Files.readString(Path.of(System.getProperty("nsqd.servers.classpath")));
        servers = LocalCluster.start(directory.resolve("servers"), classPath.strip(), 3);
    }

    /** Starts so many nodes, two nsqlookupd, ZooKeeper and three bookies. */
    static ReplicatedNodes start(Path directory, int nodes, String... flags) throws IOException, InterruptedException {
        ReplicatedNodes made = new ReplicatedNodes(directory);
        try {
            List<String> all = new ArrayList<>(List.of(flags));
            for (int i = 0; i < 2; i++) {
                int tcp = FreePorts.next();
                Program lookupd = Program.start(
                        "nsqlookupd",
                        "--tcp-address=127.0.0.1:" + tcp,
                        "--http-address=127.0.0.1:0",
                        "--broadcast-address=127.0.0.1");
                made.programs.add(lookupd);
                made.lookupds.add(lookupd.port("HTTP"));
                all.add("--lookupd-tcp-address=127.0.0.1:" + tcp);
            }
            for (int i = 0; i < nodes; i++) {
                made.nodes.add(made.new Node(all));
            }
            for (Node node : made.nodes) {
                node.start();
            }
            return made;
        } catch (IOException | InterruptedException | RuntimeException | Error e) {
            made.close();
            throw e;
        }
    }

    LocalCluster servers() {
        return servers;
    }

    Node node(int number) {
        return nodes.get(number);
    }

    List<Node> nodes() {
        return nodes;
    }

    /** Another process that is to be a node once that is gone: it has the node's name, ports and id, and nothing of its data. */
    Node standbyOf(Node node) throws IOException {
        Node standby = new Node(node);
        standbys.add(standby);
        standby.startSoon();
        return standby;
    }

    /** The HTTP ports of the nsqlookupds. */
    List<Integer> lookupds() {
        return lookupds;
    }

    @Override
    public void close() {
        standbys.forEach(Node::close);
        nodes.forEach(Node::close);
        programs.forEach(Program::close);
        servers.close();
    }

    /** One of the nodes: found at the same ports after a restart. */
    final class Node {
        private final List<String> flags;
        private final int number;
        private final int tcp;
        private final int http;
        private final Path data;
        private final Relay zooKeeper = new Relay(servers.zooKeeperPort());
        private final Daemon.Setup setup;
        private Daemon daemon;
        private int earlierAdoptions;

        private Node(List<String> flags) throws IOException {
            this(flags, NUMBERS.incrementAndGet() % 1000, FreePorts.next(), FreePorts.next(), "data");
        }

        private Node(Node other) throws IOException {
            this(other.flags, other.number, other.tcp, other.http, "standby");
        }

        private Node(List<String> flags, int number, int tcp, int http, String name) throws IOException {
            this.flags = flags;
            this.number = number;
            this.tcp = tcp;
            this.http = http;
            data = Files.createDirectories(directory.resolve(name + "-" + number));
            setup = Daemon.of(data)
                    .flags(flags.toArray(String[]::new))
                    .flags(
                            "--tcp-address=127.0.0.1:" + tcp,
                            "--http-address=127.0.0.1:" + http,
                            "--https-address=127.0.0.1:0",
                            "--broadcast-address=127.0.0.1",
                            "--node-id=" + number,
                            "--cluster-lease=" + LEASE,
                            "--cluster=zk+hierarchical://127.0.0.1:" + zooKeeper.port() + "/ledgers")
                    .environment("NSQD_JAVA_OPTS", "-Xmx320m");
        }

        void start() throws IOException {
            daemon = setup.start();
            daemon.awaitLog("HTTP: listening");
        }

        /** Starts it without waiting until it serves. */
        void startSoon() throws IOException {
            daemon = setup.launch();
        }

        void awaitServing() {
            await("node " + name())
                    .atMost(Program.PATIENCE)
                    .pollInterval(Duration.ofMillis(50))
                    .ignoreExceptions()
                    .until(() -> ping().equals("OK"));
        }

        void kill() throws InterruptedException {
            earlierAdoptions += (int) adopted();
            daemon.kill();
        }

        Daemon daemon() {
            return daemon;
        }

        /** What is between it and ZooKeeper. */
        Relay zooKeeper() {
            return zooKeeper;
        }

        int tcp() {
            return tcp;
        }

        HttpApi api() {
            return new HttpApi(http);
        }

        /** Its name in the cluster. */
        String name() {
            return "127.0.0.1:" + tcp;
        }

        String ping() throws IOException, InterruptedException {
            return get("/ping");
        }

        String get(String path) throws IOException, InterruptedException {
            return HTTP.send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + http + path))
                                    .timeout(Duration.ofSeconds(10))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }

        /** The status of a publish; 0 where there is no answer. */
        int publish(String topic, String more, String body) throws InterruptedException {
            try {
                return HTTP.send(
                                HttpRequest.newBuilder(
                                                URI.create("http://127.0.0.1:" + http + "/pub?topic=" + topic + more))
                                        .timeout(Duration.ofSeconds(20))
                                        .POST(HttpRequest.BodyPublishers.ofString(body))
                                        .build(),
                                HttpResponse.BodyHandlers.ofString())
                        .statusCode();
            } catch (IOException e) {
                return 0;
            }
        }

        private long adopted() {
            return daemon.log().stream()
                    .filter(line -> line.contains("ADOPT(") && line.endsWith(" ms"))
                    .count();
        }

        /** How many estates it has adopted, over all of its lives. */
        long adoptions() {
            return earlierAdoptions + adopted();
        }

        /** For whoever wants to know what went wrong. */
        private void keepLog() {
            try {
                Path logs = Files.createDirectories(Daemon.home().resolveSibling("replication-logs"));
                Files.write(logs.resolve(data.getFileName() + ".log"), daemon.log());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        void close() {
            if (daemon != null) {
                keepLog();
                daemon.close();
            }
            try {
                zooKeeper.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** The number of a message, as the clients write it. */
    static String body(int number) {
        return String.format(java.util.Locale.ROOT, "%010d", number);
    }
}
