package io.nsqd.tcp;

import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import java.util.concurrent.TimeUnit;

/**
 * How many lines a connection may cause by mistakes that do not end it. Compressed, a few hundred kilobytes stand for
 * millions of such mistakes, and the log must not be what suffers. Confined to the connection's loop.
 */
final class LogQuota {
    private static final Logger LOG = LoggerFactory.getLogger(LogQuota.class);

    /** Far more than a client makes that has a fault, and little for a disk. */
    private static final int LINES_PER_SECOND = 100;

    private final String remoteAddress;
    private long since;
    private int lines;
    private long suppressed;

    LogQuota(String remoteAddress, long now) {
        this.remoteAddress = remoteAddress;
        since = now;
    }

    /** Whether one more line may be written; how many were not is told when the next one may. */
    boolean allows(long now) {
        if (now - since >= TimeUnit.SECONDS.toNanos(1)) {
            since = now;
            lines = 0;
            tellSuppressed();
        }
        if (lines < LINES_PER_SECOND) {
            lines++;
            return true;
        }
        suppressed++;
        return false;
    }

    /** Says how many lines were not written, if any. */
    void tellSuppressed() {
        if (suppressed > 0) {
            LOG.error("[{}] - {} more failures of FIN, REQ and TOUCH", remoteAddress, suppressed);
            suppressed = 0;
        }
    }
}
