package io.nsqd.tcp;

import io.nsqd.spi.SubsystemActivator;

/** Serves TCP clients while the daemon is there. */
public final class Activator extends SubsystemActivator {
    /** For the framework. */
    public Activator() {
        super(new TcpSubsystem());
    }

    /** An address or a certificate that cannot be used is the operator's to know at once. */
    @Override
    protected boolean failureIsFatal() {
        return true;
    }
}
