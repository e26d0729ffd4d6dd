package io.nsqd.spi;

import io.nsqd.api.Nsqd;
import io.nsqd.stats.PluginStats;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Filter;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.util.tracker.ServiceTracker;

/**
 * A framework's service registry, as a bundle sees it that serves one daemon: what it registers is that daemon's ({@link Nsqd#NAME}),
 * and what belongs to other daemons it does not see.
 */
public final class FrameworkServices implements Services {
    private final BundleContext context;
    private final Map<Class<?>, Object> needed;

    /** The daemon's name; empty for what serves all of them. */
    private final String daemon;

    /** What was registered or is watched: takes it back. */
    private final Set<Runnable> open = ConcurrentHashMap.newKeySet();

    /** For what serves all daemons. */
    public FrameworkServices(BundleContext context) {
        this(context, "", Map.of());
    }

    /** @param daemon the name of the one that is served */
    public FrameworkServices(BundleContext context, String daemon) {
        this(context, daemon, Map.of());
    }

    /** @param needed the services that are there and stay */
    FrameworkServices(BundleContext context, String daemon, Map<Class<?>, Object> needed) {
        this.context = context;
        this.daemon = daemon;
        this.needed = needed;
    }

    /** Matches the services that are a daemon's, or everybody's. */
    static String visible(String filter, String daemon) {
        return "(&" + filter + "(|(!(" + Nsqd.NAME + "=*))(" + Nsqd.NAME + "=" + escaped(daemon) + ")))";
    }

    /** A value in a filter. */
    static String escaped(String value) {
        return value.replaceAll("[()*\\\\]", "\\\\$0");
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
        Map<String, Object> all = new HashMap<>(properties);
        if (!daemon.isEmpty()) {
            all.putIfAbsent(Nsqd.NAME, daemon);
        }
        return once(context.registerService(type, service, FrameworkUtil.asDictionary(all))::unregister);
    }

    @Override
    public <T> Runnable watch(List<Class<? extends T>> types, Watcher<T> watcher) {
        Tracker<T> tracker = new Tracker<>(context, filter(types, daemon), watcher);
        tracker.open();
        return once(tracker::close);
    }

    /** Takes something back, once. */
    private Runnable once(Runnable takesBack) {
        AtomicBoolean done = new AtomicBoolean();
        Runnable once = new Runnable() {
            @Override
            public void run() {
                open.remove(this);
                if (done.compareAndSet(false, true)) {
                    takesBack.run();
                }
            }
        };
        open.add(once);
        return once;
    }

    /** Takes back whatever was registered, or is watched, and has not been taken back: of somebody who has failed half-way. */
    void takeBack() {
        for (Runnable takesBack : open) {
            try {
                takesBack.run();
            } catch (IllegalStateException e) {
                // The bundle has stopped, and the framework has done so.
            }
        }
    }

    @Override
    public List<PluginStats> plugins() {
        return InstalledBundles.list(context);
    }

    private static <T> Filter filter(List<Class<? extends T>> types, String daemon) {
        String ofTypes = types.stream()
                .map(type -> "(objectClass=" + type.getName() + ")")
                .collect(Collectors.joining("", "(|", ")"));
        try {
            return FrameworkUtil.createFilter(daemon.isEmpty() ? ofTypes : visible(ofTypes, daemon));
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
