package io.nsqd.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SettingsTest {
    @Test
    void anAddressIsEnough() throws BenchException {
        Settings settings = Settings.parse("localhost:4150");
        assertEquals(List.of(Workload.values()), settings.workloads());
        assertEquals(List.of(new Address("localhost", 4150)), settings.servers());
        assertTrue(settings.ephemeral());
        assertFalse(settings.json());
        assertEquals(50_000, settings.messages(Workload.PUB));
        // Again and again as many as an ephemeral topic surely holds: fewer, as that takes longer.
        assertTrue(settings.messages(Workload.CONSUME) < Workload.CONSUME.messages());
    }

    @Test
    void flagsAreWrittenAsTheDaemons() throws BenchException {
        Settings settings = Settings.parse(
                "-workload=latency,pub",
                "--messages",
                "7",
                "a:1",
                "--size=8",
                "-batch",
                "9",
                "--connections=10",
                "--rounds=11",
                "--warmups=0",
                "--rate=13",
                "--json",
                "b:2",
                "--http-address=a:3",
                "--http-address",
                "b:4");
        assertEquals(
                new Settings(
                        List.of(Workload.LATENCY, Workload.PUB),
                        7,
                        8,
                        9,
                        10,
                        11,
                        0,
                        13,
                        false,
                        true,
                        List.of(new Address("a", 1), new Address("b", 2)),
                        List.of(new Address("a", 3), new Address("b", 4))),
                settings);
        assertFalse(settings.ephemeral());
        assertEquals(7, settings.messages(Workload.CONSUME));
    }

    @Test
    void httpIsForPublishing() throws BenchException {
        Settings settings = Settings.parse("--http", "a:1", "b:2");
        assertEquals(List.of(Workload.PUB, Workload.MPUB), settings.workloads());
        assertEquals(settings.servers(), settings.admin());
        assertFalse(Settings.parse("--http=false", "a:1").http());
    }

    @Test
    void anAddressHasAPort() throws BenchException {
        assertEquals(new Address("::1", 4150), Address.parse("[::1]:4150"));
        assertEquals("[::1]:4150", Address.parse("[::1]:4150").toString());
        assertEquals("127.0.0.1:4150", Address.parse(":4150").toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|one or two addresses are wanted, not 0",
                "a:1 b:2 c:3|one or two addresses are wanted, not 3",
                "localhost|invalid address localhost: HOST:PORT is wanted",
                "a:0|invalid address a:0: HOST:PORT is wanted",
                "a:65536|invalid address a:65536: HOST:PORT is wanted",
                "a:b|invalid address a:b: HOST:PORT is wanted",
                "::1:4150|invalid address ::1:4150: an IPv6 address must be in brackets",
                "--speed=9 a:1|flag provided but not defined: -speed",
                "a:1 --rounds|flag needs an argument: -rounds",
                "--rounds=0 a:1|invalid value \"0\" for flag -rounds: a number from 1 to 1000 is wanted",
                "--rounds=many a:1|invalid value \"many\" for flag -rounds: a number from 1 to 1000 is wanted",
                "--json=yes a:1|invalid boolean value \"yes\" for -json",
                "--workload=pub,sub a:1|there is no workload \"sub\"",
                "--http --workload=latency a:1|the workload latency cannot be done over HTTP",
                "--http --http-address=a:2 a:1|with -http the addresses are those of HTTP: -http-address is too much",
                "--http-address=a:2 a:1 b:1|-http-address is wanted once for each server: 2 times, not 1",
                "--batch=1000000 --size=1000000 a:1|-batch times -size is more than 268435456 bytes"
            })
    void whatIsWrongIsSaid(String arguments, String complaint) {
        String[] split = arguments.isEmpty() ? new String[0] : arguments.split(" ", -1);
        BenchException wrong = assertThrows(BenchException.class, () -> Settings.parse(split));
        assertEquals(complaint, wrong.getMessage());
        assertEquals(2, wrong.exitCode());
    }

    @ParameterizedTest
    @ValueSource(strings = {"-h", "--help", "-help"})
    void helpIsWantedInAnyPlace(String flag) {
        assertTrue(Settings.wantsHelp("a:1", flag));
        assertFalse(Settings.wantsHelp("a:1", "--json"));
    }

    @Test
    void theUsageTellsEveryWorkload() {
        for (Workload workload : Workload.values()) {
            assertTrue(Settings.usage().contains("\t" + workload.label() + " "), workload.label());
        }
    }

    @Test
    void twoServersTakeTurnsInBeingFirst() {
        assertEquals(List.of(0, 1), Schedule.order(0, 2));
        assertEquals(List.of(1, 0), Schedule.order(1, 2));
        assertEquals(List.of(1, 0), Schedule.order(-1, 2));
        assertEquals(List.of(0), Schedule.order(1, 1));
    }
}
