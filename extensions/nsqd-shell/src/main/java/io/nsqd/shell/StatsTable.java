package io.nsqd.shell;

import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.api.Printable;
import io.nsqd.spi.Transport;
import io.nsqd.stats.ChannelStats;
import io.nsqd.stats.NsqdStats;
import io.nsqd.stats.PolicyStats;
import io.nsqd.stats.TopicStats;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The figures as a table for people: a line for each topic and, indented, for each of its channels. */
final class StatsTable {
    private static final List<String> HEADING = List.of(
            "TOPIC / CHANNEL",
            "DEPTH",
            "ON DISK",
            "IN FLIGHT",
            "DEFERRED",
            "MESSAGES",
            "REQUEUED",
            "TIMED OUT",
            "CLIENTS",
            "STATE");

    private final List<List<String>> rows = new ArrayList<>();

    private StatsTable() {
        rows.add(HEADING);
    }

    /** The daemon's state in two lines: how it is, what an OK promises, whom it serves. */
    static String heading(Nsqd nsqd) {
        Instant begin = nsqd.startTime().truncatedTo(ChronoUnit.SECONDS);
        Duration up = Duration.between(begin, Instant.now()).truncatedTo(ChronoUnit.SECONDS);
        return "nsqd " + Nsqd.VERSION + ", health " + Printable.of(nsqd.health()) + ", started " + begin + ", up "
                + up.toHours()
                + "h" + up.toMinutesPart() + "m" + up.toSecondsPart() + "s, durability "
                + nsqd.options().durability() + "\nserving " + served(nsqd);
    }

    /** The daemon in one line. */
    static String line(Nsqd nsqd) {
        return nsqd.name() + " in " + Printable.of(nsqd.options().string(Option.DATA_PATH)) + ", health "
                + Printable.of(nsqd.health()) + ", serving " + served(nsqd);
    }

    private static String served(Nsqd nsqd) {
        String transports =
                nsqd.transports().stream().map(StatsTable::describe).sorted().collect(Collectors.joining(", "));
        return transports.isEmpty() ? "nobody: no transport is there" : transports;
    }

    private static String describe(Transport transport) {
        String made = transport.implementation();
        return transport.protocol() + " " + transport.address()
                + (made.isEmpty() ? "" : " (" + Printable.of(made) + ")");
    }

    /** A table of all topics of a snapshot. */
    static String of(NsqdStats stats) {
        if (stats.topics().isEmpty()) {
            return "no topics";
        }
        StatsTable table = new StatsTable();
        stats.topics().forEach(table::add);
        return table.text();
    }

    private void add(TopicStats topic) {
        rows.add(List.of(
                topic.name(),
                Long.toString(topic.depth()),
                Long.toString(topic.backendDepth()),
                "",
                "",
                Long.toString(topic.messageCount()),
                "",
                "",
                "",
                state(topic.paused(), topic.policy())));
        topic.channels().forEach(this::add);
    }

    private void add(ChannelStats channel) {
        rows.add(List.of(
                "  " + channel.name(),
                Long.toString(channel.depth()),
                Long.toString(channel.backendDepth()),
                Integer.toString(channel.inFlightCount()),
                Integer.toString(channel.deferredCount()),
                Long.toString(channel.messageCount()),
                Long.toString(channel.requeueCount()),
                Long.toString(channel.timeoutCount()),
                Integer.toString(channel.clientCount()),
                state(channel)));
    }

    private static String state(ChannelStats channel) {
        String state = state(channel.paused(), channel.policy());
        return channel.rewind()
                .map(rewind -> (state.isEmpty() ? "" : state + ", ") + "rewinding: " + rewind.remaining() + " to go")
                .orElse(state);
    }

    /** What policies have done stands where there is something. */
    private static String state(boolean paused, Optional<PolicyStats> policy) {
        List<String> words = new ArrayList<>();
        if (paused) {
            words.add("paused");
        }
        policy.ifPresent(done -> {
            add(words, done.expired(), "expired");
            add(words, done.dead(), "dead");
            add(words, done.dropped(), "dropped");
            add(words, done.throttled(), "throttled");
            add(words, done.rejected(), "rejected");
            add(words, done.replayed(), "replayed");
        });
        return String.join(", ", words);
    }

    private static void add(List<String> words, long count, String what) {
        if (count > 0) {
            words.add(count + " " + what);
        }
    }

    private String text() {
        int[] widths = new int[HEADING.size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        return rows.stream().map(row -> line(row, widths)).collect(Collectors.joining("\n"));
    }

    /** Names to the left, figures to the right. */
    private static String line(List<String> row, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String cell = row.get(i);
            boolean figure = i > 0 && i < widths.length - 1;
            String gap = " ".repeat(widths[i] - cell.length());
            line.append(i == 0 ? "" : "  ").append(figure ? gap + cell : cell + gap);
        }
        return line.toString().stripTrailing();
    }
}
