package io.nsqd.examples.texttransport;

import io.nsqd.spi.SubsystemActivator;

/** Serves lines of text while the daemon is there. */
public final class Activator extends SubsystemActivator {
    /** For the framework. */
    public Activator() {
        super(new TextSubsystem());
    }
}
