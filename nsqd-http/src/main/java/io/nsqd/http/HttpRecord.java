package io.nsqd.http;

import io.nsqd.net.ConnectionRecord;
import java.util.Map;
import java.util.Optional;

/**
 * What a connection's next transport has to know of it, beside what stays with the connection, such as TLS. Of HTTP itself that is
 * nothing: between two requests all connections are alike, and who a client is each request says anew.
 *
 * @param protocol {@code http} or {@code https}
 * @param daemon the name of the daemon that answered it
 * @param silent whether nothing has come yet that shows if the client speaks TLS, where it should
 */
record HttpRecord(String protocol, String daemon, boolean silent) {
    /** Raised when a value changes its meaning. */
    private static final int VERSION = 1;

    /** Raised when a reader that does not know of such a change would go wrong. */
    private static final int READABLE_SINCE = 1;

    private static final int OLDEST = 1;

    /**
     * Nothing when it is of a transport that means something else by it.
     *
     * @param protocol that of the reader
     */
    static Optional<HttpRecord> read(ConnectionRecord record, String protocol) {
        return record.isReadableBy(protocol, OLDEST, VERSION)
                ? Optional.of(new HttpRecord(
                        protocol, record.get("daemon", String.class, ""), record.get("silent", Boolean.class, false)))
                : Optional.empty();
    }

    /** As it is left to the next transport. */
    ConnectionRecord toRecord() {
        return new ConnectionRecord(protocol, VERSION, READABLE_SINCE, Map.of("daemon", daemon, "silent", silent));
    }
}
