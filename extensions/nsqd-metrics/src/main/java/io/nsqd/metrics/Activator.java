package io.nsqd.metrics;

import io.nsqd.spi.SubsystemActivator;

/** Offers {@code /metrics} while the daemon is there. */
public final class Activator extends SubsystemActivator {
    /** For the framework. */
    public Activator() {
        super(new MetricsSubsystem());
    }
}
