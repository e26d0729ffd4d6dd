package io.nsqd.api;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;

/**
 * Addresses as the Go daemon writes them, and so everybody who reads them: {@code 127.0.0.1:4150}, {@code [::1]:4150},
 * {@code [fe80::1%eth0]:4150}. IPv6 is in its short form (RFC 5952), which Java's own is not.
 */
public final class Addresses {
    /** The address of a client that comes over a unix socket. */
    public static final String UNIX = "@";

    private static final int GROUPS = 8;

    private Addresses() {}

    /** An address with its port; {@value #UNIX} where there are no ports. */
    public static String of(SocketAddress address) {
        if (!(address instanceof InetSocketAddress inet)) {
            return UNIX;
        }
        InetAddress ip = inet.getAddress();
        return withPort(ip == null ? inet.getHostString() : ip(ip), inet.getPort());
    }

    /**
     * A host with a port.
     *
     * @param host an address or a name; what has colons is put in brackets
     */
    public static String withPort(String host, int port) {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }

    /** An address without a port: {@code ::1}, and with its zone {@code fe80::1%eth0}. */
    public static String ip(InetAddress address) {
        if (!(address instanceof Inet6Address inet6)) {
            return address.getHostAddress();
        }
        byte[] bytes = inet6.getAddress();
        return (isMapped(bytes) ? dotted(bytes) : groups(bytes)) + zone(inet6);
    }

    /** Whether it is one of IPv4 in the clothes of IPv6. */
    private static boolean isMapped(byte[] bytes) {
        for (int i = 0; i < 10; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return bytes[10] == -1 && bytes[11] == -1;
    }

    private static String dotted(byte[] bytes) {
        return (bytes[12] & 0xff) + "." + (bytes[13] & 0xff) + "." + (bytes[14] & 0xff) + "." + (bytes[15] & 0xff);
    }

    private static String groups(byte[] bytes) {
        int[] groups = new int[GROUPS];
        for (int i = 0; i < GROUPS; i++) {
            groups[i] = (bytes[2 * i] & 0xff) << 8 | bytes[2 * i + 1] & 0xff;
        }
        // The longest run of zeros, of equals the first; a single zero is written out.
        int begin = -1;
        int end = -1;
        for (int i = 0; i < GROUPS; i++) {
            int j = i;
            while (j < GROUPS && groups[j] == 0) {
                j++;
            }
            if (j - i > Math.max(1, end - begin)) {
                begin = i;
                end = j;
            }
            i = Math.max(i, j - 1);
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < GROUPS; i++) {
            if (i == begin) {
                text.append("::");
                i = end - 1;
            } else {
                text.append(i == 0 || i == end ? "" : ":").append(Integer.toHexString(groups[i]));
            }
        }
        return text.toString();
    }

    /** The interface, by name where it has one, else by number. */
    private static String zone(Inet6Address address) {
        if (address.getScopedInterface() != null) {
            return "%" + address.getScopedInterface().getName();
        }
        int number = address.getScopeId();
        if (number == 0) {
            return "";
        }
        try {
            NetworkInterface named = NetworkInterface.getByIndex(number);
            return "%" + (named == null ? Integer.toString(number) : named.getName());
        } catch (SocketException e) {
            return "%" + number;
        }
    }
}
