package io.nsqd.statsd;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Option;
import io.nsqd.stats.StatsFilter;
import io.nsqd.testing.FakeNsqd;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What arrives at a statsd daemon. */
class StatsdLoopTest {
    private final FakeNsqd nsqd = new FakeNsqd();
    private UdpReceiver statsd;
    private StatsdLoop loop;

    @BeforeEach
    void listen() throws IOException {
        statsd = new UdpReceiver();
        nsqd.with(Option.STATSD_ADDRESS, statsd.address());
        nsqd.with(Option.BROADCAST_ADDRESS, "nsq-1.example.org");
        nsqd.serve("http", 24703);
        nsqd.figures(Figures.golden());
        nsqd.startedAt(Instant.now());
    }

    @AfterEach
    void stop() {
        if (loop != null) {
            loop.close();
        }
        statsd.close();
    }

    private void start(long intervalMillis) {
        nsqd.with(Option.STATSD_INTERVAL, TimeUnit.MILLISECONDS.toNanos(intervalMillis));
        loop = new StatsdLoop(nsqd);
        loop.start();
    }

    private List<UdpReceiver.Packet> packets(int count) throws IOException {
        List<UdpReceiver.Packet> packets = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            packets.add(statsd.next());
        }
        return packets;
    }

    private static List<String> texts(List<UdpReceiver.Packet> packets) {
        return packets.stream().map(UdpReceiver.Packet::text).toList();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, 200, 1000})
    @Tag("D-1")
    @Tag("D-5")
    @Tag("X-18")
    void shortIntervalsWork(long intervalMillis) throws IOException {
        start(intervalMillis);
        GoldenDump.Round golden = GoldenDump.round("statsd-dump.txt", 0);
        assertEquals(golden.packets(), texts(packets(golden.packets().size())));
        assertTrue(statsd.next().text().startsWith("nsq.nsq-1_example_org_24703.topic.a.b-c_d.message_count:0|c\n"));
    }

    @Test
    @Tag("D-21")
    void whoComesLaterDoesNotCountWhatWasBefore() throws IOException {
        nsqd.startedAt(Instant.now().minusSeconds(60));
        start(200);
        // The figures are those of the first golden round, in which there are messages.
        String golden = GoldenDump.round("statsd-dump.txt", 0).text();
        assertTrue(
                golden.contains(".topic.orders.message_count:") && !golden.contains("topic.orders.message_count:0|"));
        StringBuilder round = new StringBuilder();
        while (!round.toString().contains(".topic.orders.message_count:")) {
            round.append(statsd.next().text());
        }
        assertTrue(round.toString().contains(".topic.orders.message_count:0|c\n"), round::toString);
    }

    @Test
    @Tag("D-2")
    void everyRoundHasASocketOfItsOwn() throws IOException {
        start(200);
        int size = GoldenDump.round("statsd-dump.txt", 0).packets().size();
        List<UdpReceiver.Packet> first = packets(size);
        assertEquals(1, first.stream().map(UdpReceiver.Packet::port).distinct().count());
        assertNotEquals(first.get(0).port(), statsd.next().port());
    }

    @Test
    @Tag("D-3")
    void aRoundIsSpreadOverTheInterval() throws IOException {
        start(2_000);
        statsd.next();
        long begin = System.nanoTime();
        packets(GoldenDump.round("statsd-dump.txt", 0).packets().size() - 1);
        // Nine tenths of a second, less what a busy machine may have held back the first one.
        assertTrue(System.nanoTime() - begin > TimeUnit.MILLISECONDS.toNanos(450));
    }

    @Test
    @Tag("D-4")
    void theRestOfARoundIsSentWithoutWaitingAtTheEnd() throws IOException {
        nsqd.with(Option.STATSD_UDP_PACKET_SIZE, 1L);
        start(5_000);
        int lines = (int) GoldenDump.round("statsd-dump.txt", 0).text().lines().count();
        statsd.next();
        long begin = System.nanoTime();
        loop.close();
        packets(lines - 1);
        assertTrue(System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(3), "it would take four seconds");
        assertFalse(statsd.hasNext());
    }

    @Test
    @Tag("D-5")
    @Tag("X-18")
    void aRoundWithNothingToSendDoesNoHarm() throws IOException {
        nsqd.with(Option.STATSD_MEM_STATS, false);
        nsqd.figures(Figures.of(List.of()));
        start(100);
        await().until(() -> nsqd.filters().size() >= 2);
        nsqd.figures(Figures.of(List.of(Figures.topic("t", 1, 1))));
        assertTrue(statsd.next().text().contains("topic.t.message_count:1|c\n"));
    }

    @Test
    @Tag("D-24")
    void theSnapshotIsTakenWithoutClients() {
        start(100);
        await().until(() -> !nsqd.filters().isEmpty());
        assertEquals(
                new StatsFilter(Optional.empty(), Optional.empty(), false, true),
                nsqd.filters().get(0));
    }

    @Test
    @Tag("D-1")
    void optionsAreReadInEveryRound() throws IOException {
        start(200);
        statsd.next();
        nsqd.with(Option.STATSD_PREFIX, "other");
        nsqd.with(Option.STATSD_EXCLUDE_EPHEMERAL, true);
        nsqd.with(Option.STATSD_UDP_PACKET_SIZE, 10_000L);
        await().until(() -> {
            String text = statsd.next().text();
            return text.startsWith("other.topic.a.b-c_d.") && !text.contains("#ephemeral");
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"nowhere", "127.0.0.1:0", "127.0.0.1:x", "no-such-host.invalid:8125"})
    @Tag("D-2")
    void aRoundWithoutSocketIsSkipped(String address) throws IOException {
        nsqd.with(Option.STATSD_ADDRESS, address);
        start(100);
        nsqd.with(Option.STATSD_ADDRESS, statsd.address());
        assertTrue(statsd.next().text().startsWith("nsq."));
    }

    @Test
    @Tag("D-6")
    void nobodyListeningDoesNoHarm() throws IOException {
        statsd.close();
        start(100);
        await().until(() -> nsqd.filters().size() >= 2);
        statsd = new UdpReceiver();
        nsqd.with(Option.STATSD_ADDRESS, statsd.address());
        assertTrue(statsd.next().text().startsWith("nsq."));
    }

    @Test
    @Tag("D-4")
    void itsThreadEnds() {
        start(60_000);
        loop.close();
        await().until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("nsqd-statsd")));
    }
}
