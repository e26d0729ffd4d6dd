package io.nsqd.shell;

import io.nsqd.api.Nsqd;
import io.nsqd.spi.NsqdListener;
import io.nsqd.spi.Services;
import io.nsqd.spi.Subsystem;
import javax.management.JMException;

/** Shows a daemon to JMX while it is there: itself, its topics and its channels; see {@link NsqdMXBean}. */
public final class JmxSubsystem implements Subsystem {
    /** For the service loader; in a framework the activator makes one. */
    public JmxSubsystem() {}

    @Override
    public String name() {
        return "jmx";
    }

    @Override
    public AutoCloseable start(Services services) throws JMException {
        return start(services, new News());
    }

    /** @param news what its MBean tells who listens to it */
    AutoCloseable start(Services services, News news) throws JMException {
        Nsqd nsqd = services.get(Nsqd.class);
        AutoCloseable bean = NsqdBean.register(nsqd, news);
        Beans beans = new Beans(nsqd, news);
        // First, so that nothing is made between the list and the news.
        Runnable forget = services.register(NsqdListener.class, beans);
        beans.registerAll();
        return () -> {
            forget.run();
            try (bean) {
                beans.close();
            }
        };
    }
}
