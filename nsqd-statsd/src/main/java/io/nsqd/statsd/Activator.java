package io.nsqd.statsd;

import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.spi.NsqdActivator;
import org.osgi.framework.BundleContext;

/** Pushes figures to a statsd daemon, if one is configured, while the daemon is there. */
public final class Activator extends NsqdActivator {
    /** For the framework. */
    public Activator() {
        super("statsd");
    }

    @Override
    protected AutoCloseable attach(BundleContext context, Nsqd nsqd) {
        if (nsqd.options().string(Option.STATSD_ADDRESS).isEmpty()) {
            return () -> {};
        }
        StatsdLoop loop = new StatsdLoop(nsqd);
        loop.start();
        return loop;
    }

    /** An address or a certificate that cannot be used is the operator's to know at once. */
    @Override
    protected boolean failureIsFatal() {
        return true;
    }
}
