package io.nsqd.bookkeeper;

import io.nsqd.api.Nsqd;
import io.nsqd.api.Options;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.FrameworkServices;
import io.nsqd.spi.ServiceActivator;
import io.nsqd.spi.SubsystemActivator;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;

/** Joins the cluster where the options name one, and looks after the daemon that runs on it. */
public final class Activator implements BundleActivator {
    private static final Logger LOG = LoggerFactory.getLogger(Activator.class);

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
            ClusterNode joined = new ClusterNode(
                    ClusterSettings.of(options), new FrameworkServices(context, Nsqd.DEFAULT_NAME), Offers::end);
            node = joined;
            return () -> {
                joined.close();
                node = null;
            };
        }

        /** Nobody means to have the daemon wait for ever. */
        @Override
        protected boolean failureIsFatal() {
            return true;
        }

        @Override
        protected void fail(Object[] services, String what, Throwable failure) {
            if (!end(what)) {
                LOG.error("CLUSTER: {}", what, failure instanceof IOException ? null : failure);
            }
        }

        private static boolean end(String why) {
            return tellLauncher(FrameworkUtil.getBundle(Activator.class).getBundleContext(), "fatal", why);
        }

        /** The daemon takes what it takes to let go. */
        @Override
        protected long detachSeconds() {
            return 0;
        }
    }
}
