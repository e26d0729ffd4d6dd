package io.nsqd.spi;

import io.nsqd.log.LoggerFactory;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;

/**
 * Services of a framework, for a bundle that may stop while it is told of one: a departure is waited with until nothing uses the
 * service, which may take longer than the bundle has left. Any thread.
 */
final class References {
    private References() {}

    /** The service, or {@code null} where it, or the bundle that asks, has gone. */
    static <T> T get(BundleContext context, ServiceReference<T> reference) {
        try {
            return context.getService(reference);
        } catch (IllegalStateException e) {
            return null;
        }
    }

    /** Lets go of it; of a bundle that has stopped the framework has taken everything back. */
    static void unget(BundleContext context, ServiceReference<?> reference) {
        try {
            context.ungetService(reference);
        } catch (IllegalStateException e) {
            LoggerFactory.getLogger(References.class).debug("stopped before it could let go of a service", e);
        }
    }
}
