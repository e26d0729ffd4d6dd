package io.nsqd.testing;

import io.nsqd.api.Nsqd;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.api.Reason;
import io.nsqd.api.Topic;
import io.nsqd.spi.NsqdListener;
import io.nsqd.spi.Transport;
import io.nsqd.stats.HandOverStats;
import io.nsqd.stats.NsqdStats;
import io.nsqd.stats.StatsFilter;
import io.nsqd.stats.TopicStats;
import io.nsqd.stats.Troubles;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/**
 * A broker for the tests of whatever stands on one: topics and channels in memory, without time-outs and without a disk. It takes
 * notes of what is done to it, tells one listener, and fails where a test says so. Any thread.
 */
public class FakeNsqd implements Nsqd {
    private static final Options DEFAULTS = Options.defaults();

    private final Map<String, FakeTopic> topics = new ConcurrentSkipListMap<>();
    private final List<Transport> transports = new CopyOnWriteArrayList<>();
    private final List<StatsFilter> filters = new CopyOnWriteArrayList<>();
    private final Troubles troubles = new Troubles();
    private volatile Options options = DEFAULTS;
    private volatile Optional<NsqdStats> figures = Optional.empty();
    private volatile String name = DEFAULT_NAME;
    private volatile String health = "OK";
    private volatile Instant startTime = Instant.ofEpochSecond(1_700_000_000);
    private volatile NsqdListener listener = new NsqdListener() {};
    private volatile CountDownLatch gate = new CountDownLatch(0);

    // ---- what a test makes of it

    /** Changes an option, whether or not that may change at run time; nobody is told. */
    public FakeNsqd with(Option option, Object value) {
        return with(Map.of(option, value));
    }

    /** As {@link #with(Option, Object)}, several at once. */
    public FakeNsqd with(Map<Option, ?> changes) {
        options = options.with(changes);
        return this;
    }

    /** Sets the options. */
    public void options(Options all) {
        options = all;
    }

    /** Has {@link #stats} give these figures instead of its own. */
    public void figures(NsqdStats fixed) {
        figures = Optional.of(fixed);
    }

    /** Has {@link #stats} wait for this. */
    public void figuresWaitFor(CountDownLatch opening) {
        gate = opening;
    }

    /** Says what it is called. */
    public FakeNsqd named(String given) {
        name = given;
        return this;
    }

    @Override
    public String name() {
        return name;
    }

    /** Says how it is. */
    public void health(String words) {
        health = words;
    }

    /** Says when it started. */
    public void startedAt(Instant time) {
        startTime = time;
    }

    /** The one that is told what happens; the last counts. */
    public void tell(NsqdListener told) {
        listener = told;
    }

    /** Begins to serve a protocol on a port of this host, instead of on another. */
    public FakeNsqd serve(String protocol, int port) {
        transports.removeIf(transport -> transport.protocol().equals(protocol));
        return add(new FakeTransport(protocol, "127.0.0.1:" + port, port));
    }

    /** As if a transport had registered itself. */
    public FakeNsqd add(Transport transport) {
        transports.add(transport);
        listener.transportsChanged();
        return this;
    }

    /** As if a transport had taken itself back. */
    public void remove(Transport transport) {
        transports.remove(transport);
        listener.transportsChanged();
    }

    /** Serves a protocol no more. */
    public void stopServing(String protocol) {
        transports.removeIf(transport -> transport.protocol().equals(protocol));
        listener.transportsChanged();
    }

    /** Makes a topic and channels of it, where they are missing. */
    public void create(String topic, String... channels) {
        FakeTopic made = topic(topic);
        for (String channel : channels) {
            made.channel(channel);
        }
    }

    /** A topic that is there. */
    public FakeTopic fake(String topic) {
        return topics.get(topic);
    }

    /** A channel that is there. */
    public FakeChannel fake(String topic, String channel) {
        return topics.get(topic).fake(channel);
    }

    /** The figures that were asked for, in their order. */
    public List<StatsFilter> filters() {
        return filters;
    }

    /** Makes a topic that is asked for: that of a subclass has its own ways. */
    protected FakeTopic newTopic(String name) {
        return new FakeTopic(this, name);
    }

    NsqdListener listener() {
        return listener;
    }

    private record FakeTransport(String protocol, String address, int port) implements Transport {
        @Override
        public String implementation() {
            return "nio";
        }

        @Override
        public HandOverStats handOver() {
            return new HandOverStats(5, 3, 2);
        }
    }

    // ---- what it is to others

    @Override
    public FakeTopic topic(String name) {
        FakeTopic existing = topics.get(name);
        if (existing != null) {
            return existing;
        }
        FakeTopic made = newTopic(name);
        existing = topics.putIfAbsent(name, made);
        if (existing == null) {
            listener.topicCreated(name);
        }
        return existing == null ? made : existing;
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
        FakeTopic topic = topics.get(name);
        if (topic == null) {
            throw new NsqdException(Reason.TOPIC_NOT_FOUND, "topic does not exist");
        }
        topic.channels().forEach(channel -> topic.deleteChannel(channel.name()));
        topics.remove(name);
        listener.topicDeleted(name);
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
        listener.optionsChanged();
    }

    @Override
    public NsqdStats stats(StatsFilter filter) {
        filters.add(filter);
        try {
            gate.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return figures.orElseGet(() -> ownFigures(filter));
    }

    private NsqdStats ownFigures(StatsFilter filter) {
        List<TopicStats> ofTopics = topics.values().stream()
                .filter(topic -> filter.topic().map(topic.name()::equals).orElse(true))
                .map(topic -> topic.figures(filter))
                .toList();
        return new NsqdStats(VERSION, health, startTime, ofTopics, Optional.empty(), List.of());
    }

    @Override
    public Troubles troubles() {
        return troubles;
    }

    @Override
    public String health() {
        return health;
    }

    @Override
    public Instant startTime() {
        return startTime;
    }

    @Override
    public List<Transport> transports() {
        return List.copyOf(transports);
    }

    @Override
    public void persistMetadata() {
        // Nothing here outlives the test.
    }

    @Override
    public void fatal(String what, Throwable cause) {
        throw new AssertionError(what, cause);
    }
}
