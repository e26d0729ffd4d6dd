package io.nsqd.bench;

import java.net.InetSocketAddress;

/** Where a server listens: {@code HOST:PORT}, an IPv6 address in brackets. */
record Address(String host, int port) {
    private static final int MAX_PORT = 65_535;

    /** Reads one; a missing host is this machine, as in {@code :4150}. */
    static Address parse(String text) throws BenchException {
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? text : text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.contains(":")) {
            throw BenchException.usage("invalid address " + text + ": an IPv6 address must be in brackets");
        }
        int port;
        try {
            port = Integer.parseInt(text.substring(colon + 1));
        } catch (NumberFormatException e) {
            port = -1;
        }
        if (colon < 0 || port < 1 || port > MAX_PORT) {
            throw BenchException.usage("invalid address " + text + ": HOST:PORT is wanted");
        }
        return new Address(host.isEmpty() ? "127.0.0.1" : host, port);
    }

    InetSocketAddress resolve() {
        return new InetSocketAddress(host, port);
    }

    @Override
    public String toString() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
