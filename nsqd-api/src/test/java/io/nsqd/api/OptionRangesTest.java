package io.nsqd.api;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Option.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What numbers and durations may be, at the edges of each. */
final class OptionRangesTest {
    private static final long SMALLEST = -1;
    private static final long LARGEST = Long.MAX_VALUE;

    /** Options in a setting in which their value matters. */
    private static Options with(Option option, Object value) {
        return Options.defaults()
                .with(Map.of(
                        Option.STATSD_ADDRESS,
                        "127.0.0.1:8125",
                        Option.E2E_PROCESSING_LATENCY_PERCENTILE,
                        List.of(0.99)))
                .with(Map.of(option, value));
    }

    /** Of 0, -1 and the largest the table says which are allowed: what the Go daemon does not work with is not. */
    @ParameterizedTest
    @CsvSource({
        "NODE_ID, true, false, false",
        "BROADCAST_TCP_PORT, true, false, false",
        "BROADCAST_HTTP_PORT, true, false, false",
        "HTTP_CLIENT_CONNECT_TIMEOUT, true, false, true",
        "HTTP_CLIENT_REQUEST_TIMEOUT, true, true, true",
        "MEM_QUEUE_SIZE, true, false, true",
        "MAX_BYTES_PER_FILE, true, true, true",
        "SYNC_EVERY, true, true, true",
        "SYNC_TIMEOUT, false, false, true",
        "QUEUE_SCAN_WORKER_POOL_MAX, true, true, true",
        "QUEUE_SCAN_SELECTION_COUNT, true, false, true",
        "MSG_TIMEOUT, true, true, true",
        "MAX_MSG_TIMEOUT, true, true, true",
        "MAX_MSG_SIZE, true, true, false",
        "MAX_REQ_TIMEOUT, true, true, true",
        "MAX_BODY_SIZE, true, true, true",
        "MAX_HEARTBEAT_INTERVAL, true, true, true",
        "MAX_RDY_COUNT, true, true, true",
        "MAX_OUTPUT_BUFFER_SIZE, true, true, true",
        "MAX_OUTPUT_BUFFER_TIMEOUT, true, true, true",
        "MIN_OUTPUT_BUFFER_TIMEOUT, true, true, true",
        "OUTPUT_BUFFER_TIMEOUT, false, false, true",
        "MAX_CHANNEL_CONSUMERS, true, false, true",
        "STATSD_INTERVAL, false, false, true",
        "STATSD_UDP_PACKET_SIZE, true, true, true",
        "E2E_PROCESSING_LATENCY_WINDOW_TIME, false, false, true",
        "MAX_DEFLATE_LEVEL, false, false, false",
        "HTTP_REQUEST_TIMEOUT, true, false, true",
        "MEM_QUEUE_BYTES, true, false, true",
        "JMX_TOPICS, true, false, true",
        "JOURNAL_SEGMENT_BYTES, false, false, false",
        "CLUSTER_LEASE, false, false, false",
        "CLUSTER_ENSEMBLE, false, false, false",
        "CLUSTER_WRITE_QUORUM, false, false, false",
        "CLUSTER_ACK_QUORUM, false, false, false",
        "JOURNAL_MAX_BYTES, true, false, true",
        "MAX_DEFER_TIMEOUT, true, false, false"
    })
    @Tag("O-25")
    @Tag("O-29")
    void zeroMinusOneAndTheLargestAreAllowedOrNot(Option option, boolean zero, boolean minusOne, boolean largest) {
        assertAllowed(zero, option, 0);
        assertAllowed(minusOne, option, SMALLEST);
        assertAllowed(largest, option, LARGEST);
    }

    private static void assertAllowed(boolean allowed, Option option, long value) {
        Options options = with(option, value);
        if (allowed) {
            assertDoesNotThrow(options::check);
        } else {
            NsqdException e = assertThrows(NsqdException.class, options::check, () -> option + " " + value);
            assertEquals(Reason.BAD_OPTION, e.reason());
            assertEquals(
                    "--" + option.flag() + " must be "
                            + option.range().orElseThrow().words(),
                    e.getMessage());
        }
    }

    /** So that a new option cannot be left out of the table above. */
    @Test
    void everyNumberAndDurationIsInTheTable() throws NoSuchMethodException {
        String[] rows = OptionRangesTest.class
                .getDeclaredMethod(
                        "zeroMinusOneAndTheLargestAreAllowedOrNot",
                        Option.class,
                        boolean.class,
                        boolean.class,
                        boolean.class)
                .getAnnotation(CsvSource.class)
                .value();
        List<String> listed = new ArrayList<>();
        for (String row : rows) {
            listed.add(row.substring(0, row.indexOf(',')));
        }
        List<String> all = Arrays.stream(Option.values())
                .filter(option -> option.kind() == Kind.INT || option.kind() == Kind.DURATION)
                .map(Option::name)
                .toList();
        assertEquals(all.stream().sorted().toList(), listed.stream().sorted().toList());
    }

    @ParameterizedTest
    @EnumSource(Option.class)
    @Tag("O-20")
    void oneMoreThanTheLargestIsNoValue(Option option) {
        String text =
                switch (option.kind()) {
                    case INT -> "9223372036854775808";
                    case DURATION -> "2562047h47m16.854775808s";
                    default -> "";
                };
        if (!text.isEmpty()) {
            NsqdException e = assertThrows(NsqdException.class, () -> option.parse(text));
            assertTrue(List.of("value out of range", "parse error").contains(e.getMessage()), e.getMessage());
        }
    }

    @ParameterizedTest
    @EnumSource(Option.class)
    void everyDefaultIsAllowed(Option option) {
        assertDoesNotThrow(() -> with(option, option.defaultValue()).check());
    }

    static Stream<Arguments> edges() {
        return Stream.of(
                Arguments.of(Option.MAX_DEFLATE_LEVEL, 1L, 9L, "[1,9]"),
                Arguments.of(Option.NODE_ID, 0L, 1023L, "[0,1024)"),
                Arguments.of(Option.BROADCAST_TCP_PORT, 0L, 65_535L, "[0,65535]"),
                Arguments.of(Option.MAX_MSG_SIZE, Long.MIN_VALUE, 2_147_483_621L, "at most 2147483621"),
                Arguments.of(Option.SYNC_TIMEOUT, 1L, Long.MAX_VALUE, "greater than 0"));
    }

    @ParameterizedTest
    @MethodSource("edges")
    void theEdgesBelongToTheRange(Option option, long least, long most, String words) {
        OptionRange range = option.range().orElseThrow();
        assertEquals(new OptionRange(least, most, words), range);
        assertTrue(range.contains(least) && range.contains(most));
        assertTrue(least == Long.MIN_VALUE || !range.contains(least - 1));
        assertTrue(most == Long.MAX_VALUE || !range.contains(most + 1));
    }

    @Test
    @Tag("O-25")
    void theFirstThatIsWrongIsNamedInTheOrderOfTheGoDaemon() {
        Map<Option, Object> wrong = Map.of(
                Option.MAX_DEFLATE_LEVEL,
                10L,
                Option.NODE_ID,
                1024L,
                Option.TLS_REQUIRED,
                TlsRequired.TRUE,
                Option.E2E_PROCESSING_LATENCY_PERCENTILE,
                List.of(1.5));
        List<Option> order = List.of(
                Option.MAX_DEFLATE_LEVEL,
                Option.NODE_ID,
                Option.TLS_REQUIRED,
                Option.E2E_PROCESSING_LATENCY_PERCENTILE);
        List<String> words = List.of(
                "--max-deflate-level must be [1,9]",
                "--node-id must be [0,1024)",
                "cannot require TLS client connections without TLS key and cert",
                "invalid E2E processing latency percentile: 1.5");
        Options options = Options.defaults().with(wrong);
        for (int i = 0; i < order.size(); i++) {
            assertEquals(
                    words.get(i),
                    assertThrows(NsqdException.class, options::check).getMessage());
            options = options.with(Map.of(order.get(i), order.get(i).defaultValue()));
        }
        assertDoesNotThrow(options::check);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "-0.5, -0.5", "1.0000001, 1.0000001", "NaN, NaN", "Infinity, 9223372036854775807"})
    @Tag("O-25")
    void aPercentileIsAboveZeroAndAtMostOne(double percentile, String shown) {
        Options options =
                Options.defaults().with(Map.of(Option.E2E_PROCESSING_LATENCY_PERCENTILE, List.of(percentile)));
        NsqdException e = assertThrows(NsqdException.class, options::check);
        assertEquals("invalid E2E processing latency percentile: " + shown, e.getMessage());
    }

    @Test
    void whatIsNotUsedMayBeAnything() {
        Options options = Options.defaults()
                .with(Map.of(Option.STATSD_INTERVAL, 0L, Option.E2E_PROCESSING_LATENCY_WINDOW_TIME, -1L));
        assertDoesNotThrow(options::check);
    }

    @Test
    void aValueOfAnotherTypeIsRefusedAtOnce() {
        Options defaults = Options.defaults();
        for (Map.Entry<Option, Object> wrong : Map.<Option, Object>of(
                        Option.LOG_LEVEL, "debug", Option.SYNC_EVERY, 1, Option.LOOKUPD_TCP_ADDRESS, "a:1")
                .entrySet()) {
            Map<Option, Object> change = Map.of(wrong.getKey(), wrong.getValue());
            NsqdException e = assertThrows(NsqdException.class, () -> defaults.with(change));
            assertTrue(e.getMessage().contains(wrong.getKey().property()), e.getMessage());
        }
    }

    @Test
    void theLongestDurationCanBeAddedToATime() {
        Options options = Options.defaults()
                .with(Map.of(Option.MSG_TIMEOUT, Long.MAX_VALUE, Option.MAX_REQ_TIMEOUT, Long.MIN_VALUE));
        assertEquals(Long.MAX_VALUE / 4, options.nanos(Option.MSG_TIMEOUT));
        assertEquals(-Long.MAX_VALUE / 4, options.nanos(Option.MAX_REQ_TIMEOUT));
        assertEquals(Long.MAX_VALUE, options.integer(Option.MSG_TIMEOUT));
    }

    @ParameterizedTest
    @EnumSource(
            value = Option.class,
            names = {"LOG_FORMAT", "FORMAT"})
    void wordsThatAreChosenFromAreThoseOfTheTable(Option option) {
        for (String choice : option.choices()) {
            assertEquals(choice, option.parse(choice));
        }
        NsqdException e = assertThrows(NsqdException.class, () -> option.parse("xml"));
        assertEquals("unknown format (text, json)", e.getMessage());
    }

    @Test
    void limitsAreUnitThenRangeThenWhatTheEdgeStandsFor() {
        assertEquals("messages, at least 0; 0: all to the storage", Option.MEM_QUEUE_SIZE.limits());
        assertEquals("[1,9]", Option.MAX_DEFLATE_LEVEL.limits());
        assertEquals("0 or less: at once", Option.MSG_TIMEOUT.limits());
        assertEquals("", Option.MAX_MSG_TIMEOUT.limits());
    }
}
