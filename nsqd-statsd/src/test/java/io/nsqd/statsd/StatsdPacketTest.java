package io.nsqd.statsd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StatsdPacketTest {
    private static List<String> pack(List<String> lines, long size) {
        return StatsdPacket.pack(lines, size).stream()
                .map(packet -> new String(packet, StandardCharsets.UTF_8))
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"statsd-dump.txt, 508", "statsd-dump-noprefix-noephemeral-100b.txt, 100"})
    @Tag("D-7")
    @Tag("D-8")
    void packetsAreThoseOfTheReference(String dump, int size) {
        GoldenDump.Round round = GoldenDump.round(dump, 0);
        assertEquals(
                round.packets(),
                pack(round.text().lines().map(line -> line + "\n").toList(), size));
    }

    @Test
    @Tag("D-8")
    void aPacketIsFilledToTheLastByte() {
        assertEquals(List.of("12\n34\n", "5\n"), pack(List.of("12\n", "34\n", "5\n"), 6));
        assertEquals(List.of("12\n", "34\n5\n"), pack(List.of("12\n", "34\n", "5\n"), 5));
    }

    @Test
    @Tag("D-8")
    void aLineThatIsTooLongGoesAlone() {
        assertEquals(List.of("1\n", "123456789\n", "2\n"), pack(List.of("1\n", "123456789\n", "2\n"), 5));
        assertEquals(List.of("123456789\n", "2\n"), pack(List.of("123456789\n", "2\n"), 5));
    }

    @ParameterizedTest
    @CsvSource({"0", "-1"})
    @Tag("D-8")
    void withoutASizePacketsHave4096Bytes(long size) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            lines.add("x".repeat(1023) + "\n");
        }
        assertEquals(
                List.of(4096, 1024),
                pack(lines, size).stream().map(String::length).toList());
    }

    @Test
    @Tag("D-5")
    void nothingMakesNoPackets() {
        assertEquals(List.of(), pack(List.of(), 508));
    }
}
