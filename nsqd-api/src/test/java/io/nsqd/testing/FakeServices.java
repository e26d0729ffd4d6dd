package io.nsqd.testing;

import io.nsqd.spi.Services;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A registry for the test of a {@link io.nsqd.spi.Subsystem}: what is needed is put there first. Nobody comes or goes while watched. */
public final class FakeServices implements Services {
    private final List<Entry<?>> entries = new CopyOnWriteArrayList<>();
    private final Map<String, String> properties = new ConcurrentHashMap<>();

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
        return () -> entries.remove(entry);
    }

    @Override
    public <T> Runnable watch(List<Class<? extends T>> types, Watcher<T> watcher) {
        return () -> {};
    }
}
