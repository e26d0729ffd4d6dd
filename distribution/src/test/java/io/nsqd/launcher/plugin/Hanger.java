package io.nsqd.launcher.plugin;

import java.util.concurrent.locks.LockSupport;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** A plug-in for tests: does not come back from its start or its stop, as the header {@code Trouble} says. */
public final class Hanger implements BundleActivator {
    @Override
    public void start(BundleContext context) {
        hang(context, "start");
    }

    @Override
    public void stop(BundleContext context) {
        hang(context, "stop");
    }

    private static void hang(BundleContext context, String where) {
        while (where.equals(context.getBundle().getHeaders().get("Trouble"))) {
            LockSupport.park();
        }
    }
}
