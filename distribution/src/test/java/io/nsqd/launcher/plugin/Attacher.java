package io.nsqd.launcher.plugin;

import io.nsqd.api.Nsqd;
import io.nsqd.spi.NsqdActivator;
import java.util.concurrent.locks.LockSupport;
import org.osgi.framework.BundleContext;

/** A plug-in for tests: throws or blocks, as the header {@code Trouble} says, when the daemon comes. */
public final class Attacher extends NsqdActivator {
    /** For the framework. */
    public Attacher() {
        super("attacher");
    }

    @Override
    protected AutoCloseable attach(BundleContext context, Nsqd nsqd) {
        while ("blocks".equals(context.getBundle().getHeaders().get("Trouble"))) {
            LockSupport.park();
        }
        throw new AssertionError("trouble");
    }
}
