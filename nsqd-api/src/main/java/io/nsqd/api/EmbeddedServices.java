package io.nsqd.api;

import io.nsqd.spi.Services;
import io.nsqd.stats.PluginStats;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** The service registry of one daemon in a plain program. */
final class EmbeddedServices implements Services {
    private final List<Entry<?>> entries = new CopyOnWriteArrayList<>();
    private final List<Watch<?>> watches = new CopyOnWriteArrayList<>();
    private long registered;

    /** The names of the subsystems that run. */
    private final List<String> subsystems = new CopyOnWriteArrayList<>();

    /** A service; of equals the older one is the better, as in a framework. */
    private record Entry<T>(Class<T> type, T service, Map<String, ?> properties, long number) implements Found<T> {
        private static final Comparator<Entry<?>> ORDER = Comparator.<Entry<?>>comparingInt(Entry::ranking)
                .thenComparing(Entry::number, Comparator.reverseOrder());

        private int ranking() {
            return properties.get(RANKING) instanceof Integer ranking ? ranking : 0;
        }

        @Override
        public Optional<Object> property(String name) {
            return Optional.ofNullable(properties.get(name));
        }

        @Override
        public String owner() {
            return service.getClass().getName();
        }

        @Override
        public int compareTo(Found<?> other) {
            return ORDER.compare(this, (Entry<?>) other);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Entry<?> entry && number == entry.number;
        }

        @Override
        public int hashCode() {
            return Long.hashCode(number);
        }
    }

    private record Watch<T>(List<Class<? extends T>> types, Watcher<T> watcher) {
        private boolean wants(Entry<?> entry) {
            return types.contains(entry.type());
        }

        /** Only of an entry that it wants, whose service is a {@code T} therefore. */
        @SuppressWarnings("unchecked")
        private Found<T> found(Entry<?> entry) {
            return (Found<T>) entry;
        }

        private void arrived(Entry<?> entry) {
            if (wants(entry)) {
                watcher.arrived(found(entry));
            }
        }

        private void left(Entry<?> entry) {
            if (wants(entry)) {
                watcher.left(found(entry));
            }
        }
    }

    /** A subsystem runs. */
    void started(String subsystem) {
        subsystems.add(subsystem);
    }

    /** A subsystem is about to stop. */
    void stopping(String subsystem) {
        subsystems.remove(subsystem);
    }

    @Override
    public List<PluginStats> plugins() {
        return subsystems.stream()
                .sorted()
                .map(name -> new PluginStats(name, Nsqd.VERSION, PluginStats.ACTIVE, "", ""))
                .toList();
    }

    /** Whether a service of that type is there. */
    boolean has(Class<?> type) {
        return entries.stream().anyMatch(entry -> entry.type() == type);
    }

    @Override
    public <T> T get(Class<T> type) {
        return entries.stream()
                .filter(entry -> entry.type() == type)
                .max(Entry.ORDER)
                .map(entry -> type.cast(entry.service()))
                .orElseThrow(() -> new NoSuchElementException("there is no " + type.getName()));
    }

    @Override
    public Optional<String> property(String name) {
        return Optional.ofNullable(System.getProperty(name));
    }

    @Override
    public synchronized <T> Runnable register(Class<T> type, T service, Map<String, ?> properties) {
        Entry<T> entry = new Entry<>(type, service, Map.copyOf(properties), registered++);
        entries.add(entry);
        watches.forEach(watch -> watch.arrived(entry));
        return () -> unregister(entry);
    }

    private synchronized void unregister(Entry<?> entry) {
        if (entries.remove(entry)) {
            watches.forEach(watch -> watch.left(entry));
        }
    }

    @Override
    public synchronized <T> Runnable watch(List<Class<? extends T>> types, Watcher<T> watcher) {
        Watch<T> watch = new Watch<>(types, watcher);
        watches.add(watch);
        entries.forEach(watch::arrived);
        return () -> unwatch(watch);
    }

    private synchronized void unwatch(Watch<?> watch) {
        if (watches.remove(watch)) {
            entries.forEach(watch::left);
        }
    }
}
