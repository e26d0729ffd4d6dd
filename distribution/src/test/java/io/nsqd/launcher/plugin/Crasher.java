package io.nsqd.launcher.plugin;

import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** A plug-in for tests: does not start, and says why. */
public final class Crasher implements BundleActivator {
    @Override
    public void start(BundleContext context) {
        throw new IllegalStateException("the reason");
    }

    @Override
    public void stop(BundleContext context) {
        // It never runs.
    }
}
