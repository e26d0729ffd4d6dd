package io.nsqd.tcp;

import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.api.TlsRequired;
import io.nsqd.spi.Authentication;

/**
 * What the options allow clients; they do not change while the daemon runs, save that an authenticator may come.
 *
 * @param maxMessageBytes the biggest message
 * @param maxBodyBytes the biggest body of MPUB, IDENTIFY and AUTH
 * @param maxReadyCount the highest RDY
 * @param maxRequeueNanos the longest delay of REQ
 * @param maxDeferNanos the longest delay of DPUB
 * @param messageTimeoutMillis the default message time-out
 * @param maxMessageTimeoutMillis the longest that a client may ask for
 * @param maxHeartbeatMillis the longest heartbeat interval that a client may ask for
 * @param outputBufferTimeoutMillis the default
 * @param minOutputBufferTimeoutMillis the shortest that a client may ask for
 * @param maxOutputBufferTimeoutMillis the longest that a client may ask for
 * @param maxOutputBufferBytes the biggest output buffer that a client may ask for
 * @param maxDeflateLevel the highest level that a client may ask for
 * @param deflate whether clients may ask for deflate
 * @param snappy whether clients may ask for snappy
 * @param tlsRequired whether clients must use TLS
 * @param authentication whether clients must authenticate, and who is asked about them
 */
record Limits(
        long maxMessageBytes,
        long maxBodyBytes,
        long maxReadyCount,
        long maxRequeueNanos,
        long maxDeferNanos,
        long messageTimeoutMillis,
        long maxMessageTimeoutMillis,
        long maxHeartbeatMillis,
        long outputBufferTimeoutMillis,
        long minOutputBufferTimeoutMillis,
        long maxOutputBufferTimeoutMillis,
        long maxOutputBufferBytes,
        int maxDeflateLevel,
        boolean deflate,
        boolean snappy,
        boolean tlsRequired,
        Authentication authentication) {

    /** Heartbeats come this often unless the client asks otherwise: half of the fixed client time-out (O-1). */
    static final long DEFAULT_HEARTBEAT_MILLIS = 30_000;

    /** The output buffer unless the client asks otherwise. */
    static final int DEFAULT_OUTPUT_BUFFER_BYTES = 16 * 1024;

    /** The longest command line, the newline included (P-13). */
    static final int MAX_LINE_BYTES = 16 * 1024;

    static Limits of(Options options, Authentication authentication) {
        return new Limits(
                options.integer(Option.MAX_MSG_SIZE),
                options.integer(Option.MAX_BODY_SIZE),
                options.integer(Option.MAX_RDY_COUNT),
                options.nanos(Option.MAX_REQ_TIMEOUT),
                options.maxDeferNanos(),
                options.millis(Option.MSG_TIMEOUT),
                options.millis(Option.MAX_MSG_TIMEOUT),
                options.millis(Option.MAX_HEARTBEAT_INTERVAL),
                options.millis(Option.OUTPUT_BUFFER_TIMEOUT),
                options.millis(Option.MIN_OUTPUT_BUFFER_TIMEOUT),
                options.millis(Option.MAX_OUTPUT_BUFFER_TIMEOUT),
                options.integer(Option.MAX_OUTPUT_BUFFER_SIZE),
                (int) options.integer(Option.MAX_DEFLATE_LEVEL),
                options.flag(Option.DEFLATE),
                options.flag(Option.SNAPPY),
                options.tlsRequired() != TlsRequired.FALSE,
                authentication);
    }

    /** Whether clients must authenticate now. */
    boolean authRequired() {
        return authentication.isRequired();
    }

    /** The most messages that an MPUB of the biggest body can have (P-67). */
    long maxMessageCount() {
        return (maxBodyBytes - 4) / 5;
    }
}
