package io.nsqd.lookup;

import io.nsqd.spi.SubsystemActivator;

/** Announces the daemon to nsqlookupd while it is there. */
public final class Activator extends SubsystemActivator {
    /** For the framework. */
    public Activator() {
        super(new LookupSubsystem());
    }

    /** An address or a certificate that cannot be used is the operator's to know at once. */
    @Override
    protected boolean failureIsFatal() {
        return true;
    }
}
