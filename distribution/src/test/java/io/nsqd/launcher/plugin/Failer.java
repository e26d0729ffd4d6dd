package io.nsqd.launcher.plugin;

import java.util.function.Consumer;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

/** A plug-in for tests: tells the launcher that the daemon cannot go on, twice, while it is being started. */
public final class Failer implements BundleActivator {
    @Override
    @SuppressWarnings({"rawtypes", "unchecked"})
    public void start(BundleContext context) throws InvalidSyntaxException {
        for (ServiceReference<Consumer> reference : context.getServiceReferences(Consumer.class, "(nsqd.role=fatal)")) {
            context.getService(reference).accept("listener.Accept() error - closed");
            context.getService(reference).accept("another");
        }
    }

    @Override
    public void stop(BundleContext context) {}
}
