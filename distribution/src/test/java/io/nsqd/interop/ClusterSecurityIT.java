package io.nsqd.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.bookkeeper.testing.LocalCluster;
import io.nsqd.launcher.Daemon;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A ZooKeeper that is reached with TLS alone, and bookies that let in nobody without; nodes with the file that is shown in {@code
 * docs/CLUSTER.md}.
 */
@Tag("cluster")
class ClusterSecurityIT {
    private static final int MESSAGES = 200;

    private static final Pattern EXAMPLE = Pattern.compile("```properties\n(.*?)```", Pattern.DOTALL);

    @TempDir
    static Path directory;

    private static ClusterKeys keys;
    private static LocalCluster servers;
    private static String example;
    private static int nodes;

    private final List<Daemon> daemons = new ArrayList<>();

    @BeforeAll
    static void startServers() throws Exception {
        Matcher documented = EXAMPLE.matcher(Files.readString(Path.of("../docs/CLUSTER.md")));
        assertTrue(documented.find());
        example = documented
                .group(1)
                .replace("/etc/nsqd", directory.resolve("keys").toString());
        keys = ClusterKeys.make(directory.resolve("keys"));
        List<String> zooKeeper = new ArrayList<>(keys.zooKeeper());
        zooKeeper.add("serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory");
        zooKeeper.add("authProvider.x509=org.apache.zookeeper.server.auth.X509AuthenticationProvider");
        List<String> bookies = new ArrayList<>(keys.bookie());
        bookies.add("bookieAuthProviderFactoryClass=org.apache.bookkeeper.tls.BookieAuthZFactory");
        bookies.add("authorizedRoles=nsqd");
        bookies.add("zkEnableSecurity=true");
        String classPath = Files.readString(Path.of(System.getProperty("nsqd.servers.classpath")));
        servers = LocalCluster.start(
                directory.resolve("servers"),
                classPath.strip(),
                2,
                new LocalCluster.Extras(true, zooKeeper, bookies, keys.zooKeeperClient("node")));
    }

    @AfterAll
    static void stopServers() {
        if (servers != null) {
            servers.close();
        }
    }

    @AfterEach
    void stopNodes() {
        daemons.forEach(Daemon::close);
    }

    /** How a node is started. */
    private static Daemon.Setup node(String name, int id, String config) throws IOException {
        Path file = Files.writeString(directory.resolve("config-" + nodes++), config);
        return Daemon.of(Files.createDirectories(directory.resolve("data-" + name)))
                .flags(
                        "--broadcast-address=127.0.0.1",
                        "--cluster-node=" + name,
                        "--node-id=" + id,
                        "--cluster-lease=3s",
                        "--cluster-ensemble=2",
                        "--cluster-write-quorum=2",
                        "--cluster-ack-quorum=2",
                        "--adopt=" + (name.endsWith("peer") ? "on" : "off"),
                        "--cluster=" + servers.uri(),
                        "--cluster-config=" + file)
                .environment("NSQD_JAVA_OPTS", "-Xmx200m");
    }

    private Daemon start(Daemon.Setup setup) throws IOException {
        Daemon daemon = setup.launch();
        daemons.add(daemon);
        return daemon;
    }

    private Daemon serving(Daemon.Setup setup) throws IOException {
        Daemon daemon = start(setup);
        daemon.awaitLog("HTTP: listening");
        return daemon;
    }

    private static void publish(Daemon node, String topic) throws Exception {
        HttpApi api = HttpApi.of(node);
        api.createChannel(topic, "c");
        for (int i = 0; i < MESSAGES; i++) {
            api.post("/pub?topic=" + topic, ReplicatedNodes.body(i));
        }
    }

    private static void consume(Daemon node, String topic) throws Exception {
        try (Client consumer = Client.consume(node.tcpPort(), topic, "c", "--count=" + MESSAGES, "--ready=50")) {
            consumer.await(counts -> counts.get("missing").asInt() == 0);
        }
    }

    /** The example with one value more, or another one. */
    private static String with(String key, String value) {
        return example + key + "=" + value + "\n";
    }

    /** The example without some of its keys. */
    private static String without(String prefix) {
        return example.lines().filter(line -> !line.startsWith(prefix)).collect(Collectors.joining("\n"));
    }

    @Test
    void aPeerAdoptsWhatAKilledNodeHasLeft() throws Exception {
        Daemon killed = serving(node("killed", 1, example));
        publish(killed, "adopted");
        killed.kill();
        Daemon wrong = serving(node("wrong-peer", 2, with("passwd", "wrong")));
        wrong.awaitLog("ADOPT\\(killed\\.1\\): cannot go on, and will try again - .*: not permitted \\(passwd");
        // The same keys in other files.
        String pem = with("tlsTrustStoreType", "PEM")
                + ("tlsTrustStore=" + keys.file("node.pem") + "\n")
                + "tlsKeyStoreType=PEM\ntlsKeyStorePasswordPath=\n"
                + ("tlsKeyStore=" + keys.file("node-key.pem") + "\n")
                + ("tlsCertificatePath=" + keys.file("node.pem") + "\n");
        Daemon peer = serving(node("peer", 12, pem));
        peer.awaitLog("ADOPT\\(killed\\.1\\): " + MESSAGES + " messages");
        consume(peer, "adopted");
    }

    private static String ask(String whose, List<String> commands) throws IOException {
        return servers.askZooKeeper(keys.zooKeeperClient(whose), commands);
    }

    private static long count(String text, String part) {
        return text.lines().filter(line -> line.contains(part)).count();
    }

    @Test
    void whatNodesMakeInZooKeeperIsTheirs() throws Exception {
        Daemon node = serving(node("owner", 3, example));
        publish(node, "owned");
        List<String> login = List.of("addauth digest \"nsqd:what only nodes know, too\"");

        List<String> attempts = List.of(
                "ls /nsqd",
                "get /nsqd/nodes/owner",
                "set /nsqd/nodes/owner x",
                "delete /nsqd/nodes/owner",
                "create /nsqd/estates/x",
                "get /nsqd/estates/owner.1/journal",
                "set /nsqd/estates/owner.1/journal x");
        // The certificate of a bookie is not enough, nor is one that has nothing to do with it.
        assertEquals(attempts.size(), count(ask("node", attempts), "Insufficient permission"));
        List<String> more = new ArrayList<>(attempts);
        more.addAll(List.of("ls /ledgers", "get /ledgers/LAYOUT", "create /ledgers/x"));
        String refused = ask("guest", more);
        assertEquals(more.size(), count(refused, "Insufficient permission"), refused);

        List<String> paths = ask("node", append(login, List.of("ls -R /nsqd", "ls -R /ledgers")))
                .lines()
                .filter(line -> line.startsWith("/"))
                .toList();
        assertTrue(paths.contains("/nsqd/estates/owner.1/journal"), paths::toString);
        assertTrue(paths.stream().anyMatch(path -> path.matches("/ledgers/.*/L\\d+")), paths::toString);
        String access = ask(
                "node",
                append(login, paths.stream().map(path -> "getAcl " + path).toList()));
        assertEquals(0, count(access, "'world"), access);
        assertTrue(count(access, "'digest,'nsqd:") >= paths.size() / 2, access);
    }

    private static List<String> append(List<String> first, List<String> second) {
        return Stream.concat(first.stream(), second.stream()).toList();
    }

    private static void assertEnds(Daemon node, String why) throws InterruptedException {
        assertEquals(1, node.awaitExit(), () -> String.join("\n", node.log()));
        String log = String.join("\n", node.log());
        assertTrue(node.log().get(node.log().size() - 1).contains(why), log);
        assertEquals(0, count(log, "\tat "), log);
    }

    @Test
    void whoIsNotPermittedSaysSoAndEnds() throws Exception {
        Daemon first = serving(node("kept", 4, example));
        publish(first, "kept");
        assertEquals(0, first.stop());

        Daemon user = start(node("user", 5, with("zookeeper.auth", "digest:nsqd:wrong")));
        Daemon guest = start(node("guest", 6, example.replace("node.p12", "guest.p12")));
        Daemon password = start(node("kept", 4, with("passwd", "wrong")));
        assertEnds(user, "/nsqd: not permitted (zookeeper.auth and the client certificate in --cluster-config)");
        assertEnds(guest, "/ledgers/available: not permitted (zookeeper.auth and the client certificate");
        assertEnds(
                password, "take over segment 1 of journal: not permitted (passwd, or TLS and the client certificate");
        // Nothing came to harm.
        consume(serving(node("kept", 4, example)), "kept");
    }

    @Test
    void whatCannotBeUsedIsNamed() throws Exception {
        Daemon missing = start(node("missing", 7, with("zookeeper.ssl.keyStore.location", "/nowhere.p12")));
        Daemon alsoMissing = start(node("missing-too", 8, with("tlsKeyStore", "/nowhere.p12")));
        Daemon unknown = start(node("unknown", 9, with("tlsProviderFactoryClass", "nobody.Knows")));
        assertEnds(missing, "TLS to ZooKeeper: /nowhere.p12: no such file or directory");
        assertEnds(alsoMissing, "TLS to bookies: tlsKeyStore: /nowhere.p12 cannot be read");
        assertEnds(unknown, "tlsProviderFactoryClass: there is no class nobody.Knows");
    }

    @Test
    void withoutTlsNobodyIsLetIn() throws Exception {
        Daemon outside = start(node("outside", 10, without("zookeeper.client")));
        Daemon node = serving(node("writes-nothing", 11, without("tls")));
        HttpApi api = HttpApi.of(node);
        HttpRequest publish = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + api.port() + "/pub?topic=refused"))
                .POST(BodyPublishers.ofString("x"))
                .build();
        assertEquals(
                503,
                HttpClient.newHttpClient()
                        .send(publish, BodyHandlers.discarding())
                        .statusCode());
        assertTrue(api.failure(500, "/ping").startsWith("NOK - the journal cannot be written to - write to ledger"));
        assertTrue(api.failure(500, "/ping").contains("not permitted (passwd, or TLS and the client certificate"));
        outside.awaitLog("CLUSTER: cannot join, and will try again - no answer from ZooKeeper at 127.0.0.1:"
                + servers.zooKeeperPort() + " within 4500 ms, asked without TLS");
        assertEquals(0, outside.stop());
    }
}
