package io.nsqd.statsd;

import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.api.Topic;
import io.nsqd.spi.Transport;
import io.nsqd.stats.NsqdStats;
import io.nsqd.stats.StatsFilter;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** A daemon that has figures, options and an HTTP port, and nothing else. */
final class FakeNsqd implements Nsqd {
    private final List<StatsFilter> filters = new CopyOnWriteArrayList<>();
    private volatile Options options = Options.defaults().with(Map.of(Option.BROADCAST_ADDRESS, "127.0.0.1"));
    private volatile NsqdStats stats = Figures.of(List.of());
    private volatile int httpPort;
    private volatile Instant startTime = Instant.now();

    void with(Option option, Object value) {
        options = options.with(Map.of(option, value));
    }

    void with(NsqdStats figures) {
        stats = figures;
    }

    /** 0 for none. */
    void servesHttpAt(int port) {
        httpPort = port;
    }

    void startedAt(Instant time) {
        startTime = time;
    }

    List<StatsFilter> filters() {
        return filters;
    }

    @Override
    public NsqdStats stats(StatsFilter filter) {
        filters.add(filter);
        return stats;
    }

    @Override
    public Options options() {
        return options;
    }

    @Override
    public int port(String protocol) {
        return protocol.equals("http") ? httpPort : 0;
    }

    @Override
    public List<Transport> transports() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Topic topic(String name) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<Topic> existingTopic(String name) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<Topic> topics() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void deleteTopic(String name) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void reconfigure(Map<Option, Object> changes) {
        throw new UnsupportedOperationException();
    }

    @Override
    public String health() {
        return "OK";
    }

    @Override
    public Instant startTime() {
        return startTime;
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
