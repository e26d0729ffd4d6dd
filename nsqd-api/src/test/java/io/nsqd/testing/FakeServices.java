package io.nsqd.testing;

import io.nsqd.spi.Services;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;

/** A registry for the test of a {@link io.nsqd.spi.Subsystem}: what is needed is put there first. */
public final class FakeServices implements Services {
    private final List<Entry<?>> entries = new CopyOnWriteArrayList<>();
    private final List<Watch<?>> watches = new CopyOnWriteArrayList<>();
    private final Map<String, String> properties = new ConcurrentHashMap<>();

    private record Watch<T>(List<Class<? extends T>> types, Watcher<T> watcher) {
        /** Only of an entry of these types, whose service is a {@code T} therefore. */
        @SuppressWarnings("unchecked")
        void tell(Entry<?> entry, BiConsumer<Watcher<T>, Found<T>> what) {
            if (types.contains(entry.type())) {
                what.accept(watcher, (Found<T>) entry);
            }
        }
    }

    private record Entry<T>(Class<T> type, T service, Map<String, ?> properties) implements Found<T> {
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
            return 0;
        }
    }

    /** Sets a property of the framework's. */
    public FakeServices with(String name, String value) {
        properties.put(name, value);
        return this;
    }

    /** The services of a type that are registered, the oldest first. */
    public <T> List<T> all(Class<T> type) {
        return entries.stream()
                .filter(entry -> entry.type() == type)
                .map(entry -> type.cast(entry.service()))
                .toList();
    }

    @Override
    public <T> T get(Class<T> type) {
        return all(type).stream()
                .findFirst()
                .orElseThrow(() -> new NoSuchElementException("there is no " + type.getName()));
    }

    @Override
    public Optional<String> property(String name) {
        return Optional.ofNullable(properties.get(name));
    }

    @Override
    public <T> Runnable register(Class<T> type, T service, Map<String, ?> given) {
        Entry<T> entry = new Entry<>(type, service, given);
        entries.add(entry);
        watches.forEach(watch -> watch.tell(entry, Watcher::arrived));
        return () -> {
            if (entries.remove(entry)) {
                watches.forEach(watch -> watch.tell(entry, Watcher::left));
            }
        };
    }

    @Override
    public <T> Runnable watch(List<Class<? extends T>> types, Watcher<T> watcher) {
        Watch<T> watch = new Watch<>(types, watcher);
        watches.add(watch);
        entries.forEach(entry -> watch.tell(entry, Watcher::arrived));
        return () -> {
            if (watches.remove(watch)) {
                entries.forEach(entry -> watch.tell(entry, Watcher::left));
            }
        };
    }
}
