package io.nsqd.core;

import io.nsqd.spi.ChannelDirectory;
import io.nsqd.spi.NsqdListener;
import io.nsqd.spi.Transport;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The services of others that the broker knows: transports, listeners, channel directories. They come and go at any time, and
 * each is called on a {@link Lane} of its own: what one throws, or where it hangs, the others do not notice.
 */
final class Whiteboard implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Whiteboard.class);

    private final List<Entry> entries = new CopyOnWriteArrayList<>();
    private final List<Transport> transports = new CopyOnWriteArrayList<>();

    /** A service; one object may be several things. The transport is {@code null} for what is none. */
    private record Entry(Object service, Lane lane, Transport transport) {}

    void add(Object service) {
        Lane lane = new Lane(service.getClass().getName());
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
        entries.add(new Entry(service, lane, guarded));
        if (guarded != null) {
            tell(NsqdListener::transportsChanged);
        }
    }

    void remove(Object service) {
        for (Entry entry : entries) {
            if (entry.service() == service) {
                entries.remove(entry);
                entry.lane().close();
                if (transports.remove(entry.transport())) {
                    tell(NsqdListener::transportsChanged);
                }
                return;
            }
        }
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
    }
}
