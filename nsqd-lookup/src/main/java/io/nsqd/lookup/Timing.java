package io.nsqd.lookup;

import java.time.Duration;

/**
 * The times that the loop and its peers go by.
 *
 * @param io limit of a connect, and of the wait for each piece read or written (L-5)
 * @param heartbeat time between two PINGs (L-15)
 * @param portsWait how long a peer waits for the daemon's ports to be known before it connects without (L-16)
 * @param firstRetry pause before the first try to connect again; each further one is twice as long
 * @param lastRetry the longest such pause
 */
record Timing(Duration io, Duration heartbeat, Duration portsWait, Duration firstRetry, Duration lastRetry) {
    static final Timing STANDARD = new Timing(
            Duration.ofSeconds(1),
            Duration.ofSeconds(15),
            Duration.ofSeconds(2),
            Duration.ofMillis(100),
            Duration.ofSeconds(15));
}
