package io.nsqd.console;

import io.nsqd.spi.SubsystemActivator;
import org.osgi.framework.FrameworkUtil;

/** Offers {@code /console/} while the daemon is there, if its options say so. */
public final class Activator extends SubsystemActivator {
    /** For the framework. */
    public Activator() {
        super(new ConsoleSubsystem((services, audit) ->
                new FrameworkBundles(FrameworkUtil.getBundle(Activator.class), new BackgroundChange(audit))));
    }
}
