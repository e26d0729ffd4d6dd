package io.nsqd.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.LogLevel;
import io.nsqd.api.Option;
import io.nsqd.api.TlsRequired;
import io.nsqd.api.TlsVersion;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {
    private static Map<Option, Object> values(String... arguments) throws StartException {
        return CommandLine.parse(arguments).values();
    }

    private static String firstLineOfFailure(int exitCode, String... arguments) {
        StartException failure = assertThrows(StartException.class, () -> CommandLine.parse(arguments));
        assertEquals(exitCode, failure.exitCode());
        return failure.getMessage().lines().findFirst().orElseThrow();
    }

    @Test
    @Tag("O-11")
    void nothingIsGivenWithoutArguments() throws StartException {
        CommandLine line = CommandLine.parse();
        assertEquals(Map.of(), line.values());
        assertEquals(Set.of(), line.given());
        assertEquals("", line.configPath());
    }

    @ParameterizedTest
    @Tag("O-2")
    @ValueSource(strings = {"-max-msg-size=-5", "--max-msg-size=-5", "-max-msg-size -5", "--max-msg-size -5"})
    void aValueFollowsAnEqualsSignOrIsTheNextArgument(String arguments) throws StartException {
        assertEquals(Map.of(Option.MAX_MSG_SIZE, -5L), values(arguments.split(" ", -1)));
    }

    @Test
    @Tag("O-2")
    void aValueMayContainEqualsSignsOrBeEmpty() throws StartException {
        assertEquals(
                Map.of(Option.LOG_PREFIX, "a=b ", Option.DATA_PATH, "", Option.CONFIG, "-x"),
                values("--log-prefix=a=b ", "--data-path=", "--config", "-x"));
    }

    @ParameterizedTest
    @Tag("O-3")
    @CsvSource({
        "-snappy, true", "--snappy=1, true", "-snappy=t, true", "-snappy=T, true", "-snappy=true, true",
        "-snappy=TRUE, true", "-snappy=True, true", "-snappy=0, false", "-snappy=f, false", "-snappy=F, false",
        "-snappy=false, false", "-snappy=FALSE, false", "-snappy=False, false"
    })
    void aBooleanNeedsNoValue(String argument, boolean value) throws StartException {
        assertEquals(Map.of(Option.SNAPPY, value), values(argument));
    }

    @Test
    @Tag("O-3")
    void aBooleanDoesNotTakeTheNextArgumentWhichEndsTheFlags() throws StartException {
        assertEquals(Map.of(Option.SNAPPY, true), values("--snappy", "false", "--max-msg-size=3"));
        assertEquals(Map.of(Option.WORKER_ID, true), values("--worker-id", "5", "--max-msg-size=3"));
        assertEquals(
                Map.of(Option.TLS_REQUIRED, TlsRequired.TRUE), values("-tls-required", "tcp-https", "-max-msg-size=3"));
    }

    @ParameterizedTest
    @Tag("O-4")
    @ValueSource(strings = {"word", "--", "-", ""})
    void aBareWordStopsParsing(String stop) throws StartException {
        assertEquals(Map.of(Option.SYNC_EVERY, 1L), values("-sync-every=1", stop, "-sync-every=2", "-nope"));
    }

    @Test
    @Tag("O-5")
    void ofARepeatedFlagTheLastCounts() throws StartException {
        assertEquals(Map.of(Option.SYNC_EVERY, 2L), values("-sync-every=1", "-sync-every", "2"));
    }

    @ParameterizedTest
    @Tag("O-6")
    @CsvSource({"0x10, 16", "010, 8", "0b1, 1", "0o7, 7", "1_000, 1000", "9223372036854775807, 9223372036854775807"})
    void integersHaveGosPrefixesAndUnderscores(String text, long value) throws StartException {
        assertEquals(Map.of(Option.MEM_QUEUE_SIZE, value), values("-mem-queue-size", text));
    }

    @ParameterizedTest
    @Tag("O-7")
    @CsvSource({"1h2m3.5s, 3723500000000", "100us, 100000", "-5s, -5000000000", "0, 0", "1.5ms, 1500000"})
    void durationsHaveUnits(String text, long nanos) throws StartException {
        assertEquals(Map.of(Option.MSG_TIMEOUT, nanos), values("-msg-timeout", text));
    }

    @Test
    @Tag("O-8")
    void eachOccurrenceOfAListFlagAddsOneElement() throws StartException {
        assertEquals(
                Map.of(
                        Option.LOOKUPD_TCP_ADDRESS, List.of("a,b", "", "c"),
                        Option.AUTH_HTTP_ADDRESS, List.of("d")),
                values(
                        "-lookupd-tcp-address=a,b",
                        "-lookupd-tcp-address=",
                        "-auth-http-address=d",
                        "-lookupd-tcp-address=c"));
    }

    @Test
    @Tag("O-9")
    void percentilesAreSplitAndSortedFromTheHighest() throws StartException {
        assertEquals(
                Map.of(Option.E2E_PROCESSING_LATENCY_PERCENTILE, List.of(0.99, 0.95, 0.5)),
                values("-e2e-processing-latency-percentile=0.5,0.99", "-e2e-processing-latency-percentile=0.95"));
    }

    @Test
    @Tag("O-10")
    void levelAndTlsWordsAreTakenInAnyCase() throws StartException {
        assertEquals(
                Map.of(
                        Option.LOG_LEVEL, LogLevel.WARN,
                        Option.TLS_MIN_VERSION, TlsVersion.TLS1_2,
                        Option.TLS_REQUIRED, TlsRequired.TCP_HTTPS),
                values("-log-level=wArN", "-tls-min-version=TLS1.2", "-tls-required=TCP-https"));
    }

    @Test
    @Tag("O-10")
    void anEmptyMinimumVersionChangesNothingButCountsAsGiven() throws StartException {
        CommandLine line = CommandLine.parse("-tls-min-version=");
        assertEquals(Map.of(), line.values());
        assertEquals(Set.of(Option.TLS_MIN_VERSION), line.given());
        assertEquals(
                Map.of(Option.TLS_MIN_VERSION, TlsVersion.TLS1_3),
                values("-tls-min-version=tls1.3", "-tls-min-version="));
    }

    @ParameterizedTest
    @Tag("O-20")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "-nope=1 | flag provided but not defined: -nope",
                "-max-msg-size | flag needs an argument: -max-msg-size",
                "-max-msg-size=abc | invalid value \"abc\" for flag -max-msg-size: parse error",
                "-max-msg-size=9223372036854775808 | invalid value \"9223372036854775808\" for flag -max-msg-size: value out of range",
                "-msg-timeout=5 | invalid value \"5\" for flag -msg-timeout: parse error",
                "-snappy=maybe | invalid boolean value \"maybe\" for -snappy: parse error",
                "-tls-required=foo | invalid boolean value \"foo\" for -tls-required: strconv.ParseBool: parsing \"foo\": invalid syntax",
                "---x | bad flag syntax: ---x",
                "-=x | bad flag syntax: -=x",
                "--=x | bad flag syntax: --=x",
                "-log-level=foo | invalid value \"foo\" for flag -log-level: invalid log level 'foo' (debug, info, warn, error, fatal)",
                "-log-level=warning | invalid value \"warning\" for flag -log-level: invalid log level 'warning' (debug, info, warn, error, fatal)",
                "-tls-min-version=foo | invalid value \"foo\" for flag -tls-min-version: unknown tlsVersionOption \"foo\"",
                "-sync-every=\"a\\b | invalid value \"\\\"a\\\\b\" for flag -sync-every: parse error",
            })
    void aWrongFlagIsReportedInGosWords(String argument, String line) {
        assertEquals(line, firstLineOfFailure(2, argument));
    }

    @Test
    @Tag("O-20")
    void theUsageTextFollowsTheReport() {
        StartException failure = assertThrows(StartException.class, () -> CommandLine.parse("-nope"));
        assertEquals("flag provided but not defined: -nope\n" + Usage.text().stripTrailing(), failure.getMessage());
    }

    @Test
    @Tag("O-21")
    void aPercentileThatIsNoNumberIsReportedByTheStandardLogger() {
        String line = firstLineOfFailure(1, "-e2e-processing-latency-percentile=0.5,abc");
        assertTrue(line.matches("\\d{4}/\\d\\d/\\d\\d \\d\\d:\\d\\d:\\d\\d Could not parse: abc"), line);
        assertTrue(firstLineOfFailure(1, "-e2e-processing-latency-percentile=0.5, 0.9")
                .endsWith("Could not parse:  0.9"));
    }

    @Test
    @Tag("O-30")
    void theVersionIsAskedForByABooleanFlag() throws StartException {
        assertTrue(CommandLine.parse("--version").wantsVersion());
        assertTrue(CommandLine.parse("-version=true", "-config=x").wantsVersion());
        assertFalse(CommandLine.parse("--version=false").wantsVersion());
        assertFalse(CommandLine.parse().wantsVersion());
    }

    @Test
    @Tag("O-30")
    void aFlagErrorWinsOverTheVersion() {
        assertEquals("flag provided but not defined: -nope", firstLineOfFailure(2, "--version", "--nope"));
    }

    @ParameterizedTest
    @Tag("O-31")
    @ValueSource(strings = {"-h", "--h", "-help", "--help", "--help=x"})
    void helpEndsTheParsing(String argument) throws StartException {
        assertTrue(CommandLine.parse(argument, "--nope").wantsHelp());
    }
}
