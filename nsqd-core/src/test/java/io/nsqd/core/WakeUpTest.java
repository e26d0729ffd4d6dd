package io.nsqd.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Channel;
import io.nsqd.api.Consumer;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.api.SubscribeOptions;
import io.nsqd.api.Subscription;
import io.nsqd.core.disk.FileMetadataService;
import io.nsqd.stats.ClientStats;
import io.nsqd.stats.StatsFilter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever leaves something to be taken wakes the next, whatever it was that ended the poll. */
final class WakeUpTest {
    private static final int MESSAGES = 1_000;
    private static final int BODY_BYTES = 1_000;

    @TempDir
    private Path dataPath;

    private final ScriptedStorage storage = new ScriptedStorage();
    private Broker broker;
    private Channel channel;

    @BeforeEach
    void start() throws IOException {
        Options options = Options.defaults()
                .with(Map.of(Option.DATA_PATH, dataPath.toString(), Option.MEM_QUEUE_SIZE, MESSAGES / 2L));
        broker = new Broker(options, new FileMetadataService(dataPath), storage, Clock.system(), what -> {});
        broker.start();
        channel = broker.topic("t").channel("c");
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    /** Polls only when the test does; counts its wake-ups. */
    private static final class Sleeper implements Consumer {
        final AtomicInteger wakeUps = new AtomicInteger();
        final AtomicInteger received = new AtomicInteger();
        Subscription subscription;

        int poll(int messages, long bytes) {
            return subscription.poll(messages, bytes, message -> received.incrementAndGet());
        }

        @Override
        public void wakeUp() {
            wakeUps.incrementAndGet();
        }

        @Override
        public void close() {
            // Nothing is held.
        }

        @Override
        public ClientStats stats() {
            return subscription.stats("test", "127.0.0.1:1", java.time.Instant.EPOCH, 1);
        }
    }

    private Sleeper sleeper(int sampleRate) {
        Sleeper sleeper = new Sleeper();
        sleeper.subscription =
                channel.subscribe(sleeper, new SubscribeOptions(TimeUnit.MINUTES.toNanos(1), sampleRate));
        assertEquals(0, sleeper.poll(64, Long.MAX_VALUE), "nothing is there yet");
        return sleeper;
    }

    private void publish() {
        MessageBatch batch = new MessageBatch();
        for (int i = 0; i < MESSAGES; i++) {
            batch.add(new byte[BODY_BYTES], 0, BODY_BYTES);
        }
        broker.topic("t").publish(batch).join();
    }

    private long depth() {
        return broker.stats(StatsFilter.ALL).topics().get(0).channels().get(0).depth();
    }

    @Test
    void aPollBoundedByBytesWakesTheNext() {
        Sleeper first = sleeper(0);
        Sleeper second = sleeper(0);
        publish();
        assertEquals(1, first.wakeUps.get());
        assertEquals(0, second.wakeUps.get());
        assertEquals(32, first.poll(64, 32L * BODY_BYTES));
        assertEquals(MESSAGES - 32, depth());
        assertEquals(1, second.wakeUps.get(), "968 messages wait, and nobody is told");
    }

    @Test
    void aPollBoundedByMessagesWakesTheNext() {
        Sleeper first = sleeper(0);
        Sleeper second = sleeper(0);
        publish();
        assertEquals(64, first.poll(64, Long.MAX_VALUE));
        assertEquals(1, second.wakeUps.get());
        assertEquals(1, first.wakeUps.get(), "it has what it wants");
    }

    /** One that has no room passes its wake-up on. */
    @Test
    void aPollForNothingWakesTheNext() {
        Sleeper first = sleeper(0);
        Sleeper second = sleeper(0);
        publish();
        assertEquals(0, first.poll(0, 0));
        assertEquals(1, second.wakeUps.get());
    }

    @Test
    @Tag("P-58")
    void aSampledConsumerOfBigMessagesDoesNotStop() {
        // One in ten or so; a poll's bytes are those of three messages.
        Sleeper sampled = sleeper(9);
        publish();
        while (sampled.poll(64, 3L * BODY_BYTES) > 0) {
            assertTrue(sampled.received.get() <= MESSAGES);
        }
        assertEquals(0, depth(), "messages wait, and it was told that there are none");
    }

    /** A storage may give a part of what it has. */
    @Test
    void aBackendThatGivesLittleAtOnceKeepsNobodyWaiting() {
        storage.queue("t:c").readAtMost = 7;
        Sleeper only = sleeper(0);
        publish();
        while (only.poll(64, Long.MAX_VALUE) > 0) {
            assertTrue(only.received.get() <= MESSAGES);
        }
        assertEquals(MESSAGES, only.received.get());
    }

    @Test
    void oneThatIsWokenByItselfIsNot() {
        Sleeper only = sleeper(0);
        publish();
        assertEquals(64, only.poll(64, Long.MAX_VALUE));
        assertEquals(1, only.wakeUps.get());
    }
}
