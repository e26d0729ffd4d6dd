package io.nsqd.testing;

import io.nsqd.api.Channel;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Reason;
import io.nsqd.api.Topic;
import io.nsqd.stats.ChannelStats;
import io.nsqd.stats.LatencyStats;
import io.nsqd.stats.StatsFilter;
import io.nsqd.stats.TopicStats;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;

/** A topic of a {@link FakeNsqd}, which remembers what was published. */
public class FakeTopic implements Topic {
    private static final CompletableFuture<Void> DONE = CompletableFuture.completedFuture(null);

    private final FakeNsqd nsqd;
    private final String name;
    private final Map<String, FakeChannel> channels = new ConcurrentSkipListMap<>();
    private volatile CompletableFuture<Void> result = DONE;
    private volatile RuntimeException bug;
    private volatile boolean paused;

    /** What was published, and what of it waits for the first channel. Guarded by this, as is all that follows. */
    private final List<byte[]> accepted = new ArrayList<>();

    private final List<byte[]> waiting = new ArrayList<>();
    private final List<byte[]> blocks = new ArrayList<>();
    private final List<Long> delays = new ArrayList<>();
    private long bytes;
    private int emptied;

    protected FakeTopic(FakeNsqd nsqd, String name) {
        this.nsqd = nsqd;
        this.name = name;
    }

    // ---- what a test makes of it

    /** What publishing comes to from now on. */
    public void result(CompletableFuture<Void> ofPublishing) {
        result = ofPublishing;
    }

    /** What publishing and emptying throw from now on. */
    public void bug(RuntimeException thrown) {
        bug = thrown;
    }

    /** The bodies that were published, each byte a character. */
    public synchronized List<String> bodies() {
        return accepted.stream()
                .map(body -> new String(body, StandardCharsets.ISO_8859_1))
                .toList();
    }

    /** The delays that they were published with, in nanoseconds. */
    public synchronized List<Long> delays() {
        return List.copyOf(delays);
    }

    /** The arrays that they came in. */
    public synchronized List<byte[]> blocks() {
        return List.copyOf(blocks);
    }

    /** How often it was emptied. */
    public synchronized int emptied() {
        return emptied;
    }

    /** A channel that is there. */
    public FakeChannel fake(String channel) {
        return channels.get(channel);
    }

    /** Makes a channel that is asked for: that of a subclass has its own ways. */
    protected FakeChannel newChannel(String channelName) {
        return new FakeChannel(this, channelName);
    }

    // ---- what it is to others

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
            accept(Arrays.copyOfRange(batch.block(i), start, start + batch.length(i)), batch.block(i), delayNanos);
        }
        channels.values().forEach(FakeChannel::wake);
        return result;
    }

    private synchronized void accept(byte[] body, byte[] block, long delayNanos) {
        accepted.add(body);
        blocks.add(block);
        delays.add(delayNanos);
        bytes += body.length;
        if (channels.isEmpty()) {
            waiting.add(body);
        }
        channels.values().forEach(channel -> channel.put(body));
    }

    @Override
    public FakeChannel channel(String channelName) {
        FakeChannel existing = channels.get(channelName);
        if (existing != null) {
            return existing;
        }
        FakeChannel made = newChannel(channelName);
        synchronized (this) {
            existing = channels.putIfAbsent(channelName, made);
            if (existing != null) {
                return existing;
            }
            waiting.forEach(made::put);
            waiting.clear();
        }
        nsqd.listener().channelCreated(name, channelName);
        return made;
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
        FakeChannel channel = channels.remove(channelName);
        if (channel == null) {
            throw new NsqdException(Reason.CHANNEL_NOT_FOUND, "channel does not exist");
        }
        channel.disconnect();
        nsqd.listener().channelDeleted(name, channelName);
    }

    /** The last consumer of an ephemeral one is gone. */
    void vanishes(FakeChannel channel) {
        if (channels.remove(channel.name(), channel)) {
            nsqd.listener().channelDeleted(name, channel.name());
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
        waiting.clear();
        emptied++;
    }

    synchronized TopicStats figures(StatsFilter filter) {
        List<ChannelStats> ofChannels = channels.values().stream()
                .filter(channel -> filter.channel().map(channel.name()::equals).orElse(true))
                .map(FakeChannel::figures)
                .toList();
        return new TopicStats(name, ofChannels, waiting.size(), 0, accepted.size(), bytes, paused, LatencyStats.NONE);
    }
}
