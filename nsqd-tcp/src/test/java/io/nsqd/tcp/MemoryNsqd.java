package io.nsqd.tcp;

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
import io.nsqd.stats.NsqdStats;
import io.nsqd.stats.StatsFilter;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * A broker for one client on one thread, which does the same each time. How it answers is in the first letter of a name:
 * topics with {@code s} are slow (a publish completes when {@link #completePending} is called), with {@code f} full, with
 * {@code g} gone; channels with {@code b} have no room for a consumer. What becomes of FIN, REQ and TOUCH depends on the id
 * alone and not on what is in flight, so that it does not depend on the moment either: odd ids are settled.
 */
final class MemoryNsqd implements Nsqd {
    final Map<String, MemoryTopic> topics = new HashMap<>();
    final List<byte[]> accepted = new ArrayList<>();
    private final ArrayDeque<CompletableFuture<Void>> pending = new ArrayDeque<>();
    private final Set<String> refusedOnce = new HashSet<>();

    /** Completes what is pending; whether there was any. */
    boolean completePending() {
        boolean any = !pending.isEmpty();
        while (!pending.isEmpty()) {
            pending.poll().complete(null);
        }
        return any;
    }

    @Override
    public Topic topic(String name) {
        if (name.startsWith("g")) {
            throw new NsqdException(Reason.EXITING, "exiting");
        }
        return topics.computeIfAbsent(name, MemoryTopic::new);
    }

    final class MemoryTopic implements Topic {
        private final String name;
        private final Map<String, MemoryChannel> channels = new HashMap<>();

        MemoryTopic(String name) {
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
            if (name.startsWith("f")) {
                return CompletableFuture.failedFuture(new NsqdException(Reason.BACKEND, "no space left on device"));
            }
            for (int i = 0; i < batch.size(); i++) {
                int start = batch.offset(i);
                byte[] body = Arrays.copyOfRange(batch.block(i), start, start + batch.length(i));
                accepted.add(body);
                channels.values().forEach(channel -> channel.queue.add(body));
            }
            channels.values().forEach(MemoryChannel::wake);
            if (!name.startsWith("s")) {
                return CompletableFuture.completedFuture(null);
            }
            CompletableFuture<Void> result = new CompletableFuture<>();
            pending.add(result);
            return result;
        }

        @Override
        public Channel channel(String channelName) {
            return channels.computeIfAbsent(channelName, MemoryChannel::new);
        }

        @Override
        public Optional<Channel> existingChannel(String channelName) {
            return Optional.ofNullable(channels.get(channelName));
        }

        @Override
        public List<Channel> channels() {
            return List.copyOf(channels.values());
        }

        @Override
        public void deleteChannel(String channelName) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isPaused() {
            return false;
        }

        @Override
        public void pause() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void unpause() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void empty() {
            throw new UnsupportedOperationException();
        }
    }

    private final class MemoryChannel implements Channel, Subscription {
        private final String name;
        private final ArrayDeque<byte[]> queue = new ArrayDeque<>();
        private final Set<Long> inFlight = new HashSet<>();
        private Consumer consumer;
        private long handedOver;
        private long delivered;
        private boolean waiting;

        MemoryChannel(String name) {
            this.name = name;
        }

        void wake() {
            if (consumer != null && waiting) {
                waiting = false;
                consumer.wakeUp();
            }
        }

        @Override
        public Subscription subscribe(Consumer subscribing, SubscribeOptions options) {
            if (name.startsWith("b")) {
                throw new NsqdException(Reason.TOO_MANY_CONSUMERS, "consumers for t:" + name + " exceeds limit of 1");
            }
            if (Names.isEphemeral(name) && refusedOnce.add(name)) {
                throw new NsqdException(Reason.EXITING, "exiting");
            }
            consumer = subscribing;
            waiting = true;
            return this;
        }

        @Override
        public int poll(int maxMessages, long maxBytes, MessageSink sink) {
            int count = 0;
            long bytes = 0;
            while (count < maxMessages && (count == 0 || bytes < maxBytes) && !queue.isEmpty()) {
                byte[] body = queue.poll();
                handedOver++;
                count++;
                bytes += body.length;
                inFlight.add(handedOver);
                if (inFlight.size() > consumer.stats().readyCount()) {
                    throw new AssertionError("more in flight than the client is ready for");
                }
                sink.message(new Message(handedOver, 1, 1, body, 0, body.length));
            }
            waiting = count < maxMessages || maxMessages == 0;
            delivered += count;
            return count;
        }

        @Override
        public void finish(long[] ids, int count, Refused refused) {
            for (int i = 0; i < count; i++) {
                if ((ids[i] & 1) == 0) {
                    refused.refused(ids[i], Reason.NOT_IN_FLIGHT);
                } else {
                    inFlight.remove(ids[i]);
                }
            }
        }

        private void settle(long id) {
            if ((id & 1) == 0) {
                throw new NsqdException(Reason.NOT_OWNER, "client does not own message");
            }
        }

        @Override
        public void requeue(long id, long delayNanos) {
            settle(id);
            inFlight.remove(id);
        }

        @Override
        public void touch(long id) {
            settle(id);
        }

        @Override
        public int inFlight() {
            return inFlight.size();
        }

        @Override
        public long messageCount() {
            return delivered;
        }

        @Override
        public long finishCount() {
            return 0;
        }

        @Override
        public long requeueCount() {
            return 0;
        }

        @Override
        public void close() {
            consumer = null;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public boolean isPaused() {
            return false;
        }

        @Override
        public void pause() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void unpause() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void empty() {
            throw new UnsupportedOperationException();
        }
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
        throw new UnsupportedOperationException();
    }

    @Override
    public Options options() {
        return Options.defaults();
    }

    @Override
    public void reconfigure(Map<Option, Object> changes) {
        throw new UnsupportedOperationException();
    }

    @Override
    public NsqdStats stats(StatsFilter filter) {
        throw new UnsupportedOperationException();
    }

    @Override
    public String health() {
        return "OK";
    }

    @Override
    public Instant startTime() {
        return Instant.EPOCH;
    }

    @Override
    public List<Transport> transports() {
        return List.of();
    }

    @Override
    public void persistMetadata() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void fatal(String what, Throwable cause) {
        throw new AssertionError(what, cause);
    }
}
