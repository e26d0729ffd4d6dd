package io.nsqd.http;

import io.nsqd.spi.SubsystemActivator;

/** Serves HTTP while there is a daemon to serve. */
public final class Activator extends SubsystemActivator {
    /** For the framework. */
    public Activator() {
        super(new HttpSubsystem());
    }

    /** An address or a certificate that cannot be used is the operator's to know at once. */
    @Override
    protected boolean failureIsFatal() {
        return true;
    }
}
