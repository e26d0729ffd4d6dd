package io.nsqd.launcher.plugin;

import io.nsqd.spi.NsqdListener;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A plug-in for tests: says in the log what it hears. */
public final class Gossip implements BundleActivator, NsqdListener {
    private static final Logger LOG = LoggerFactory.getLogger(Gossip.class);

    @Override
    public void start(BundleContext context) {
        context.registerService(NsqdListener.class, this, null);
    }

    @Override
    public void stop(BundleContext context) {
        // The framework takes the service away.
    }

    @Override
    public void topicCreated(String topic) {
        LOG.info("GOSSIP: there is a topic {}", topic);
    }
}
