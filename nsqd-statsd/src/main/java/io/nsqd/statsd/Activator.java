package io.nsqd.statsd;

import io.nsqd.spi.SubsystemActivator;

/** Pushes figures to a statsd daemon, if one is configured, while the daemon is there. */
public final class Activator extends SubsystemActivator {
    /** For the framework. */
    public Activator() {
        super(new StatsdSubsystem());
    }

    /** An address or a certificate that cannot be used is the operator's to know at once. */
    @Override
    protected boolean failureIsFatal() {
        return true;
    }
}
