package io.nsqd.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class QueryStringTest {
    @Test
    @Tag("H-9")
    void theFirstValueOfAKeyWins() throws Exception {
        QueryString query = QueryString.parse("a=1&b&a=2&&c=x=y");
        assertEquals(Optional.of("1"), query.value("a"));
        assertEquals(Optional.of(""), query.value("b"));
        assertEquals(Optional.of("x=y"), query.value("c"));
        assertEquals(Optional.empty(), query.value("d"));
        assertEquals(Optional.empty(), QueryString.parse("").value("a"));
    }

    @Test
    @Tag("H-9")
    void escapesAreUndone() throws Exception {
        QueryString query = QueryString.parse("a%20b=c+d%2B&e=%c3%A4%23");
        assertEquals(Optional.of("c d+"), query.value("a b"));
        assertEquals(Optional.of("\u00e4#"), query.value("e"));
    }

    @Test
    @Tag("H-9")
    @Tag("H-31")
    void oneMistakeSpoilsTheWhole() {
        assertMalformed("a=1&x=%zz", "invalid URL escape \"%zz\"");
        assertMalformed("a=1&x=%2", "invalid URL escape \"%2\"");
        assertMalformed("%", "invalid URL escape \"%\"");
        assertMalformed("a=1;b=2", "invalid semicolon separator in query");
    }

    private static void assertMalformed(String raw, String message) {
        Exception e = assertThrows(QueryString.MalformedException.class, () -> QueryString.parse(raw));
        assertEquals(message, e.getMessage());
    }
}
