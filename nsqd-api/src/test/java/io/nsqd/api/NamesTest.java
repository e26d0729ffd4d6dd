package io.nsqd.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Names, ids and what the host contributes (P-4, P-19, B-42). */
final class NamesTest {
    @Test
    @Tag("P-19")
    void namesHaveOneTo64OfTheirCharacters() {
        assertTrue(Names.isValid("a"));
        assertTrue(Names.isValid("..-_9"));
        assertTrue(Names.isValid("x".repeat(64)));
        assertTrue(Names.isValid("x".repeat(54) + "#ephemeral"));
        assertFalse(Names.isValid(""));
        assertFalse(Names.isValid("x".repeat(65)));
        assertFalse(Names.isValid("x".repeat(55) + "#ephemeral"));
        assertFalse(Names.isValid("#ephemeral"));
        assertFalse(Names.isValid("a b"));
        assertFalse(Names.isValid("a\u00e9"));
        assertFalse(Names.isValid("a#other"));
        assertFalse(Names.isValid("a#ephemeral#ephemeral"));
    }

    @Test
    @Tag("P-4")
    void anIdIs16LowercaseDigits() {
        byte[] text = new byte[18];
        MessageId.write(0x18a476fce3407000L, text, 1);
        assertEquals("18a476fce3407000", new String(text, 1, 16, StandardCharsets.ISO_8859_1));
        assertTrue(MessageId.isValid(text, 1));
        assertEquals(0x18a476fce3407000L, MessageId.parse(text, 1));
        assertEquals("ffffffffffffffff", MessageId.toString(-1));
        assertFalse(MessageId.isValid("18A476FCE3407000".getBytes(StandardCharsets.ISO_8859_1), 0));
        assertFalse(MessageId.isValid("18a476fce340700g".getBytes(StandardCharsets.ISO_8859_1), 0));
    }

    @Test
    @Tag("B-42")
    void theNodeIdComesFromTheHostname() throws Exception {
        CRC32 crc = new CRC32();
        crc.update(java.security.MessageDigest.getInstance("MD5")
                .digest(HostIdentity.hostname().getBytes(StandardCharsets.UTF_8)));
        assertEquals(crc.getValue() % 1024, HostIdentity.nodeId());
        assertEquals((long) HostIdentity.nodeId(), Options.defaults().integer(Option.NODE_ID));
    }
}
