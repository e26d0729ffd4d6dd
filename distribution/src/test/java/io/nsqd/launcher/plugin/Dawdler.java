package io.nsqd.launcher.plugin;

import java.util.concurrent.TimeUnit;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.slf4j.LoggerFactory;

/** A plug-in for tests: takes three seconds to stop. */
public final class Dawdler implements BundleActivator {
    @Override
    public void start(BundleContext context) {}

    @Override
    public void stop(BundleContext context) throws InterruptedException {
        LoggerFactory.getLogger(Dawdler.class).info("DAWDLER: stopping");
        TimeUnit.SECONDS.sleep(3);
    }
}
