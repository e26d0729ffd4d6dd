package io.nsqd.http;

import io.nsqd.api.Addresses;
import io.nsqd.api.GoDuration;
import io.nsqd.api.Printable;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import java.net.SocketAddress;

/** The line that a request leaves in the log (H-30). */
final class RequestLog {
    private static final Logger LOG = LoggerFactory.getLogger(RequestLog.class);

    private RequestLog() {}

    static void write(Exchange exchange, int status, SocketAddress remote) {
        if (LOG.isInfoEnabled()) {
            Request request = exchange.request();
            String elapsed = GoDuration.toString(System.nanoTime() - exchange.startNanos());
            String asked = Printable.of(request.method() + " " + request.uri());
            LOG.info("{} {} ({}) {}", status, asked, Addresses.of(remote), elapsed);
        }
    }
}
