package io.nsqd.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.NsqdException;
import io.nsqd.api.Reason;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class AllowedClientsTest {
    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.1.2.3, true",
        "10.0.0.0/8, 11.1.2.3, false",
        "10.1.2.3, 10.1.2.3, true",
        "10.1.2.3, 10.1.2.4, false",
        "10.1.2.128/25, 10.1.2.127, false",
        "10.1.2.128/25, 10.1.2.200, true",
        "0.0.0.0/0, 192.0.2.1, true",
        "0.0.0.0/0, ::2, false",
        "fd00::/8, fd12::1, true",
        "fd00::/8, fe80::1%eth0, false",
        "fe80::1, fe80::1%eth0, true",
        "192.0.2.1, ::ffff:192.0.2.1, true",
        "*, 192.0.2.1, true",
        "host.example, 192.0.2.1, false"
    })
    void networksAreComparedBitByBit(String list, String address, boolean allowed) {
        assertEquals(allowed, AllowedClients.parse(list).allows(address));
    }

    @Test
    void namesAreForBrowsersAndNotForClients() {
        AllowedClients clients = AllowedClients.parse("10.0.0.0/8, Console.Example ,nsqd_1");
        assertEquals(Set.of("console.example", "nsqd_1"), clients.hosts());
        assertTrue(clients.allows("10.9.9.9"));
        assertFalse(clients.allows("console.example"));
        assertFalse(clients.allows(""));
        assertTrue(AllowedClients.parse("").hosts().isEmpty());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"10.0.0.0/33", "10.0.0/8", "fd00::/129", "10.0.0.0/-1", "a b", "http://x", "1.2.3.4/x", "\u0007"
            })
    void whatIsNeitherIsRefusedInWords(String list) {
        // Dotted figures that are no address could be meant as one: nothing is guessed where a mask follows.
        NsqdException refusal = assertThrows(NsqdException.class, () -> AllowedClients.parse("10.1.1.1," + list));
        assertEquals(Reason.BAD_OPTION, refusal.reason());
        assertTrue(refusal.getMessage().contains("--console-allow"), refusal.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, true",
        "127.9.9.9, true",
        "::1, true",
        "'', true",
        "10.0.0.1, false",
        "0.0.0.0, false",
        "localhost, false",
        "::ffff:127.0.0.1, true"
    })
    void theLoopbackIsTheMachineItself(String address, boolean loopback) {
        assertEquals(loopback, AllowedClients.isLoopback(address));
    }
}
