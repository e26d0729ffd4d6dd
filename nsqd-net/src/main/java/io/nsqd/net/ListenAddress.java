package io.nsqd.net;

import io.nsqd.api.Addresses;
import io.nsqd.api.Errors;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/**
 * A listen address as the flags give it (O-32, O-33, H-93).
 *
 * @param text as given
 * @param path the path of a unix socket, empty for TCP
 * @param host empty for every interface
 * @param port 0 for any free one
 */
record ListenAddress(String text, String path, String host, int port) {
    /** How the native transport begins what the operating system says. */
    private static final Pattern CALL = Pattern.compile("^.* failed with error\\(-?\\d+\\): ");

    /**
     * Reads an address. What has exactly one colon behind its last {@code ]} is a host and a port, the rest a path.
     *
     * @throws IOException when the port is none
     */
    static ListenAddress parse(String text) throws IOException {
        String tail = text.substring(text.lastIndexOf(']') + 1);
        int colon = tail.indexOf(':');
        if (colon < 0 || colon != tail.lastIndexOf(':')) {
            return new ListenAddress(text, text, "", -1);
        }
        int split = text.lastIndexOf(':');
        String host = text.substring(0, split);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        return new ListenAddress(text, "", host, port(text.substring(split + 1), text));
    }

    private static int port(String digits, String address) throws IOException {
        if (digits.isEmpty()) {
            return 0;
        }
        try {
            int port = Integer.parseInt(digits);
            if (port >= 0 && port <= 65535) {
                return port;
            }
        } catch (NumberFormatException e) {
            throw failure(address, "listen tcp: address tcp/" + digits + ": unknown port", e);
        }
        throw failure(address, "listen tcp: address " + digits + ": invalid port", null);
    }

    boolean isUnix() {
        return !path.isEmpty();
    }

    /**
     * Where to bind. All interfaces means IPv4 and IPv6, also when the IPv4 wildcard was given.
     *
     * @throws IOException when the host is unknown
     */
    InetSocketAddress socketAddress() throws IOException {
        if (host.isEmpty()) {
            return new InetSocketAddress(port);
        }
        try {
            InetAddress address = InetAddress.getByName(host);
            return address.isAnyLocalAddress() ? new InetSocketAddress(port) : new InetSocketAddress(address, port);
        } catch (UnknownHostException e) {
            throw failure(text, "listen tcp: lookup " + host + ": no such host", e);
        }
    }

    /** The failure of binding here, in the words that O-25 has for it. */
    IOException bindFailure(Throwable cause) {
        String message = String.valueOf(cause.getMessage());
        String reason;
        if (message.contains("in use")) {
            reason = "address already in use";
        } else if (message.contains("ermission denied")) {
            reason = "permission denied";
        } else if (message.contains("annot assign requested address")) {
            reason = "cannot assign requested address";
        } else {
            reason = Errors.describe(new IOException(CALL.matcher(message).replaceFirst(""), cause));
        }
        return failure(text, "listen " + (isUnix() ? "unix " : "tcp ") + asked() + ": bind: " + reason, cause);
    }

    /** The address that the operating system was asked for: of a name what it stands for. */
    private String asked() {
        if (isUnix() || host.isEmpty()) {
            return text;
        }
        try {
            InetAddress address = InetAddress.getByName(host);
            return address.isAnyLocalAddress()
                    ? Addresses.withPort("0.0.0.0", port)
                    : Addresses.of(new InetSocketAddress(address, port));
        } catch (UnknownHostException e) {
            return text;
        }
    }

    private static IOException failure(String address, String what, Throwable cause) {
        return new IOException("failed to instantiate nsqd - listen (" + address + ") failed - " + what, cause);
    }
}
