package io.nsqd.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.UnixDomainSocketAddress;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The texts are those of Go's {@code netip.Addr} and {@code net.TCPAddr} for the same bytes. */
class AddressesTest {
    @ParameterizedTest
    @CsvSource({
        "00000000000000000000000000000000, ::",
        "00000000000000000000000000000001, ::1",
        "00010000000000000000000000000000, 1::",
        "20010db8000000000000000000000001, 2001:db8::1",
        "20010db8000000010001000100010001, 2001:db8:0:1:1:1:1:1",
        "20010db8000000000001000000000001, 2001:db8::1:0:0:1",
        "20010db8000100000001000000000000, 2001:db8:1:0:1::",
        "00010000000000020000000000000003, 1:0:0:2::3",
        "00000001000200030004000500060007, 0:1:2:3:4:5:6:7",
        "00010002000300040005000600070000, 1:2:3:4:5:6:7:0",
        "00000000000300040005000600070008, ::3:4:5:6:7:8",
        "00010002000300040005000600000000, 1:2:3:4:5:6::",
        "ABCDEF010203040506070809000A0B0C, abcd:ef01:203:405:607:809:a:b0c",
        "00000000000000000000000001020304, ::102:304",
        "00000000000000000000ffff01020304, 1.2.3.4",
        "00010000000000000002000000000000, 1::2:0:0:0",
        "0064ff9b00000000000000000a000001, 64:ff9b::a00:1"
    })
    void ipv6IsInItsShortForm(String hex, String expected) throws Exception {
        byte[] bytes = HexFormat.of().parseHex(hex);
        InetAddress address = Inet6Address.getByAddress(null, bytes, 0);
        assertEquals(expected, Addresses.ip(address));
        String bracketed = expected.contains(":") ? "[" + expected + "]" : expected;
        assertEquals(bracketed + ":4150", Addresses.of(new InetSocketAddress(address, 4150)));
    }

    @Test
    void ipv4AndNamesAreAsTheyAre() throws Exception {
        assertEquals("10.0.0.1", Addresses.ip(InetAddress.getByName("10.0.0.1")));
        assertEquals("10.0.0.1:80", Addresses.of(new InetSocketAddress("10.0.0.1", 80)));
        assertEquals("nowhere.example:80", Addresses.of(InetSocketAddress.createUnresolved("nowhere.example", 80)));
        assertEquals("a:1", Addresses.withPort("a", 1));
        assertEquals("[::]:1", Addresses.withPort("::", 1));
    }

    @Test
    void whatHasNoPortIsAUnixSocket() {
        assertEquals("@", Addresses.of(UnixDomainSocketAddress.of("/tmp/x")));
        assertEquals("@", Addresses.of(null));
    }

    @Test
    void theZoneIsTheInterfacesNameWhereItHasOne() throws Exception {
        byte[] linkLocal = HexFormat.of().parseHex("fe800000000000000000000000000001");
        NetworkInterface some = NetworkInterface.networkInterfaces().findFirst().orElseThrow();
        String named = "fe80::1%" + some.getName();
        assertEquals(named, Addresses.ip(Inet6Address.getByAddress(null, linkLocal, some)));
        assertEquals(named, Addresses.ip(Inet6Address.getByAddress(null, linkLocal, some.getIndex())));
        Inet6Address unknown = Inet6Address.getByAddress(null, linkLocal, 99_999);
        assertEquals("[fe80::1%99999]:4150", Addresses.of(new InetSocketAddress(unknown, 4150)));
    }
}
