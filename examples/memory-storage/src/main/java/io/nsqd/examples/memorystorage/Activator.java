package io.nsqd.examples.memorystorage;

import io.nsqd.spi.BackendQueueFactory;
import java.util.Map;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;

/** Offers the storage {@code memory}: {@code --storage=memory} picks it. */
public final class Activator implements BundleActivator {
    /** The property, of the framework or the JVM, that says how many messages a queue takes. */
    private static final String BOUND = "example.memory.messages";

    private static final int DEFAULT_BOUND = 100_000;

    @Override
    public void start(BundleContext context) {
        String bound = context.getProperty(BOUND);
        int messages = bound == null ? DEFAULT_BOUND : Integer.parseInt(bound);
        BackendQueueFactory factory = (name, listener) -> new MemoryQueue(name, messages);
        context.registerService(
                BackendQueueFactory.class,
                factory,
                FrameworkUtil.asDictionary(Map.of(BackendQueueFactory.NAME, "memory")));
    }

    @Override
    public void stop(BundleContext context) {
        // The framework takes the service away, and by that stops a daemon that uses it.
    }
}
