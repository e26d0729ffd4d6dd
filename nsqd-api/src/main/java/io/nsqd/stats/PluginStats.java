package io.nsqd.stats;

import io.nsqd.api.Printable;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A part of the daemon: a bundle, its own or a plug-in, or a jar that is no bundle yet; in a plain program a subsystem. As {@code /plugins}
 * shows them.
 *
 * @param name the bundle's symbolic name, or the subsystem's name; empty for a jar that cannot be read
 * @param version empty where there is none
 * @param state {@code active}, {@code waiting} for something else, {@code failed}, {@code standby} for another in its place,
 *     {@code attached} to another bundle as its fragment, {@code starting}, {@code stopping} or {@code stopped}
 * @param file where it comes from, empty where that is not known
 * @param reason why it is not active, what it waits for, or what went wrong last; empty where all is well
 */
public record PluginStats(String name, String version, String state, String file, String reason) {
    /** All is well with it. */
    public static final String ACTIVE = "active";

    private static final List<String> HEADING = List.of("NAME", "VERSION", "STATE", "FILE", "REASON");

    private List<String> cells() {
        return List.of(name, version, state, file, reason);
    }

    /** A table for people, a line each under a heading; each line ends with a line feed. */
    public static String table(List<PluginStats> plugins) {
        List<List<String>> rows = new ArrayList<>(List.of(HEADING));
        plugins.forEach(
                plugin -> rows.add(plugin.cells().stream().map(Printable::of).toList()));
        int[] widths = IntStream.range(0, HEADING.size())
                .map(column -> rows.stream()
                        .mapToInt(row -> row.get(column).length())
                        .max()
                        .orElse(0))
                .toArray();
        return rows.stream().map(row -> line(row, widths)).collect(Collectors.joining());
    }

    private static String line(List<String> row, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            line.append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length() + 2));
        }
        return line.toString().stripTrailing() + "\n";
    }
}
