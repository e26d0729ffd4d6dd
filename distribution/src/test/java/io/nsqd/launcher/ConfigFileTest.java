package io.nsqd.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.LogLevel;
import io.nsqd.api.Option;
import io.nsqd.api.TlsRequired;
import io.nsqd.api.TlsVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigFileTest {
    private static final String TIME = "\\d{4}/\\d\\d/\\d\\d \\d\\d:\\d\\d:\\d\\d";

    @TempDir
    Path directory;

    private String file(String text) {
        try {
            return Files.writeString(directory.resolve("nsqd.cfg"), text).toString();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private Map<Option, Object> values(String text, Option... flags) throws StartException {
        return ConfigFile.load(file(text)).values(Set.of(flags));
    }

    private StartException failure(String text, Option... flags) {
        return assertThrows(StartException.class, () -> values(text, flags));
    }

    /** Checks a failure's exit code and text; {@code expected} stands after the time. */
    private static void assertFailure(int exitCode, String expected, StartException failure) {
        assertEquals(exitCode, failure.exitCode());
        String text = failure.getMessage();
        assertEquals(
                expected, text.replaceFirst("^" + TIME + " ", "").replaceFirst("^\\[nsqd] " + TIME + "\\.\\d{6} ", ""));
    }

    @Test
    @Tag("O-11")
    void whatAFlagGivesIsNotTakenFromTheFile() throws StartException {
        String text = "sync_every = \"abc\"\nmax_rdy_count = 7\nnsqlookupd_tcp_addresses = [\"a\"]";
        assertEquals(Map.of(Option.MAX_RDY_COUNT, 7L), values(text, Option.SYNC_EVERY, Option.LOOKUPD_TCP_ADDRESS));
    }

    @Test
    @Tag("O-13")
    void unknownKeysOtherCasesDashesAndTablesAreIgnored() throws StartException {
        String text = """
                nope = 1
                Tcp_Address = "a"
                tcp-address = "b"
                node_id = 3
                lookupd_tcp_address = ["c"]
                config = "d"
                version = true
                [section]
                tcp_address = "e"
                """;
        assertEquals(Map.of(), values(text));
        assertEquals(Map.of(), values(""));
    }

    @Test
    @Tag("O-13")
    void aKeyMayNotBeGivenTwice() {
        assertTrue(failure("sync_every = 1\nsync_every = 2").getMessage().contains("toml: line 2"));
    }

    @ParameterizedTest
    @Tag("O-14")
    @CsvSource({"5, 5", "'\"5\"', 5", "'\"-010\"', -10", "0x10, 16", "-1, -1"})
    void anIntegerIsAnIntegerOrDecimalDigits(String value, long expected) throws StartException {
        assertEquals(Map.of(Option.MEM_QUEUE_SIZE, expected), values("mem_queue_size = " + value));
    }

    @ParameterizedTest
    @Tag("O-14")
    @CsvSource({"'\"1m30s\"', 90000000000", "250, 250000000", "'\"0\"', 0", "-1, -1000000"})
    void aDurationIsInGosSyntaxOrCountsMilliseconds(String value, long nanos) throws StartException {
        assertEquals(Map.of(Option.MSG_TIMEOUT, nanos), values("msg_timeout = " + value));
    }

    @ParameterizedTest
    @Tag("O-14")
    @CsvSource({"true, true", "false, false", "'\"T\"', true", "'\"0\"', false", "0, true", "1, false", "7, false"})
    void aBooleanIsABooleanOrItsTextOrAnInvertedInteger(String value, boolean expected) throws StartException {
        assertEquals(Map.of(Option.SNAPPY, expected), values("snappy = " + value));
    }

    @ParameterizedTest
    @Tag("O-14")
    @CsvSource(
            delimiter = '|',
            value = {
                "\"a b\" | a b",
                "5 | %!s(int64=5)",
                "1.5 | %!s(float64=1.5)",
                "2.0 | %!s(float64=2)",
                "1e30 | %!s(float64=1e+30)",
                "0.00001 | %!s(float64=1e-05)",
                "true | %!s(bool=true)",
                "[\"a\"] | [a]",
                "[\"a\", 1] | [a %!s(int64=1)]",
                "{b = \"x\", a = 1} | map[a:%!s(int64=1) b:x]"
            })
    void whatIsNoStringIsFormattedAsGoDoes(String value, String expected) throws StartException {
        assertEquals(Map.of(Option.BROADCAST_ADDRESS, expected), values("broadcast_address = " + value));
    }

    @Test
    @Tag("O-14")
    @Tag("O-15")
    void aListIsAnArrayOrSeparatedByCommas() throws StartException {
        assertEquals(
                Map.of(Option.LOOKUPD_TCP_ADDRESS, List.of("b", "a")),
                values("nsqlookupd_tcp_addresses = [\"b\", \"a\"]"));
        assertEquals(
                Map.of(Option.LOOKUPD_TCP_ADDRESS, List.of("b", " a")), values("nsqlookupd_tcp_addresses = \"b, a\""));
        assertEquals(Map.of(Option.LOOKUPD_TCP_ADDRESS, List.of("")), values("nsqlookupd_tcp_addresses = \"\""));
    }

    @ParameterizedTest
    @Tag("O-14")
    @ValueSource(strings = {"[]", "5", "true"})
    void anEmptyArrayOrAnotherScalarIsNoList(String value) throws StartException {
        assertEquals(Map.of(), values("auth_http_addresses = " + value));
        assertEquals(Map.of(), values("e2e_processing_latency_percentiles = " + value));
    }

    @Test
    @Tag("O-14")
    @Tag("O-15")
    void percentilesKeepTheirOrder() throws StartException {
        Map<Option, Object> expected = Map.of(Option.E2E_PROCESSING_LATENCY_PERCENTILE, List.of(0.5, 1.0, 0.99));
        assertEquals(expected, values("e2e_processing_latency_percentiles = [0.5, 1.0, 0.99]"));
        assertEquals(expected, values("e2e_processing_latency_percentiles = \"0.5, 1 ,0.99\""));
    }

    @Test
    @Tag("O-14")
    void anArrayOfTheWrongElementsIsACrash() {
        assertFailure(
                2,
                "panic: interface conversion: interface {} is int64, not string",
                failure("auth_http_addresses = [\"a\", 1]"));
        assertFailure(
                2,
                "panic: interface conversion: interface {} is int64, not float64",
                failure("e2e_processing_latency_percentiles = [1]"));
    }

    @Test
    @Tag("O-16")
    void specialKeysAreTakenInAnySpelling() throws StartException {
        assertEquals(
                Map.of(
                        Option.TLS_REQUIRED, TlsRequired.TRUE,
                        Option.TLS_MIN_VERSION, TlsVersion.TLS1_2,
                        Option.LOG_LEVEL, LogLevel.WARN),
                values("tls_required = true\ntls_min_version = \"TLS1.2\"\nlog_level = \"WARN\""));
        assertEquals(Map.of(Option.TLS_REQUIRED, TlsRequired.TCP_HTTPS), values("tls_required = \"tcp-https\""));
        assertEquals(Map.of(Option.TLS_REQUIRED, TlsRequired.FALSE), values("tls_required = \"F\""));
        assertEquals(Map.of(), values("tls_min_version = \"\""));
    }

    @ParameterizedTest
    @Tag("O-16")
    @Tag("O-24")
    @CsvSource({
        "tls_required, '\"foo\"', foo",
        "tls_min_version, '\"tls9\"', tls9",
        "tls_min_version, 12, 12",
        "log_level, '\"foo\"', foo",
        "log_level, 2, 2"
    })
    void aBadSpecialKeyIsFatalEvenWhereAFlagOverridesIt(String key, String value, String shown) {
        StartException failure =
                failure(key + " = " + value, Option.TLS_REQUIRED, Option.TLS_MIN_VERSION, Option.LOG_LEVEL);
        assertFailure(1, "FATAL: failed parsing " + key + " " + shown, failure);
    }

    @ParameterizedTest
    @Tag("O-14")
    @Tag("O-22")
    @CsvSource(
            delimiter = '|',
            value = {
                "max_msg_size = \"abc\" | abc (1048576) for field MaxMsgSize - strconv.ParseInt: parsing \"abc\": invalid syntax",
                "max_msg_size = \"9223372036854775808\" | 9223372036854775808 (1048576) for field MaxMsgSize - strconv.ParseInt: parsing \"9223372036854775808\": value out of range",
                "max_msg_size = 1.5 | 1.5 (1048576) for field MaxMsgSize - invalid int64 value type float64",
                "max_msg_size = true | true (1048576) for field MaxMsgSize - invalid int64 value type bool",
                "msg_timeout = \"5\" | 5 (1m0s) for field MsgTimeout - time: missing unit in duration \"5\"",
                "msg_timeout = \"abc\" | abc (1m0s) for field MsgTimeout - time: invalid duration \"abc\"",
                "msg_timeout = 9223372036855 | 9223372036855 (1m0s) for field MsgTimeout - value out of range",
                "log_format = \"xml\" | xml (text) for field LogFormat - unknown format (text, json)",
                "msg_timeout = 1.5 | 1.5 (1m0s) for field MsgTimeout - invalid time.Duration value type float64",
                "deflate = \"maybe\" | maybe (true) for field DeflateEnabled - strconv.ParseBool: parsing \"maybe\": invalid syntax",
                "statsd_mem_stats = 0.5 | 0.5 (true) for field StatsdMemStats - invalid bool value type float64",
                "statsd_udp_packet_size = [1] | [1] (508) for field StatsdUDPPacketSize - invalid int64 value type []interface {}",
                "e2e_processing_latency_percentiles = \"x\" | x ([]) for field E2EProcessingLatencyPercentiles - strconv.ParseFloat: parsing \"x\": invalid syntax"
            })
    void whatCannotBeCoercedIsReportedInGosWords(String text, String rest) {
        assertFailure(1, "ERROR: Resolve failed to coerce value " + rest, failure(text));
    }

    @Test
    @Tag("O-23")
    void aFileThatCannotBeReadIsFatal() {
        String path = directory.resolve("none.cfg").toString();
        assertFailure(
                1,
                "FATAL: failed to load config file " + path + " - open " + path + ": no such file or directory",
                assertThrows(StartException.class, () -> ConfigFile.load(path)));
        assertFailure(
                1,
                "FATAL: failed to load config file " + directory + " - read " + directory + ": is a directory",
                assertThrows(StartException.class, () -> ConfigFile.load(directory.toString())));
    }

    @ParameterizedTest
    @Tag("O-23")
    @ValueSource(strings = {"a = 1\nb = ", "nonsense", "a = \"x", "sync_every = 99999999999999999999"})
    void aMalformedFileIsFatal(String text) {
        StartException failure = failure(text);
        assertEquals(1, failure.exitCode());
        String start = " FATAL: failed to load config file " + directory.resolve("nsqd.cfg") + " - toml: ";
        assertTrue(failure.getMessage().contains(start), failure.getMessage());
    }

    /** As editors on Windows write it. */
    @Test
    @Tag("O-23")
    void aByteOrderMarkAndCarriageReturnsDoNoHarm() throws Exception {
        Path file = Files.writeString(
                directory.resolve("windows.cfg"), "\ufeffsync_every = 7\r\n# end\r\nlog_prefix = \"x\"\r\n");
        Map<Option, Object> values = ConfigFile.load(file.toString()).values(Set.of());
        assertEquals(Map.of(Option.SYNC_EVERY, 7L, Option.LOG_PREFIX, "x"), values);
    }

    @Test
    @Tag("O-17")
    void aFileLikeThatOfTheGoDistributionLoads() throws StartException {
        String text = """
                max_msg_size = 1024768
                max_body_size = 5123840
                max_output_buffer_timeout = "1s"
                e2e_processing_latency_percentiles = [
                    1.0,
                    0.99,
                    0.95
                ]
                nsqlookupd_tcp_addresses = [
                    "127.0.0.1:4160"
                ]
                tls_required = false
                """;
        Map<Option, Object> values = values(text);
        assertEquals(1_024_768L, values.get(Option.MAX_MSG_SIZE));
        assertEquals(1_000_000_000L, values.get(Option.MAX_OUTPUT_BUFFER_TIMEOUT));
        assertEquals(List.of(1.0, 0.99, 0.95), values.get(Option.E2E_PROCESSING_LATENCY_PERCENTILE));
    }

    @Test
    @Tag("O-17")
    void everyLineOfOurExampleLoads() throws IOException, StartException {
        Path example = Path.of("src/assembly/conf/nsqd.cfg.example");
        String text = Files.readString(example);
        assertEquals(Map.of(), values(text));
        // What is commented out as an example must be right as well.
        Map<Option, Object> all = values(text.replaceAll("(?m)^# (\\w+ = )", "$1"));
        for (Option option : Option.values()) {
            boolean useful = option.configKey().isPresent() && !option.flag().startsWith("queue-scan-");
            assertEquals(useful, all.containsKey(option), option.flag());
        }
    }
}
