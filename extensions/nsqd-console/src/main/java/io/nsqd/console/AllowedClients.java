package io.nsqd.console;

import io.nsqd.api.NsqdException;
import io.nsqd.api.Reason;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * What {@code --console-allow} names: addresses and networks whose clients may use the console where nobody need log in, and names by which
 * browsers may call the daemon. Immutable; any thread. No name is ever looked up.
 */
final class AllowedClients {
    private static final Pattern LITERAL_V4 = Pattern.compile("\\d{1,3}(?:\\.\\d{1,3}){3}");
    private static final Pattern LITERAL_V6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
    private static final Pattern HOST = Pattern.compile("[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?");

    private final boolean all;
    private final List<Network> networks;
    private final Set<String> hosts;

    /** So many leading bits of an address. */
    private static final class Network {
        private final byte[] address;
        private final int bits;

        Network(byte[] address, int bits) {
            this.address = address;
            this.bits = bits;
        }

        boolean contains(byte[] other) {
            if (other.length != address.length) {
                return false;
            }
            for (int bit = 0; bit < bits; bit++) {
                int mask = 0x80 >> bit % 8;
                if ((address[bit / 8] & mask) != (other[bit / 8] & mask)) {
                    return false;
                }
            }
            return true;
        }
    }

    private AllowedClients(boolean all, List<Network> networks, Set<String> hosts) {
        this.all = all;
        this.networks = networks;
        this.hosts = hosts;
    }

    /**
     * Reads a list with commas.
     *
     * @throws NsqdException with {@link Reason#BAD_OPTION} and a sentence that names what is wrong
     */
    static AllowedClients parse(String list) {
        boolean all = false;
        List<Network> networks = new ArrayList<>();
        Set<String> hosts = new TreeSet<>();
        for (String element : list.split(",", -1)) {
            String text = element.strip().toLowerCase(Locale.ROOT);
            Optional<Network> network = network(text);
            if (text.equals("*")) {
                all = true;
            } else if (network.isPresent()) {
                networks.add(network.get());
            } else if (HOST.matcher(text).matches()) {
                hosts.add(text);
            } else if (!text.isEmpty()) {
                throw new NsqdException(
                        Reason.BAD_OPTION,
                        "--console-allow has '" + text
                                + "', which is neither an address (10.1.2.3, fd00::1), nor a network "
                                + "(10.0.0.0/8), nor the name of a host, nor *");
            }
        }
        return new AllowedClients(all, networks, hosts);
    }

    private static Optional<Network> network(String text) {
        int slash = text.indexOf('/');
        Optional<byte[]> address = address(slash < 0 ? text : text.substring(0, slash));
        if (address.isEmpty() || slash < 0) {
            return address.map(bytes -> new Network(bytes, bytes.length * 8));
        }
        String bits = text.substring(slash + 1);
        boolean sound = bits.matches("\\d{1,3}") && Integer.parseInt(bits) <= address.get().length * 8;
        return sound ? Optional.of(new Network(address.get(), Integer.parseInt(bits))) : Optional.empty();
    }

    /** The bytes of an address in figures; nothing for a name. One of IPv4 in the clothes of IPv6 is one of IPv4. */
    static Optional<byte[]> address(String text) {
        int zone = text.indexOf('%');
        String plain = zone < 0 ? text : text.substring(0, zone);
        boolean literal = LITERAL_V4.matcher(plain).matches()
                        && Arrays.stream(plain.split("\\.", -1)).allMatch(part -> Integer.parseInt(part) <= 255)
                || LITERAL_V6.matcher(plain).matches();
        if (!literal) {
            return Optional.empty();
        }
        try {
            // Of figures nothing is looked up.
            return Optional.of(InetAddress.getByName(plain).getAddress());
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }

    /** Whether an address is the machine's own, by which it talks to itself; a unix socket, which has none, is as near. */
    static boolean isLoopback(String address) {
        if (address.isEmpty()) {
            return true;
        }
        return address(address)
                .map(bytes -> {
                    try {
                        return InetAddress.getByAddress(bytes).isLoopbackAddress();
                    } catch (UnknownHostException e) {
                        return false;
                    }
                })
                .orElse(false);
    }

    /** Whether clients of an address may use the console without a login. */
    boolean allows(String address) {
        if (all) {
            return true;
        }
        Optional<byte[]> bytes = address(address);
        return bytes.isPresent() && networks.stream().anyMatch(network -> network.contains(bytes.get()));
    }

    /** The names of hosts, in small letters. */
    Set<String> hosts() {
        return hosts;
    }
}
