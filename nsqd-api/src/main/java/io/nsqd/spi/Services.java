package io.nsqd.spi;

import io.nsqd.stats.PluginStats;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Where the parts of a daemon find each other: a framework's service registry, or that of an
 * {@link io.nsqd.api.EmbeddedNsqd} in a plain program. What is written against it runs in both. Any thread.
 */
@ProviderType
public interface Services {
    /** The property, an {@link Integer}, that ranks services of one type: the highest is the best, 0 without. */
    String RANKING = "service.ranking";

    /**
     * The service of a type that the {@link Subsystem} needs; to be called while it starts.
     *
     * @throws NoSuchElementException when it did not say that it needs it
     */
    <T> T get(Class<T> type);

    /** A property of the framework or of the virtual machine. */
    Optional<String> property(String name);

    /**
     * Makes a service known.
     *
     * @param properties what the service type asks for, such as {@link HttpEndpoint#PATH}
     * @return takes it back
     */
    <T> Runnable register(Class<T> type, T service, Map<String, ?> properties);

    /** Makes a service known that has no properties. */
    default <T> Runnable register(Class<T> type, T service) {
        return register(type, service, Map.of());
    }

    /**
     * Tells of the services of some types: of those that are there before this returns, and of all that come and go.
     *
     * @param watcher called on the thread that changes something, which it must not hold up
     * @return ends it; the watcher is told that each service has left
     */
    <T> Runnable watch(List<Class<? extends T>> types, Watcher<T> watcher);

    /** What the daemon is made of: its bundles and those of plug-ins, or in a plain program its subsystems. */
    default List<PluginStats> plugins() {
        return List.of();
    }

    /** Told of services that come and go. */
    interface Watcher<T> {
        /** A service is there. */
        void arrived(Found<T> found);

        /** A service's properties, and perhaps its rank, are others now. */
        default void changed(Found<T> found) {
            // Few look at them again.
        }

        /** A service is no longer to be used. */
        void left(Found<T> found);
    }

    /** A service that is there. Services of one registry are ordered, the best-ranked last. */
    @ProviderType
    interface Found<T> extends Comparable<Found<?>> {
        /** The service itself. */
        T service();

        /** One of its properties. */
        Optional<Object> property(String name);

        /** Who registered it, for the log. */
        String owner();
    }
}
