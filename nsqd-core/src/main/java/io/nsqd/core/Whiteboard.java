package io.nsqd.core;

import io.nsqd.spi.ChannelDirectory;
import io.nsqd.spi.NsqdListener;
import io.nsqd.spi.Transport;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The services of others that the broker knows: transports, listeners, channel directories. They come and go at any time.
 * Listeners are called on the thread {@code nsqd-events}; what one throws, the others do not notice.
 */
final class Whiteboard implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Whiteboard.class);

    private final List<Transport> transports = new CopyOnWriteArrayList<>();
    private final List<NsqdListener> listeners = new CopyOnWriteArrayList<>();
    private final List<ChannelDirectory> directories = new CopyOnWriteArrayList<>();
    private final ExecutorService events = Executors.newSingleThreadExecutor(task -> new Thread(task, "nsqd-events"));

    void add(Object service) {
        if (service instanceof Transport transport) {
            transports.add(transport);
            tell(NsqdListener::transportsChanged);
        }
        // One object may be several things.
        if (service instanceof NsqdListener listener) {
            listeners.add(listener);
        }
        if (service instanceof ChannelDirectory directory) {
            directories.add(directory);
        }
    }

    void remove(Object service) {
        if (transports.remove(service)) {
            tell(NsqdListener::transportsChanged);
        }
        listeners.remove(service);
        directories.remove(service);
    }

    List<Transport> transports() {
        return transports;
    }

    List<ChannelDirectory> directories() {
        return directories;
    }

    /** Tells all listeners, in the order of the calls. */
    void tell(Consumer<NsqdListener> event) {
        try {
            events.execute(() -> {
                for (NsqdListener listener : listeners) {
                    try {
                        event.accept(listener);
                    } catch (RuntimeException | LinkageError e) {
                        LOG.error("NSQ: listener {} failed - {}", listener, e.toString(), e);
                    }
                }
            });
        } catch (RejectedExecutionException e) {
            // The daemon stops: nobody is to be told any more.
        }
    }

    @Override
    public void close() {
        events.shutdown();
    }
}
