package io.nsqd.bookkeeper;

import io.nsqd.api.Nsqd;
import io.nsqd.api.Options;
import io.nsqd.spi.FrameworkServices;
import io.nsqd.spi.ServiceActivator;
import io.nsqd.spi.SubsystemActivator;
import java.util.List;
import java.util.Optional;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** Joins the cluster where the options name one, and looks after the daemon that runs on it. */
public final class Activator implements BundleActivator {
    private final Offers offers = new Offers();
    private final Peers peers = new Peers(offers);

    /** For the framework. */
    public Activator() {}

    @Override
    public void start(BundleContext context) throws Exception {
        peers.start(context);
        offers.start(context);
    }

    @Override
    public void stop(BundleContext context) throws Exception {
        // The daemon first, which others use.
        offers.stop(context);
        peers.stop(context);
    }

    /** What is done while there is a daemon. */
    private static final class Peers extends SubsystemActivator {
        Peers(Offers offers) {
            super(new ClusterSubsystem(() -> Optional.ofNullable(offers.node)));
        }
    }

    /** What a daemon needs before there is one. */
    private static final class Offers extends ServiceActivator {
        private volatile ClusterNode node;

        Offers() {
            super("bookkeeper-offers");
        }

        @Override
        protected List<String> needs(BundleContext context) {
            return List.of(
                    "(&(objectClass=" + Options.class.getName() + ")(" + Nsqd.NAME + "=" + Nsqd.DEFAULT_NAME + "))");
        }

        @Override
        protected AutoCloseable attach(BundleContext context, Object[] services) throws Exception {
            Options options = (Options) services[0];
            if (!ClusterSettings.areMeant(options)) {
                return () -> {};
            }
            ClusterNode joined =
                    new ClusterNode(ClusterSettings.of(options), new FrameworkServices(context, Nsqd.DEFAULT_NAME));
            node = joined;
            return () -> {
                joined.close();
                node = null;
            };
        }

        @Override
        protected void fail(Object[] services, String what, Throwable failure) {
            // It is logged, and what waits for the services goes on waiting.
        }

        /** The daemon takes what it takes to let go. */
        @Override
        protected long detachSeconds() {
            return 0;
        }
    }
}
