package io.nsqd.shell;

import io.nsqd.api.Channel;
import io.nsqd.api.Consumer;
import io.nsqd.api.Message;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.MessageSink;
import io.nsqd.api.Names;
import io.nsqd.api.Nsqd;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.api.Reason;
import io.nsqd.api.SubscribeOptions;
import io.nsqd.api.Subscription;
import io.nsqd.api.Topic;
import io.nsqd.spi.Transport;
import io.nsqd.stats.ChannelStats;
import io.nsqd.stats.LatencyStats;
import io.nsqd.stats.NsqdStats;
import io.nsqd.stats.StatsFilter;
import io.nsqd.stats.TopicStats;
import io.nsqd.stats.Troubles;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A broker in memory, as far as an administrator sees it. */
final class MemoryNsqd implements Nsqd {
    final Map<String, MemoryTopic> topics = new ConcurrentSkipListMap<>();
    final List<Transport> transports = new CopyOnWriteArrayList<>();
    final Troubles troubles = new Troubles();
    volatile Options options = Options.defaults();
    volatile String health = "OK";
    volatile int persisted;
    volatile CompletableFuture<Void> published = CompletableFuture.completedFuture(null);

    void serve(String protocol, String address) {
        transports.add(new Transport() {
            @Override
            public String protocol() {
                return protocol;
            }

            @Override
            public String address() {
                return address;
            }

            @Override
            public int port() {
                return 1;
            }
        });
    }

    @Override
    public Troubles troubles() {
        return troubles;
    }

    @Override
    public Topic topic(String name) {
        return topics.computeIfAbsent(name, MemoryTopic::new);
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
            throw new NsqdException(Reason.TOPIC_NOT_FOUND, "topic does not exist");
        }
    }

    @Override
    public Options options() {
        return options;
    }

    @Override
    public void reconfigure(Map<Option, Object> changes) {
        for (Option option : changes.keySet()) {
            if (option.change() != Option.Change.RUNTIME) {
                throw new NsqdException(Reason.BAD_OPTION, option.flag() + " cannot be changed at run time");
            }
        }
        options = options.with(changes);
    }

    @Override
    public NsqdStats stats(StatsFilter filter) {
        List<TopicStats> stats = topics.values().stream()
                .filter(topic -> filter.topic().map(topic.name::equals).orElse(true))
                .map(topic -> topic.stats(filter))
                .toList();
        return new NsqdStats(VERSION, health, startTime(), stats, Optional.empty(), List.of());
    }

    @Override
    public String health() {
        return health;
    }

    @Override
    public Instant startTime() {
        return Instant.ofEpochSecond(1_700_000_000);
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

    final class MemoryTopic implements Topic {
        final Map<String, MemoryChannel> channels = new ConcurrentSkipListMap<>();
        private final String name;
        private final List<String> waiting = new ArrayList<>();
        private long count;
        private long bytes;
        private volatile boolean paused;

        MemoryTopic(String name) {
            this.name = name;
        }

        private synchronized TopicStats stats(StatsFilter filter) {
            List<ChannelStats> stats = channels.values().stream()
                    .filter(channel ->
                            filter.channel().map(channel.name::equals).orElse(true))
                    .map(MemoryChannel::figures)
                    .toList();
            return new TopicStats(name, stats, waiting.size(), 0, count, bytes, paused, LatencyStats.NONE);
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
        public synchronized CompletableFuture<Void> publishDeferred(MessageBatch batch, long delayNanos) {
            for (int i = 0; i < batch.size(); i++) {
                String body = new String(batch.block(i), batch.offset(i), batch.length(i), StandardCharsets.UTF_8);
                count++;
                bytes += batch.length(i);
                if (channels.isEmpty()) {
                    waiting.add(body);
                }
                channels.values().forEach(channel -> channel.put(body));
            }
            return published;
        }

        @Override
        public synchronized Channel channel(String channel) {
            MemoryChannel made = channels.computeIfAbsent(channel, given -> new MemoryChannel(this, given));
            waiting.forEach(made::put);
            waiting.clear();
            return made;
        }

        @Override
        public Optional<Channel> existingChannel(String channel) {
            return Optional.ofNullable(channels.get(channel));
        }

        @Override
        public List<Channel> channels() {
            return List.copyOf(channels.values());
        }

        @Override
        public void deleteChannel(String channel) {
            channels.remove(channel).close();
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
            waiting.clear();
        }
    }

    /** A channel with at most one consumer. */
    static final class MemoryChannel implements Channel, Subscription {
        private final MemoryTopic topic;
        private final String name;
        private final ArrayDeque<String> queue = new ArrayDeque<>();
        private final Set<Long> inFlight = new HashSet<>();
        private Consumer consumer;
        private long count;
        private long handedOver;
        private long finished;
        private volatile boolean paused;

        MemoryChannel(MemoryTopic topic, String name) {
            this.topic = topic;
            this.name = name;
        }

        private synchronized void put(String body) {
            queue.add(body);
            count++;
            if (consumer != null) {
                consumer.wakeUp();
            }
        }

        private synchronized ChannelStats figures() {
            int clients = consumer == null ? 0 : 1;
            return new ChannelStats(
                    name,
                    queue.size(),
                    0,
                    inFlight.size(),
                    0,
                    count,
                    0,
                    0,
                    clients,
                    List.of(),
                    paused,
                    LatencyStats.NONE);
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public synchronized Subscription subscribe(Consumer subscribing, SubscribeOptions given) {
            consumer = subscribing;
            return this;
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
            queue.clear();
            inFlight.clear();
        }

        @Override
        public synchronized int poll(int maxMessages, long maxBytes, MessageSink sink) {
            int taken = 0;
            while (taken < maxMessages && !queue.isEmpty()) {
                byte[] body = queue.poll().getBytes(StandardCharsets.UTF_8);
                inFlight.add(++handedOver);
                taken++;
                sink.message(new Message(handedOver, 1, 1, body, 0, body.length));
            }
            return taken;
        }

        @Override
        public synchronized void finish(long[] ids, int howMany, Refused refused) {
            for (int i = 0; i < howMany; i++) {
                if (inFlight.remove(ids[i])) {
                    finished++;
                }
            }
        }

        @Override
        public void requeue(long id, long delayNanos) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void touch(long id) {
            throw new UnsupportedOperationException();
        }

        @Override
        public synchronized int inFlight() {
            return inFlight.size();
        }

        @Override
        public synchronized long messageCount() {
            return handedOver;
        }

        @Override
        public synchronized long finishCount() {
            return finished;
        }

        @Override
        public long requeueCount() {
            return 0;
        }

        @Override
        public void close() {
            Consumer leaving;
            synchronized (this) {
                leaving = consumer;
                consumer = null;
            }
            if (leaving != null) {
                leaving.close();
            }
            if (Names.isEphemeral(name)) {
                topic.channels.remove(name);
            }
        }
    }
}
