package io.nsqd.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The table of options and their texts. */
final class OptionsTest {
    @ParameterizedTest
    @EnumSource(Option.class)
    void everyDefaultSurvivesItsOwnText(Option option) {
        Object value = option.defaultValue();
        if (!option.format(value).isEmpty() || option.kind() == Option.Kind.STRING) {
            assertEquals(value, option.parse(option.format(value)));
        }
    }

    @ParameterizedTest
    @CsvSource({"0x10, 16", "010, 8", "0b101, 5", "0o17, 15", "1_000, 1000", "-5, -5", "0, 0", "0x_ff, 255"})
    @Tag("O-6")
    void integersHavePrefixes(String text, long value) {
        assertEquals(value, Option.MAX_MSG_SIZE.parse(text));
    }

    @Test
    @Tag("O-6")
    @Tag("O-20")
    void whatIsNoIntegerOrTooBigIsSaidSo() {
        for (String text : List.of("abc", "", "1__0", "_1", "1_", "08", "0x", "--1", "1.5")) {
            NsqdException e = assertThrows(NsqdException.class, () -> Option.MAX_MSG_SIZE.parse(text), text);
            assertEquals("parse error", e.getMessage());
        }
        NsqdException e = assertThrows(NsqdException.class, () -> Option.SYNC_EVERY.parse("9223372036854775808"));
        assertEquals("value out of range", e.getMessage());
    }

    @Test
    void propertiesOfTheFrameworkAreRead() {
        Map<String, String> properties = Map.of(
                "nsqd.mem-queue-size", "7",
                "nsqd.lookupd-tcp-address", "a:1\nb:2",
                "nsqd.sync-timeout", "50ms");
        Options options = Options.from(properties::get);
        assertEquals(7, options.integer(Option.MEM_QUEUE_SIZE));
        assertEquals(List.of("a:1", "b:2"), options.strings(Option.LOOKUPD_TCP_ADDRESS));
        assertEquals(50, options.millis(Option.SYNC_TIMEOUT));
        assertEquals(Set.of(Option.MEM_QUEUE_SIZE, Option.LOOKUPD_TCP_ADDRESS, Option.SYNC_TIMEOUT), options.given());
        NsqdException e = assertThrows(NsqdException.class, () -> Options.from(Map.of("nsqd.sync-every", "x")::get));
        assertTrue(e.getMessage().contains("nsqd.sync-every"), e.getMessage());
    }

    @Test
    @Tag("O-40")
    void aClientAuthPolicyForcesTls() {
        assertEquals(TlsRequired.FALSE, Options.defaults().tlsRequired());
        assertEquals(
                TlsRequired.TRUE,
                Options.defaults()
                        .with(Map.of(Option.TLS_CLIENT_AUTH_POLICY, "bogus"))
                        .tlsRequired());
    }

    @Test
    void aBatchCanBeUsedAgain() {
        MessageBatch batch = new MessageBatch();
        for (int i = 0; i < 5_000; i++) {
            batch.add(new byte[] {1, 2, 3}, 1, 2);
        }
        assertEquals(5_000, batch.size());
        assertEquals(10_000, batch.bytes());
        batch.clear();
        assertTrue(batch.isEmpty());
        batch.add(9, 8, 7, 6, new byte[] {4}, 0, 1);
        assertEquals(9, batch.id(0));
        assertEquals(7, batch.attempts(0));
        assertEquals(6, batch.delayNanos(0));
        assertEquals(1, batch.bytes());
    }
}
