package io.nsqd.platform;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.launcher.Daemon;
import io.nsqd.platform.Platform.HandOvers;
import io.nsqd.tcp.AuthServer;
import io.nsqd.tcp.Certificates;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Bundles are updated under some two hundred connections that are in the middle of all that a connection can be in the middle of, and
 * none of them ends. {@code -Dplatform.handovers=1000} does it a thousand times.
 */
class HandOverIT {
    private static final int ROUNDS = Integer.getInteger("platform.handovers", 20);
    private static final int CORE_ROUNDS = Integer.getInteger("platform.coreHandovers", 3);

    /** As many as the biggest message takes to be sent once. */
    private static final int WARM_UP = 15;

    /** Messages a second that are published. */
    private static final int RATE = Integer.getInteger("platform.handoverRate", 50_000);

    private static final int PAIRS = 90;
    private static final String SECRET = "secret";

    @TempDir
    Path directory;

    private final Load.Latencies gaps = new Load.Latencies();
    private final Load.Latencies resumed = new Load.Latencies();

    private static Map<String, String> options(String durability) {
        return new HashMap<>(Map.of(
                "durability",
                durability,
                "max-msg-size",
                "5242880",
                "tls-cert",
                Certificates.file("rsa.pem").toString(),
                "tls-key",
                Certificates.file("rsa-key.pem").toString()));
    }

    private void report(String what, int rounds, long messages, long nanos, Fleet fleet, int connections)
            throws Exception {
        String text = String.format(
                "%-12s %4d rounds, %d connections, %d messages, %.0f/s: ended %d, gap p50 %.0f ms, p100 %.0f;"
                        + " stop to first delivery p50 %.0f ms, p100 %.0f;"
                        + " missing %d, duplicates %d, out of order %d, settled and sent again %d, late FINs %d%n",
                what,
                rounds,
                connections,
                messages,
                messages / (nanos / 1e9),
                fleet.ends().size(),
                gaps.quantile(0.5),
                gaps.quantile(1),
                resumed.quantile(0.5),
                resumed.quantile(1),
                fleet.missing(),
                fleet.duplicates(),
                fleet.disordered(),
                fleet.resurrected(),
                fleet.forgiven());
        System.out.print(text);
        Files.writeString(
                Daemon.home().resolveSibling("hand-over.txt"),
                text,
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }

    @Test
    void nobodyNoticesThatTheTransportIsUpdated() throws Exception {
        updateTransport("memory", "");
    }

    @Test
    void norWhileAnswersWaitForTheDisk() throws Exception {
        updateTransport("written", SECRET);
    }

    private void updateTransport(String durability, String secret) throws Exception {
        Map<String, String> options = options(durability);
        try (AuthServer authServer = new AuthServer()) {
            authServer.knows(
                    SECRET,
                    "{\"ttl\":3600,\"identity\":\"i\",\"identity_url\":\"u\",\"authorizations\":[{\"topic\":\".*\","
                            + "\"channels\":[\".*\"],\"permissions\":[\"subscribe\",\"publish\"]}]}");
            if (!secret.isEmpty()) {
                options.put("auth-http-address", authServer.address());
            }
            try (World world = new World(directory, options)) {
                Platform platform = world.platform();
                platform.startAll();
                platform.awaitTransports(2);
                // What is made once and kept, such as Netty's caches, is made here.
                rounds(platform, secret, WARM_UP, "warm-up");
                Resources before = Resources.settled(platform);

                HandOvers countsBefore = platform.handOvers();
                rounds(platform, secret, ROUNDS, durability);
                HandOvers counts = platform.handOvers();
                assertEquals(counts.parked(), counts.adopted(), "adopted");
                assertEquals(0, counts.closed(), "closed");
                long everybody = (long) ROUNDS * 2 * PAIRS;
                assertTrue(counts.parked() - countsBefore.parked() >= everybody, counts::toString);

                Resources after = before.awaitCovered(platform);
                assertEquals(List.of(), platform.leaked(), "class loaders");
                assertTrue(before.covers(after), "before " + before + "\nafter " + after);
            }
        }
    }

    private void rounds(Platform platform, String secret, int rounds, String what) throws Exception {
        gaps.reset();
        resumed.reset();
        try (Fleet fleet = new Fleet(platform, PAIRS, RATE, secret, false).start();
                Visitor visitor = new Visitor(platform.tcpPort(), secret);
                Sleeper sleeper = new Sleeper(platform.tcpPort());
                OddClients odd = new OddClients(platform.tcpPort(), secret)) {
            fleet.awaitProgress();
            long begin = System.nanoTime();
            long received = fleet.received();
            for (int i = 0; i < rounds; i++) {
                odd.speak();
                Fleet.Stall stall = fleet.disturbed(() -> {
                    platform.update(Platform.TCP);
                    platform.awaitTransports(2);
                });
                gaps.add(stall.gapNanos());
                resumed.add(stall.resumedNanos());
                assertEquals(List.of(), fleet.ends(), "round " + i + " " + platform.handOvers());
                odd.settle();
            }
            long nanos = System.nanoTime() - begin;
            received = fleet.received() - received;
            int heartbeats = sleeper.heartbeats();
            await().until(() ->
                    sleeper.heartbeats() > heartbeats || !sleeper.end().isEmpty());
            assertEquals("", sleeper.end(), "idle");
            visitor.leave();
            odd.finish();
            fleet.drain();
            report(what, rounds, received, nanos, fleet, fleet.connections() + odd.connections() + 1);
            assertEquals(List.of(), fleet.ends());
            assertEquals(0, fleet.missing(), "lost");
            assertEquals(0, fleet.duplicates(), "duplicates");
            assertEquals(0, fleet.disordered(), "out of order");
        }
        // What nobody consumes would keep the journal's files.
        for (String topic : List.of(FleetPair.ASKED, OddClients.HEARD, Visitor.TOPIC)) {
            platform.post("/topic/delete?topic=" + topic);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"memory", "written"})
    void norThatTheCoreIsUpdated(String durability) throws Exception {
        try (World world = new World(directory, options(durability))) {
            Platform platform = world.platform();
            // What is finished too late is answered with an error.
            platform.quiet();
            platform.startAll();
            platform.awaitTransports(2);
            try (Fleet fleet = new Fleet(platform, PAIRS, RATE / 2, "", true).start();
                    Visitor visitor = new Visitor(platform.tcpPort(), "")) {
                fleet.awaitProgress();
                long begin = System.nanoTime();
                long received = fleet.received();
                for (int i = 0; i < CORE_ROUNDS; i++) {
                    Fleet.Stall stall = fleet.disturbed(() -> {
                        platform.update(Platform.CORE);
                        platform.awaitTransports(2);
                    });
                    gaps.add(stall.gapNanos());
                    resumed.add(stall.resumedNanos());
                    assertEquals(List.of(), fleet.ends());
                }
                received = fleet.received() - received;
                long nanos = System.nanoTime() - begin;
                visitor.leave();
                fleet.drain();
                report("core " + durability, CORE_ROUNDS, received, nanos, fleet, fleet.connections());
                assertEquals(List.of(), fleet.ends());
                assertEquals(0, fleet.missing(), "lost");
                assertEquals(0, fleet.resurrected(), "settled, and sent again");
            }
        }
    }
}
