package io.nsqd.spi;

import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.stream.Collectors;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Filter;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.util.tracker.ServiceTracker;

/** A framework's service registry, as a bundle sees it. */
public final class FrameworkServices implements Services {
    private final BundleContext context;
    private final Map<Class<?>, Object> needed;

    /** For a bundle that needs no services. */
    public FrameworkServices(BundleContext context) {
        this(context, Map.of());
    }

    /** @param needed the services that are there and stay */
    FrameworkServices(BundleContext context, Map<Class<?>, Object> needed) {
        this.context = context;
        this.needed = needed;
    }

    @Override
    public <T> T get(Class<T> type) {
        Object service = needed.get(type);
        if (service == null) {
            throw new NoSuchElementException(type.getName() + " is not among the needed services");
        }
        return type.cast(service);
    }

    @Override
    public Optional<String> property(String name) {
        return Optional.ofNullable(context.getProperty(name));
    }

    @Override
    public <T> Runnable register(Class<T> type, T service, Map<String, ?> properties) {
        return context.registerService(type, service, FrameworkUtil.asDictionary(properties))::unregister;
    }

    @Override
    public <T> Runnable watch(List<Class<? extends T>> types, Watcher<T> watcher) {
        Tracker<T> tracker = new Tracker<>(context, filter(types), watcher);
        tracker.open();
        return tracker::close;
    }

    private static <T> Filter filter(List<Class<? extends T>> types) {
        try {
            return FrameworkUtil.createFilter(types.stream()
                    .map(type -> "(objectClass=" + type.getName() + ")")
                    .collect(Collectors.joining("", "(|", ")")));
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Turns the framework's calls into the watcher's. */
    private static final class Tracker<T> extends ServiceTracker<T, Found<T>> {
        private final Watcher<T> watcher;

        Tracker(BundleContext context, Filter filter, Watcher<T> watcher) {
            super(context, filter, null);
            this.watcher = watcher;
        }

        @Override
        public Found<T> addingService(ServiceReference<T> reference) {
            T service = References.get(context, reference);
            if (service == null) {
                return null;
            }
            Found<T> found = new Registered<>(reference, service);
            watcher.arrived(found);
            return found;
        }

        @Override
        public void modifiedService(ServiceReference<T> reference, Found<T> found) {
            watcher.changed(found);
        }

        @Override
        public void removedService(ServiceReference<T> reference, Found<T> found) {
            watcher.left(found);
            References.unget(context, reference);
        }
    }

    /** Ranked as the framework ranks references. */
    private record Registered<T>(ServiceReference<T> reference, T service) implements Found<T> {
        @Override
        public Optional<Object> property(String name) {
            return Optional.ofNullable(reference.getProperty(name));
        }

        @Override
        public String owner() {
            Bundle bundle = reference.getBundle();
            return bundle == null ? "a bundle that has stopped" : bundle.getSymbolicName();
        }

        @Override
        public int compareTo(Found<?> other) {
            return reference.compareTo(((Registered<?>) other).reference);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Registered<?> found && reference.equals(found.reference);
        }

        @Override
        public int hashCode() {
            return reference.hashCode();
        }
    }
}
