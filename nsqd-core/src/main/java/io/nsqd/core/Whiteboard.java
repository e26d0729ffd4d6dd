package io.nsqd.core;

import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.ChannelDirectory;
import io.nsqd.spi.MessageListener;
import io.nsqd.spi.NsqdListener;
import io.nsqd.spi.OutOfMemory;
import io.nsqd.spi.Transport;
import io.nsqd.stats.Troubles;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The services of others that the broker knows: transports, listeners, channel directories. They come and go at any time, and
 * each is called on a {@link Lane} of its own: what one throws, or where it hangs, the others do not notice.
 */
final class Whiteboard implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Whiteboard.class);

    private final List<Entry> entries = new CopyOnWriteArrayList<>();
    private final List<Transport> transports = new CopyOnWriteArrayList<>();

    /** What listeners are told of messages. */
    private final List<MessageFeed> feeds = new CopyOnWriteArrayList<>();

    private final Troubles troubles;
    private final Supplier<Collection<BrokerTopic>> topics;

    /** A service; one object may be several things. The transport, and the feed, is {@code null} for what is none. */
    private record Entry(Object service, Lane lane, Transport transport, MessageFeed feed) {}

    /**
     * @param troubles counts the trouble with services
     * @param topics all that there are
     */
    Whiteboard(Troubles troubles, Supplier<Collection<BrokerTopic>> topics) {
        this.troubles = troubles;
        this.topics = topics;
    }

    void add(Object service) {
        Lane lane = newLane(service);
        Transport guarded = null;
        if (service instanceof Transport transport) {
            try {
                guarded = new GuardedTransport(transport, lane);
                transports.add(guarded);
            } catch (RuntimeException | Error e) {
                LOG.error(
                        "NSQ: {} does not say where it listens",
                        transport.getClass().getName(),
                        e);
            }
        }
        MessageFeed feed = service instanceof MessageListener listener ? newFeed(listener) : null;
        entries.add(new Entry(service, lane, guarded, feed));
        if (guarded != null) {
            tell(NsqdListener::transportsChanged);
        }
    }

    private Lane newLane(Object service) {
        return new Lane(service.getClass().getName(), troubles);
    }

    void remove(Object service) {
        for (Entry entry : entries) {
            if (entry.service() == service) {
                entries.remove(entry);
                entry.lane().close();
                if (entry.feed() != null) {
                    entry.feed().end();
                    feeds.remove(entry.feed());
                    tapAll();
                }
                if (transports.remove(entry.transport())) {
                    tell(NsqdListener::transportsChanged);
                }
                return;
            }
        }
    }

    /** On a lane of its own: what becomes of messages must not be in the way of what becomes of topics. */
    private MessageFeed newFeed(MessageListener listener) {
        MessageFeed feed = new MessageFeed(listener, newLane(listener), troubles);
        feed.begin(() -> {
            feeds.add(feed);
            tapAll();
        });
        return feed;
    }

    private void tapAll() {
        topics.get().forEach(this::tap);
    }

    /** Lets a topic's news go to those who ask for them. One at a time, so that the last to do so knows of everybody. */
    synchronized void tap(BrokerTopic topic) {
        List<MessageFeed> asking =
                feeds.stream().filter(feed -> feed.wants(topic.name())).toList();
        topic.tap(asking.isEmpty() ? null : new MessageTap(topic.name(), asking));
    }

    /** Those of this moment. */
    List<Transport> transports() {
        return List.copyOf(transports);
    }

    /** Asks all directories for the channels of a topic; returns at once. */
    List<CompletableFuture<List<String>>> channels(String topic) {
        List<CompletableFuture<List<String>>> answers = new ArrayList<>();
        for (Entry entry : entries) {
            if (entry.service() instanceof ChannelDirectory directory) {
                CompletableFuture<List<String>> answer = new CompletableFuture<>();
                entry.lane().later(() -> ask(directory, topic, answer));
                answers.add(answer);
            }
        }
        return answers;
    }

    private static void ask(ChannelDirectory directory, String topic, CompletableFuture<List<String>> answer) {
        try {
            directory.channels(topic).whenComplete((names, failure) -> {
                if (failure == null) {
                    answer.complete(names);
                } else {
                    answer.completeExceptionally(failure);
                }
            });
        } catch (RuntimeException | Error e) {
            OutOfMemory.check(e);
            answer.completeExceptionally(e);
        }
    }

    /** Tells all listeners, each in the order of the calls. */
    void tell(Consumer<NsqdListener> event) {
        for (Entry entry : entries) {
            if (entry.service() instanceof NsqdListener listener) {
                entry.lane().later(() -> event.accept(listener));
            }
        }
    }

    @Override
    public void close() {
        entries.forEach(entry -> entry.lane().end());
        feeds.forEach(MessageFeed::end);
    }
}
