package io.nsqd.launcher.plugin;

import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** A plug-in for tests: fails to start. */
public final class Quitter implements BundleActivator {
    @Override
    public void start(BundleContext context) {
        throw new IllegalStateException("no, thanks");
    }

    @Override
    public void stop(BundleContext context) {}
}
