package io.nsqd.lookup;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;

/** Reads addresses as the option {@code lookupd-tcp-address} gives them: {@code host:port}, {@code [ipv6]:port}. */
final class PeerAddress {
    private static final int MAX_PORT = 65_535;

    private PeerAddress() {}

    /**
     * Asks the name service. May block.
     *
     * @return one or more socket addresses
     * @throws IOException when the text is no address, or the name is unknown
     */
    static List<InetSocketAddress> resolve(String address) throws IOException {
        int colon = address.lastIndexOf(':');
        if (colon < 0) {
            throw new IOException("address " + address + ": missing port in address");
        }
        int port = port(address, address.substring(colon + 1));
        InetAddress[] hosts = InetAddress.getAllByName(host(address, address.substring(0, colon)));
        return Arrays.stream(hosts)
                .map(host -> new InetSocketAddress(host, port))
                .toList();
    }

    /** The host alone; an empty one means this machine, as for the name service. */
    private static String host(String address, String host) throws IOException {
        if (host.startsWith("[") && host.endsWith("]")) {
            return host.substring(1, host.length() - 1);
        }
        if (host.contains(":")) {
            throw new IOException("address " + address + ": too many colons in address");
        }
        return host;
    }

    private static int port(String address, String digits) throws IOException {
        try {
            int port = Integer.parseInt(digits);
            if (port > 0 && port <= MAX_PORT) {
                return port;
            }
        } catch (NumberFormatException e) {
            throw new IOException("address " + address + ": invalid port", e);
        }
        throw new IOException("address " + address + ": invalid port");
    }
}
