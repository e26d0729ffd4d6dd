package io.nsqd.lookup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PeerAddressTest {
    @ParameterizedTest
    @CsvSource({"127.0.0.1:4160, 127.0.0.1, 4160", "[::1]:65535, ::1, 65535", "10.1.2.3:1, 10.1.2.3, 1"})
    @Tag("L-1")
    void hostAndPortAreTold(String address, String host, int port) throws IOException {
        assertEquals(List.of(new InetSocketAddress(host, port)), PeerAddress.resolve(address));
    }

    @Test
    @Tag("L-1")
    void withoutHostItIsThisMachine() throws IOException {
        assertEquals(true, PeerAddress.resolve(":4160").get(0).getAddress().isLoopbackAddress());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "host", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:-1", "::1:4160"})
    @Tag("L-1")
    void whatIsNoAddressIsRefused(String address) {
        assertThrows(IOException.class, () -> PeerAddress.resolve(address));
    }

    @Test
    @Tag("L-41")
    void ipv6AddressesAreBracketed() {
        assertEquals("[::1]:4161", new PeerInfo("::1", 4160, 4161, "1.3.0").httpAddress());
        assertEquals("host:4161", new PeerInfo("host", 4160, 4161, "1.3.0").httpAddress());
    }
}
