package io.nsqd.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.BindException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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

    /** What the Go daemon says of each where somebody else has the port. */
    @ParameterizedTest
    @Tag("O-25")
    @CsvSource({
        "127.0.0.1:4150, 127.0.0.1:4150",
        ":4150, :4150",
        "0.0.0.0:4150, 0.0.0.0:4150",
        "[::]:4150, 0.0.0.0:4150",
        "[::1]:4150, [::1]:4150",
        "[0:0:0:0:0:0:0:1]:4150, [::1]:4150",
        "[2001:DB8:0::1]:4150, [2001:db8::1]:4150",
        "[::ffff:127.0.0.1]:4150, 127.0.0.1:4150",
        "nowhere.invalid:4150, nowhere.invalid:4150"
    })
    void aPortInUseIsSaidInTheGoDaemonsWords(String given, String asked) throws IOException {
        assertEquals(
                "failed to instantiate nsqd - listen (" + given + ") failed - listen tcp " + asked
                        + ": bind: address already in use",
                ListenAddress.parse(given)
                        .bindFailure(new BindException("Address already in use"))
                        .getMessage());
    }

    @ParameterizedTest
    @Tag("O-25")
    @ValueSource(strings = {"Invalid argument", "bind(..) failed with error(-22): Invalid argument"})
    void whatTheSystemSaysIsSaid(String said) throws IOException {
        assertEquals(
                "failed to instantiate nsqd - listen ([fe80::1]:1) failed - listen tcp [fe80::1]:1: bind: invalid argument",
                ListenAddress.parse("[fe80::1]:1")
                        .bindFailure(new IOException(said))
                        .getMessage());
    }
}
