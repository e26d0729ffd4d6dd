package io.nsqd.http;

import io.nsqd.api.Channel;
import io.nsqd.api.Consumer;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.Nsqd;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.api.Reason;
import io.nsqd.api.SubscribeOptions;
import io.nsqd.api.Subscription;
import io.nsqd.api.Topic;
import io.nsqd.spi.Transport;
import io.nsqd.stats.NsqdStats;
import io.nsqd.stats.StatsFilter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/** A broker that only takes notes. */
final class FakeNsqd implements Nsqd {
    final Map<String, FakeTopic> topics = new ConcurrentSkipListMap<>();
    final List<Transport> transports = new CopyOnWriteArrayList<>();
    final List<StatsFilter> filters = new CopyOnWriteArrayList<>();
    volatile Options options = Options.defaults();
    volatile String health = "OK";
    volatile NsqdStats stats =
            new NsqdStats(VERSION, "OK", Instant.ofEpochSecond(1795359215), List.of(), Optional.empty(), List.of());
    volatile int persisted;
    /** Stats wait for it. */
    volatile CountDownLatch gate = new CountDownLatch(0);

    @Override
    public Topic topic(String name) {
        return topics.computeIfAbsent(name, FakeTopic::new);
    }

    @Override
    public Optional<Topic> existingTopic(String name) {
        return Optional.ofNullable(topics.get(name));
    }

    @Override
    public List<Topic> topics() {
        return List.copyOf(topics.values());
    }

    @Override
    public void deleteTopic(String name) {
        if (topics.remove(name) == null) {
            throw new NsqdException(Reason.TOPIC_NOT_FOUND, "no topic");
        }
    }

    @Override
    public Options options() {
        return options;
    }

    @Override
    public void reconfigure(Map<Option, Object> changes) {
        options = options.with(changes);
    }

    @Override
    public NsqdStats stats(StatsFilter filter) {
        filters.add(filter);
        try {
            gate.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return stats;
    }

    @Override
    public String health() {
        return health;
    }

    @Override
    public Instant startTime() {
        return stats.startTime();
    }

    @Override
    public List<Transport> transports() {
        return transports;
    }

    @Override
    public synchronized void persistMetadata() {
        persisted++;
    }

    @Override
    public void fatal(String what, Throwable cause) {
        throw new AssertionError(what, cause);
    }

    /** A topic that remembers bodies. */
    static final class FakeTopic implements Topic {
        final List<String> bodies = new CopyOnWriteArrayList<>();
        final List<Long> delays = new CopyOnWriteArrayList<>();
        final List<byte[]> blocks = new CopyOnWriteArrayList<>();
        final Map<String, FakeChannel> channels = new ConcurrentSkipListMap<>();
        volatile CompletableFuture<Void> result = CompletableFuture.completedFuture(null);
        volatile RuntimeException bug;
        volatile boolean paused;
        volatile int emptied;
        private final String name;

        FakeTopic(String name) {
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public CompletableFuture<Void> publish(MessageBatch batch) {
            return publishDeferred(batch, 0);
        }

        @Override
        public CompletableFuture<Void> publishDeferred(MessageBatch batch, long delayNanos) {
            if (bug != null) {
                throw bug;
            }
            for (int i = 0; i < batch.size(); i++) {
                int start = batch.offset(i);
                byte[] body = Arrays.copyOfRange(batch.block(i), start, start + batch.length(i));
                bodies.add(new String(body, StandardCharsets.ISO_8859_1));
                blocks.add(batch.block(i));
                delays.add(delayNanos);
            }
            return result;
        }

        @Override
        public Channel channel(String channel) {
            return channels.computeIfAbsent(channel, FakeChannel::new);
        }

        @Override
        public Optional<Channel> existingChannel(String channel) {
            return Optional.ofNullable(channels.get(channel));
        }

        @Override
        public List<Channel> channels() {
            return new ArrayList<>(channels.values());
        }

        @Override
        public void deleteChannel(String channel) {
            if (channels.remove(channel) == null) {
                throw new NsqdException(Reason.CHANNEL_NOT_FOUND, "no channel");
            }
        }

        @Override
        public boolean isPaused() {
            return paused;
        }

        @Override
        public void pause() {
            paused = true;
        }

        @Override
        public void unpause() {
            paused = false;
        }

        @Override
        public synchronized void empty() {
            if (bug != null) {
                throw bug;
            }
            emptied++;
        }
    }

    /** A channel that remembers what was done to it. */
    static final class FakeChannel implements Channel {
        volatile boolean paused;
        volatile int emptied;
        private final String name;

        FakeChannel(String name) {
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Subscription subscribe(Consumer consumer, SubscribeOptions options) {
            throw new NsqdException(Reason.EXITING, "nobody subscribes here");
        }

        @Override
        public boolean isPaused() {
            return paused;
        }

        @Override
        public void pause() {
            paused = true;
        }

        @Override
        public void unpause() {
            paused = false;
        }

        @Override
        public synchronized void empty() {
            emptied++;
        }
    }
}
