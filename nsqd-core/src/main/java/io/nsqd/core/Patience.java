package io.nsqd.core;

import java.util.concurrent.TimeUnit;

/** Waiting that an interrupt does not break off: whoever is in a hurry has more to lose than time. */
final class Patience {
    /** For what is waited for however long it takes. */
    static final long ENDLESS = Long.MAX_VALUE;

    private Patience() {}

    /** Something that can be waited for. */
    @FunctionalInterface
    interface Event {
        /** Waits, and tells whether it has happened. */
        boolean await(long time, TimeUnit unit) throws InterruptedException;
    }

    /**
     * Waits for an event; a thread that was interrupted meanwhile is so afterwards.
     *
     * @param seconds how long, or {@link #ENDLESS}
     * @return whether it has happened
     */
    static boolean await(Event event, long seconds) {
        long patience = seconds == ENDLESS ? ENDLESS : TimeUnit.SECONDS.toNanos(seconds);
        long begun = System.nanoTime();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return event.await(patience - (System.nanoTime() - begun), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
