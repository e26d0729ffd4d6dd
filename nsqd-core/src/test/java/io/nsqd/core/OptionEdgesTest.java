package io.nsqd.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.LogLevel;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import io.nsqd.api.Reason;
import io.nsqd.api.SubscribeOptions;
import io.nsqd.stats.LatencyStats;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The broker with options at their edges: messages come all the same. */
final class OptionEdgesTest {
    @TempDir
    private Path dataPath;

    @ParameterizedTest
    @CsvSource({
        "SYNC_EVERY, 0",
        "SYNC_EVERY, -1",
        "SYNC_EVERY, 9223372036854775807",
        "SYNC_TIMEOUT, 1ns",
        "SYNC_TIMEOUT, 2562047h47m16.854775807s",
        "MAX_BYTES_PER_FILE, 0",
        "MAX_BYTES_PER_FILE, -1",
        "MAX_BYTES_PER_FILE, 9223372036854775807",
        "MAX_MSG_SIZE, 2147483621",
        "MAX_MSG_TIMEOUT, 2562047h47m16.854775807s",
        "MAX_CHANNEL_CONSUMERS, 9223372036854775807"
    })
    @Tag("S-13")
    void messagesGoThroughTheDiskAndAreThereAfterARestart(Option option, String text) throws IOException {
        Map<Option, String> options = Map.of(Option.MEM_QUEUE_SIZE, "0", option, text);
        try (TestDaemon daemon = TestDaemon.on(dataPath, options)) {
            TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 1);
            daemon.publish("t", "a", "b", "c").join();
            assertEquals(List.of("a", "b"), consumer.finishNext(2));
        }
        try (TestDaemon daemon = TestDaemon.on(dataPath, options)) {
            assertEquals(
                    List.of("c"), TestConsumer.on(daemon.channel("t", "c"), 1).finishNext(1));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 9_223_372_036_854_775_807L})
    @Tag("B-14")
    void memoryTakesAllOrNothing(long size) throws IOException {
        try (TestDaemon daemon = TestDaemon.on(dataPath, Map.of(Option.MEM_QUEUE_SIZE, Long.toString(size)))) {
            daemon.channel("t", "c");
            daemon.publish("t", "a", "b").join();
            daemon.awaitDepth("t", "c", 2);
            assertEquals(size == 0 ? 2 : 0, daemon.stats("t", "c").backendDepth());
        }
    }

    /** Seventy years from now are a time like any other. */
    @Test
    @Tag("B-20")
    void theLongestDelayEndsAfterTheShortOne() throws IOException {
        Map<Option, String> options = Map.of(Option.MAX_REQ_TIMEOUT, "2562047h47m16.854775807s");
        try (TestDaemon daemon = TestDaemon.on(dataPath, options)) {
            long longest = daemon.broker.options().nanos(Option.MAX_REQ_TIMEOUT);
            SubscribeOptions subscribe = new SubscribeOptions(longest, 0);
            TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 2, subscribe);
            daemon.topic("t")
                    .publishDeferred(TestDaemon.batch("later"), longest)
                    .join();
            daemon.topic("t").publishDeferred(TestDaemon.batch("soon"), 1).join();
            daemon.pass(1_000_000);
            assertEquals(List.of("soon"), consumer.finishNext(1));
            assertTrue(consumer.hasNothing());
        }
    }

    @Test
    @Tag("B-51")
    void theShortestWindowOfLatenciesCostsNoTime() {
        TestClock clock = new TestClock();
        LatencyWindow window = new LatencyWindow(List.of(0.99), 1, clock);
        clock.pass(TimeUnit.DAYS.toNanos(10_000));
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> window.record(new long[] {5}, 1));
        clock.pass(TimeUnit.DAYS.toNanos(10_000));
        LatencyStats stats = assertTimeoutPreemptively(Duration.ofSeconds(20), () -> LatencyWindow.stats(window));
        assertEquals(0, stats.count());
        assertEquals(1, stats.histogram().count());
    }

    @Test
    @Tag("H-70")
    void aLiveChangeIsCheckedAsAStartIs() throws IOException {
        try (TestDaemon daemon = TestDaemon.on(dataPath)) {
            Map<Option, Object> wrong = new EnumMap<>(Option.class);
            wrong.put(Option.LOG_LEVEL, "debug");
            assertEquals(Reason.BAD_OPTION, refusal(daemon, wrong));
            assertEquals(Reason.BAD_OPTION, refusal(daemon, Map.of(Option.MAX_DEFLATE_LEVEL, 3L)));
            assertEquals(LogLevel.INFO, daemon.broker.options().logLevel());
            daemon.broker.reconfigure(Map.of(Option.LOG_LEVEL, LogLevel.DEBUG));
            assertEquals(LogLevel.DEBUG, daemon.broker.options().logLevel());
        }
    }

    private static Reason refusal(TestDaemon daemon, Map<Option, Object> changes) {
        return assertThrows(NsqdException.class, () -> daemon.broker.reconfigure(changes))
                .reason();
    }
}
