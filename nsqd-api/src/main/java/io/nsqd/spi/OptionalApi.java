package io.nsqd.spi;

import io.nsqd.api.Errors;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.BundleListener;
import org.osgi.framework.FrameworkUtil;

/**
 * An API that a bundle can use where the container has it, such as that of a shell or of health checks: what it offers there begins
 * when a bundle brings the API and ends when that bundle goes, without anybody being refreshed. The bundle has the API's packages in
 * {@code DynamicImport-Package}, and touches the classes that use them only in {@code offer}: what the virtual machine has once failed
 * to link it never links.
 *
 * <p>Called on the framework's thread for bundle events, and first on that of who begins to watch.
 */
public final class OptionalApi implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OptionalApi.class);

    private final BundleContext context;
    private final Class<?> user;
    private final String type;
    private final Callable<AutoCloseable> offer;
    private final BundleListener listener = this::bundleChanged;

    /** What is offered calls the framework, and that others. */
    private final Turns turns = new Turns();

    /** Changed in turn, as is what follows. */
    private volatile Optional<AutoCloseable> offered = Optional.empty();

    /** Who brought the API. */
    private Optional<Bundle> provider = Optional.empty();

    private boolean closed;

    private OptionalApi(BundleContext context, Class<?> user, String type, Callable<AutoCloseable> offer) {
        this.context = context;
        this.user = user;
        this.type = type;
        this.offer = offer;
    }

    /**
     * Offers something while an API is there.
     *
     * @param user a class of the bundle that uses it
     * @param type the name of a class of the API
     * @param offer begins, and returns what ends it; what it throws is logged
     * @return to be closed when the bundle stops
     */
    public static OptionalApi watch(BundleContext context, Class<?> user, String type, Callable<AutoCloseable> offer) {
        OptionalApi api = new OptionalApi(context, user, type, offer);
        context.addBundleListener(api.listener);
        api.turns.now(api::look);
        return api;
    }

    private void bundleChanged(BundleEvent event) {
        switch (event.getType()) {
            case BundleEvent.RESOLVED, BundleEvent.STARTED -> turns.later(this::look);
            case BundleEvent.UNRESOLVED, BundleEvent.UNINSTALLED -> turns.later(() -> left(event.getBundle()));
            default -> {
                // A bundle's classes are there whether or not it runs.
            }
        }
    }

    private void look() {
        if (closed || offered.isPresent()) {
            return;
        }
        Class<?> api;
        try {
            api = Class.forName(type, false, user.getClassLoader());
        } catch (ClassNotFoundException | LinkageError e) {
            return;
        }
        Bundle bringing = FrameworkUtil.getBundle(api);
        if (bringing != null && bringing.getState() < Bundle.RESOLVED) {
            // Of one that has gone, and is remembered until this bundle is resolved anew.
            return;
        }
        try {
            offered = Optional.of(offer.call());
            provider = Optional.ofNullable(bringing);
        } catch (Exception | LinkageError e) {
            LOG.warn("{} is there and cannot be used - {}", type, Errors.describe(e), e);
        }
    }

    /** Whether the API is there and used. */
    public boolean isUsed() {
        return offered.isPresent();
    }

    private void left(Bundle bundle) {
        if (provider.filter(bundle::equals).isPresent()) {
            end();
        }
    }

    private void end() {
        Optional<AutoCloseable> ending = offered;
        offered = Optional.empty();
        provider = Optional.empty();
        if (ending.isPresent()) {
            try {
                ending.get().close();
            } catch (Exception | LinkageError e) {
                LOG.debug("{} has gone - {}", type, Errors.describe(e));
            }
        }
    }

    @Override
    public void close() {
        context.removeBundleListener(listener);
        turns.now(() -> {
            closed = true;
            end();
        });
    }
}
