package io.nsqd.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.BindException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a listen address means (O-32, O-33, H-93). */
final class ListenAddressTest {
    @Test
    @Tag("O-33")
    void anEmptyHostAndTheIpv4WildcardMeanAllInterfaces() throws IOException {
        assertTrue(ListenAddress.parse(":4150").socketAddress().getAddress().isAnyLocalAddress());
        assertTrue(
                ListenAddress.parse("0.0.0.0:4150").socketAddress().getAddress().isAnyLocalAddress());
        assertFalse(ListenAddress.parse("127.0.0.1:4150")
                .socketAddress()
                .getAddress()
                .isAnyLocalAddress());
        assertEquals(4150, ListenAddress.parse("[::1]:4150").socketAddress().getPort());
    }

    @Test
    @Tag("O-33")
    void aMissingPortIsAFreeOne() throws IOException {
        assertEquals(0, ListenAddress.parse("127.0.0.1:").port());
        assertEquals(0, ListenAddress.parse("127.0.0.1:0").port());
    }

    @Test
    @Tag("O-33")
    void anUnknownServiceNameFails() {
        IOException failure = assertThrows(IOException.class, () -> ListenAddress.parse("x:y"));
        assertEquals(
                "failed to instantiate nsqd - listen (x:y) failed - listen tcp: address tcp/y: unknown port",
                failure.getMessage());
    }

    @Test
    @Tag("O-32")
    @Tag("H-93")
    void whatHasNoPortIsAPath() throws IOException {
        assertEquals("bogus", ListenAddress.parse("bogus").path());
        assertEquals("/run/nsqd.sock", ListenAddress.parse("/run/nsqd.sock").path());
        assertFalse(ListenAddress.parse("/run/a:1").isUnix());
        assertTrue(ListenAddress.parse("/run/a:b:c").isUnix());
        assertEquals(-1, ListenAddress.parse("/run/nsqd.sock").port());
    }

    @Test
    @Tag("O-25")
    void aPortInUseIsSaidInTheGoDaemonsWords() throws IOException {
        IOException failure =
                ListenAddress.parse("127.0.0.1:4150").bindFailure(new BindException("Address already in use"));
        assertEquals(
                "failed to instantiate nsqd - listen (127.0.0.1:4150) failed - listen tcp 127.0.0.1:4150: bind:"
                        + " address already in use",
                failure.getMessage());
    }
}
