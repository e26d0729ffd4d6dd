package io.nsqd.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Message;
import io.nsqd.stats.ChannelStats;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The wall clock is set while messages are published: nobody waits, ids stay unique, and no deadline notices. */
final class ClockStepTest {
    private static final int EACH = 5_000;

    @TempDir
    private Path dataPath;

    private TestDaemon daemon;
    private TestConsumer consumer;

    @BeforeEach
    void start() throws IOException {
        daemon = TestDaemon.on(dataPath);
        consumer = TestConsumer.on(daemon.channel("t", "c"), 100);
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    private long publishAndFinish(Set<Long> ids, long lastId) {
        long last = lastId;
        for (int i = 0; i < EACH; i++) {
            daemon.publish("t", "m").join();
            Message message = consumer.next();
            consumer.finish(message.id());
            assertTrue(ids.add(message.id()), "an id for the second time");
            assertTrue(message.id() > last, "an id that is not greater than the last");
            last = message.id();
        }
        return last;
    }

    @Test
    @Tag("B-41")
    @Tag("X-7")
    void idsStayUniqueAndGrowOverStepsBackAndForward() {
        Set<Long> ids = new HashSet<>();
        long last = publishAndFinish(ids, 0);
        daemon.clock.stepEpoch(-TimeUnit.SECONDS.toNanos(10));
        // The Go daemon would give out no id for ten seconds.
        last = publishAndFinish(ids, last);
        daemon.clock.stepEpoch(TimeUnit.HOURS.toNanos(1));
        last = publishAndFinish(ids, last);
        daemon.clock.stepEpoch(-TimeUnit.HOURS.toNanos(1));
        publishAndFinish(ids, last);
        assertEquals(4 * EACH, ids.size());
    }

    @Test
    @Tag("B-26")
    void neitherTimeOutsNorDelaysNoticeAStep() {
        daemon.topic("t")
                .publishDeferred(TestDaemon.batch("delayed"), TimeUnit.MINUTES.toNanos(10))
                .join();
        daemon.publish("t", "held").join();
        Message held = consumer.next();
        for (long step : new long[] {TimeUnit.HOURS.toNanos(1), -TimeUnit.HOURS.toNanos(2)}) {
            daemon.clock.stepEpoch(step);
            daemon.pass(0);
            // A scan has gone by when what it was asked for meanwhile has come.
            daemon.publish("t", "after").join();
            consumer.finish(consumer.next().id());
            ChannelStats stats = daemon.stats("t", "c");
            assertEquals(1, stats.deferredCount());
            assertEquals(1, stats.inFlightCount());
            assertEquals(0, stats.timeoutCount());
        }
        consumer.finish(held.id());
        daemon.pass(TimeUnit.MINUTES.toNanos(11));
        Message due = consumer.next();
        assertEquals(1, due.attempts());
        consumer.finish(due.id());
    }
}
