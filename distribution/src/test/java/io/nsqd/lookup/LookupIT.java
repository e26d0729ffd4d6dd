package io.nsqd.lookup;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.launcher.Daemon;
import io.nsqd.launcher.DistributionCopy;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real daemon and the nsqlookupds that it is told of. */
class LookupIT {
    private final HttpClient http = HttpClient.newHttpClient();

    @TempDir
    Path data;

    private Nsqlookupd lookupd;

    @BeforeEach
    void listen() throws IOException {
        lookupd = new Nsqlookupd("known", "other", "eph#ephemeral");
    }

    @AfterEach
    void close() throws IOException {
        lookupd.close();
    }

    private Daemon start(String... lookupds) throws IOException {
        Daemon.Setup setup = Daemon.of(data).flags("--broadcast-address=127.0.0.1");
        for (String address : lookupds) {
            setup.flags("--lookupd-tcp-address=" + address);
        }
        return setup.start();
    }

    private String request(Daemon daemon, String method, String path, String body) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + daemon.httpPort() + path);
        HttpRequest request = HttpRequest.newBuilder(uri)
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
        return http.send(request, BodyHandlers.ofString()).body();
    }

    private static void awaitCommands(Nsqlookupd lookupd, String... commands) {
        await().until(() -> !lookupd.producers().isEmpty());
        await().untilAsserted(() ->
                assertEquals(Set.of(commands), Set.copyOf(lookupd.producer().commands())));
    }

    @Test
    @Tag("L-10")
    @Tag("L-16")
    @Tag("L-21")
    @Tag("L-31")
    @Tag("L-32")
    @Tag("O-53")
    void itIsKnownAsLongAsItRuns() throws Exception {
        try (Daemon daemon = start(lookupd.address())) {
            daemon.awaitLog(" INFO: LOOKUP\\(" + lookupd.address() + "\\): adding peer$");
            daemon.awaitLog(" INFO: LOOKUP connecting to " + lookupd.address() + "$");
            await().until(() -> !lookupd.producers().isEmpty()
                    && !lookupd.producer().identification().isEmpty());
            String identification = lookupd.producer().identification();
            assertTrue(
                    identification.startsWith("{\"broadcast_address\":\"127.0.0.1\",\"hostname\":\""), identification);
            assertTrue(
                    identification.endsWith("\"http_port\":" + daemon.httpPort() + ",\"tcp_port\":" + daemon.tcpPort()
                            + ",\"version\":\"1.3.0\"}"),
                    identification);
            request(daemon, "POST", "/topic/create?topic=t", "");
            daemon.awaitLog(" INFO: LOOKUPD\\(" + lookupd.address() + "\\): topic REGISTER t$");
            daemon.awaitLog(" INFO: LOOKUPD\\(" + lookupd.address() + "\\): channel REGISTER t known$");
            assertFalse(lookupd.producer().isGone());
            assertEquals(0, daemon.stop());
            await().until(() -> lookupd.producer().isGone());
            daemon.awaitLog(" INFO: LOOKUP: closing$");
            assertEquals(1, lookupd.producers().size());
        }
    }

    @Test
    @Tag("L-11")
    @Tag("L-12")
    @Tag("L-13")
    @Tag("L-14")
    @Tag("L-40")
    @Tag("L-44")
    @Tag("L-45")
    @Tag("B-2")
    void aNewTopicHasTheChannelsThatItHasElsewhereBeforeItsFirstMessage() throws Exception {
        try (Daemon daemon = start(lookupd.address())) {
            assertEquals("OK", request(daemon, "POST", "/pub?topic=t", "first"));
            daemon.awaitLog(" INFO: CI: querying nsqlookupd http://127\\.0\\.0\\.1:\\d+/channels\\?topic=t$");
            awaitCommands(lookupd, "REGISTER t", "REGISTER t known", "REGISTER t other");
            await().untilAsserted(() -> {
                String stats = request(daemon, "GET", "/stats?format=json&include_mem=false", "");
                assertEquals(2, stats.split("\"depth\":1,", -1).length - 1, stats);
                assertTrue(stats.contains("],\"depth\":0,"), stats);
            });
            request(daemon, "POST", "/channel/delete?topic=t&channel=other", "");
            await().until(() -> lookupd.producer().commands().contains("UNREGISTER t other"));
            request(daemon, "POST", "/topic/delete?topic=t", "");
            await().until(() ->
                    lookupd.producer().commands().containsAll(List.of("UNREGISTER t known", "UNREGISTER t")));
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    @Tag("L-23")
    @Tag("L-26")
    void whatWasSavedIsAnnouncedAtTheNextStart() throws Exception {
        try (Daemon daemon = start()) {
            request(daemon, "POST", "/topic/create?topic=solo", "");
            request(daemon, "POST", "/topic/create?topic=orders", "");
            request(daemon, "POST", "/channel/create?topic=orders&channel=archive", "");
            assertEquals(0, daemon.stop());
        }
        try (Daemon daemon = start(lookupd.address())) {
            awaitCommands(lookupd, "REGISTER solo", "REGISTER orders archive");
            assertTrue(daemon.isAlive());
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    @Tag("X-19")
    void aLostConnectionIsMadeAgain() throws Exception {
        try (Daemon daemon = start(lookupd.address())) {
            request(daemon, "POST", "/topic/create?topic=t", "");
            awaitCommands(lookupd, "REGISTER t", "REGISTER t known", "REGISTER t other");
            lookupd.producer().disconnect();
            await().until(() -> lookupd.producers().size() == 2);
            awaitCommands(lookupd, "REGISTER t known", "REGISTER t other");
            daemon.awaitLog(" ERROR: LOOKUPD\\(" + lookupd.address() + "\\): connection lost - ");
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    @Tag("L-35")
    @Tag("L-37")
    void addressesMayChangeWhileItRuns() throws Exception {
        try (Nsqlookupd second = new Nsqlookupd();
                Daemon daemon = start(lookupd.address())) {
            request(daemon, "POST", "/topic/create?topic=t", "");
            awaitCommands(lookupd, "REGISTER t", "REGISTER t known", "REGISTER t other");
            String path = "/config/nsqlookupd_tcp_addresses";
            request(daemon, "PUT", path, "[\"" + second.address() + "\"]");
            awaitCommands(second, "REGISTER t known", "REGISTER t other");
            await().until(() -> lookupd.producer().isGone());
            daemon.awaitLog(" INFO: LOOKUP\\(" + lookupd.address() + "\\): removing peer$");
            request(daemon, "PUT", path, "[\"" + second.address() + "\",\"" + lookupd.address() + "\"]");
            await().until(() -> lookupd.producers().size() == 2);
            awaitCommands(lookupd, "REGISTER t known", "REGISTER t other");
            assertEquals(1, second.producers().size());
            assertFalse(second.producer().isGone());
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    @Tag("L-29")
    void whatIsPausedOrEmptiedIsNoNews() throws Exception {
        try (Daemon daemon = start(lookupd.address())) {
            request(daemon, "POST", "/topic/create?topic=t", "");
            awaitCommands(lookupd, "REGISTER t", "REGISTER t known", "REGISTER t other");
            int before = lookupd.producer().commands().size();
            for (String action : List.of("pause", "empty", "unpause")) {
                assertEquals("", request(daemon, "POST", "/topic/" + action + "?topic=t", ""));
                assertEquals("", request(daemon, "POST", "/channel/" + action + "?topic=t&channel=known", ""));
            }
            request(daemon, "POST", "/channel/create?topic=t&channel=next", "");
            await().until(() -> lookupd.producer().commands().contains("REGISTER t next"));
            assertEquals(before + 1, lookupd.producer().commands().size());
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    @Tag("L-21")
    @Tag("L-23")
    @Tag("L-35")
    void itsBundleMayComeAndGo(@TempDir Path directory) throws Exception {
        DistributionCopy copy = new DistributionCopy(directory);
        copy.take("nsqd-lookup");
        Daemon.Setup setup = Daemon.of(data)
                .home(copy.home())
                .flags("--broadcast-address=127.0.0.1", "--lookupd-tcp-address=" + lookupd.address());
        String[] topics = new String[500];
        String[] all = new String[topics.length];
        for (int i = 0; i < topics.length; i++) {
            topics[i] = "t" + i;
            all[i] = "REGISTER t" + i + " c";
        }
        try (Daemon daemon = setup.start()) {
            for (String topic : topics) {
                request(daemon, "POST", "/topic/create?topic=" + topic, "");
                request(daemon, "POST", "/channel/create?topic=" + topic + "&channel=c", "");
            }
            assertEquals(List.of(), lookupd.producers());
            for (int life = 1; life <= 2; life++) {
                copy.bringBack("nsqd-lookup");
                // Sooner than the first heartbeat, which is the original's chance to mend anything.
                int lives = life;
                await().until(() -> lookupd.producers().size() == lives);
                awaitCommands(lookupd, all);
                assertEquals("OK", request(daemon, "POST", "/pub?topic=t0", "served"));
                copy.take("nsqd-lookup");
                await().until(() -> lookupd.producer().isGone());
                assertEquals("OK", request(daemon, "POST", "/pub?topic=t0", "served"));
            }
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    @Tag("L-43")
    void withoutAnAnsweringPeerATopicStartsAnyway() throws Exception {
        lookupd.close();
        try (Daemon daemon = start(lookupd.address())) {
            assertEquals("OK", request(daemon, "POST", "/pub?topic=t", "first"));
            daemon.awaitLog(" ERROR: no available nsqlookupd to query for channels to pre-create for topic t$");
            request(daemon, "POST", "/channel/create?topic=t&channel=c", "");
            await().until(() -> request(daemon, "GET", "/stats?format=json&include_mem=false", "")
                    .contains("\"depth\":1,"));
            assertEquals(0, daemon.stop());
        }
    }
}
