package io.nsqd.statsd;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What the reference sent, as it was received: each packet is a head line, its lines, and an empty line. */
final class GoldenDump {
    private GoldenDump() {}

    /** The packets of one round. */
    record Round(List<String> packets) {
        String text() {
            return String.join("", packets);
        }
    }

    /** The packets of the {@code index}th round: those of one source port. */
    static Round round(String resource, int index) {
        List<Round> rounds = new ArrayList<>();
        String lastPort = "";
        for (String block : read(resource).split("\n\n", -1)) {
            if (block.isBlank()) {
                continue;
            }
            String head = block.substring(0, block.indexOf('\n'));
            String port = head.replaceAll(".*port (\\d+),.*", "$1");
            if (!port.equals(lastPort)) {
                rounds.add(new Round(new ArrayList<>()));
                lastPort = port;
            }
            rounds.get(rounds.size() - 1).packets().add(block.substring(head.length() + 1) + "\n");
        }
        return rounds.get(index);
    }

    private static String read(String resource) {
        try (InputStream in = GoldenDump.class.getResourceAsStream(resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
