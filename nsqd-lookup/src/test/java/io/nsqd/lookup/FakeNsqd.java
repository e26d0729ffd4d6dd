package io.nsqd.lookup;

import io.nsqd.api.Channel;
import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.api.Topic;
import io.nsqd.spi.NsqdListener;
import io.nsqd.spi.Transport;
import io.nsqd.stats.NsqdStats;
import io.nsqd.stats.StatsFilter;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;

/** A daemon with names only: topics, channels, options, transports; and the one listener that it tells. */
final class FakeNsqd implements Nsqd {
    private final ConcurrentSkipListMap<String, ConcurrentSkipListSet<String>> names = new ConcurrentSkipListMap<>();
    private final List<Transport> transports = new CopyOnWriteArrayList<>();
    private volatile Options options = Options.defaults().with(Map.of(Option.BROADCAST_ADDRESS, "10.0.0.1"));
    private volatile NsqdListener listener = new NsqdListener() {};

    /** A daemon that serves on these ports. */
    static FakeNsqd withPorts(int tcp, int http) {
        FakeNsqd nsqd = new FakeNsqd();
        nsqd.transports.add(transport("tcp", tcp));
        nsqd.transports.add(transport("http", http));
        return nsqd;
    }

    void tell(NsqdListener told) {
        listener = told;
    }

    void with(Option option, Object value) {
        options = options.with(Map.of(option, value));
    }

    void lookupds(String... addresses) {
        with(Option.LOOKUPD_TCP_ADDRESS, List.of(addresses));
        listener.optionsChanged();
    }

    void create(String topic, String... channels) {
        boolean isNew = !names.containsKey(topic);
        names.computeIfAbsent(topic, name -> new ConcurrentSkipListSet<>());
        if (isNew) {
            listener.topicCreated(topic);
        }
        for (String channel : channels) {
            names.get(topic).add(channel);
            listener.channelCreated(topic, channel);
        }
    }

    void deleteChannel(String topic, String channel) {
        names.get(topic).remove(channel);
        listener.channelDeleted(topic, channel);
    }

    @Override
    public void deleteTopic(String topic) {
        for (String channel : names.get(topic)) {
            deleteChannel(topic, channel);
        }
        names.remove(topic);
        listener.topicDeleted(topic);
    }

    void serve(String protocol, int port) {
        transports.add(transport(protocol, port));
        listener.transportsChanged();
    }

    void stopServing(String protocol) {
        transports.removeIf(transport -> transport.protocol().equals(protocol));
        listener.transportsChanged();
    }

    private static Transport transport(String protocol, int port) {
        return new Transport() {
            @Override
            public String protocol() {
                return protocol;
            }

            @Override
            public String address() {
                return "127.0.0.1:" + port;
            }

            @Override
            public int port() {
                return port;
            }
        };
    }

    @Override
    public Optional<Topic> existingTopic(String name) {
        return names.containsKey(name) ? Optional.of(topic(name)) : Optional.empty();
    }

    @Override
    public Topic topic(String name) {
        // It may be deleted at the same time.
        ConcurrentSkipListSet<String> channels = names.getOrDefault(name, new ConcurrentSkipListSet<>());
        return (Topic) Proxy.newProxyInstance(
                Topic.class.getClassLoader(), new Class<?>[] {Topic.class}, (proxy, method, arguments) -> {
                    return switch (method.getName()) {
                        case "name" -> name;
                        case "channels" ->
                            channels.stream().map(FakeNsqd::channel).toList();
                        case "existingChannel" ->
                            channels.contains((String) arguments[0])
                                    ? Optional.of(channel((String) arguments[0]))
                                    : Optional.empty();
                        default -> throw new UnsupportedOperationException(method.getName());
                    };
                });
    }

    private static Channel channel(String name) {
        return (Channel) Proxy.newProxyInstance(
                Channel.class.getClassLoader(), new Class<?>[] {Channel.class}, (proxy, method, arguments) -> {
                    if (!method.getName().equals("name")) {
                        throw new UnsupportedOperationException(method.getName());
                    }
                    return name;
                });
    }

    @Override
    public List<Topic> topics() {
        return names.keySet().stream().map(this::topic).toList();
    }

    @Override
    public Options options() {
        return options;
    }

    @Override
    public List<Transport> transports() {
        return transports;
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
    public void persistMetadata() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void fatal(String what, Throwable cause) {
        throw new AssertionError(what, cause);
    }
}
