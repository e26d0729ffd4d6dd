package io.nsqd.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class JsonTest {
    private static String text(Object value) {
        return new String(Json.bytes(value), StandardCharsets.UTF_8);
    }

    @Test
    void whatIsWrittenIsReadBack() throws Refusal {
        Map<String, Object> object = Json.object(
                "a", 1L, "b", List.of("x", true, 2.5), "c", null, "d", Json.object("e", "\u0000\u2028\"\\<"));
        assertEquals(object, Json.read(Json.bytes(object)));
        assertEquals(
                "{\"a\":null,\"b\":1,\"c\":0.5,\"d\":null,\"e\":\"\ufffd\"}",
                text(Json.object("a", Optional.empty(), "b", 1.0, "c", 0.5, "d", Double.NaN, "e", "\ud800")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "1",
                "{",
                "{}{}",
                "{\"a\":1,\"a\":2}",
                "{a:1}",
                "{\"a\":99999999999999999999}",
                "\ufeff{"
            })
    void whatIsNoObjectIsRefused(String body) {
        assertThrows(Refusal.class, () -> Json.read(body.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void nobodyNestsForEver() {
        String deep = "{\"a\":".repeat(10_000);
        assertThrows(Refusal.class, () -> Json.read(deep.getBytes(StandardCharsets.UTF_8)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "http://u:p@auth:80/x|http://***@auth:80/x",
                "https://auth/x?token=1|https://auth/x?***",
                "user:secret@auth:80|***@auth:80",
                "a:1\\nuser:s@b:2|a:1\\n***@b:2",
                "127.0.0.1:4160|127.0.0.1:4160",
                "/var/lib/x|/var/lib/x"
            })
    void secretsOfAddressesAreNotShown(String value, String shown) {
        assertEquals(shown.replace("\\n", "\n"), NodeView.shown(value.replace("\\n", "\n")));
    }
}
