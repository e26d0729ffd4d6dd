package io.nsqd.statsd;

import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;

/**
 * The prefix of all names (D-10). Owned by {@code nsqd-statsd}.
 *
 * <p>The port in it is that at which HTTP is really served; while that transport is away for an update the last one known
 * stays, and before it first comes that of the option counts: the names must not change under the reader's eyes.
 */
final class StatsdPrefix {
    private final Nsqd nsqd;
    private int lastPort;

    StatsdPrefix(Nsqd nsqd) {
        this.nsqd = nsqd;
    }

    String current() {
        String prefix = nsqd.options().string(Option.STATSD_PREFIX).replace("%s", hostKey());
        return prefix.isEmpty() || prefix.endsWith(".") ? prefix : prefix + ".";
    }

    private String hostKey() {
        String host = nsqd.options().string(Option.BROADCAST_ADDRESS);
        String bracketed = host.contains(":") ? "[" + host + "]" : host;
        return (bracketed + ":" + port()).replace('.', '_').replace(':', '_');
    }

    private int port() {
        int port = nsqd.broadcastPort("http");
        if (port != 0) {
            lastPort = port;
        }
        return lastPort != 0 ? lastPort : configuredPort();
    }

    private int configuredPort() {
        String address = nsqd.options().string(Option.HTTP_ADDRESS);
        try {
            return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
        } catch (NumberFormatException e) {
            // The path of a unix socket, or no HTTP at all.
            return 0;
        }
    }
}
