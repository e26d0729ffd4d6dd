package io.nsqd.lookup;

import io.nsqd.api.Nsqd;
import io.nsqd.spi.ChannelDirectory;
import io.nsqd.spi.NsqdActivator;
import io.nsqd.spi.NsqdListener;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;

/** Announces the daemon to nsqlookupd while it is there. */
public final class Activator extends NsqdActivator {
    /** For the framework. */
    public Activator() {
        super("lookup");
    }

    @Override
    protected AutoCloseable attach(BundleContext context, Nsqd nsqd) throws Exception {
        Workers workers = new Workers();
        LookupLoop loop = new LookupLoop(nsqd, workers.executor(), Timing.STANDARD);
        LookupChannels channels = new LookupChannels(nsqd, loop, workers.executor());
        // Before the loop starts: what happens after it has listed the topics is reported.
        ServiceRegistration<?> listener = context.registerService(NsqdListener.class, loop, null);
        ServiceRegistration<?> directory = context.registerService(ChannelDirectory.class, channels, null);
        loop.start();
        return () -> {
            directory.unregister();
            listener.unregister();
            loop.close();
            channels.close();
            workers.close();
        };
    }

    /** An address or a certificate that cannot be used is the operator's to know at once. */
    @Override
    protected boolean failureIsFatal() {
        return true;
    }
}
