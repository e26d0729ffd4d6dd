package io.nsqd.launcher.plugin;

import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A plug-in for tests: says in the log that it starts and stops. */
public final class Greeter implements BundleActivator {
    private static final Logger LOG = LoggerFactory.getLogger(Greeter.class);

    @Override
    public void start(BundleContext context) {
        LOG.info("GREETER: hello from {}", context.getBundle().getVersion());
    }

    @Override
    public void stop(BundleContext context) {
        LOG.info("GREETER: goodbye from {}", context.getBundle().getVersion());
    }
}
