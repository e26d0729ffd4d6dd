package io.nsqd.websocket;

import io.nsqd.spi.SubsystemActivator;

/** Offers messages to browsers while the daemon is there, if its options say so. */
public final class Activator extends SubsystemActivator {
    /** For the framework. */
    public Activator() {
        super(new WebSocketSubsystem());
    }
}
