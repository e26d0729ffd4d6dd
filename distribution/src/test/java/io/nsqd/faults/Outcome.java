package io.nsqd.faults;

import io.nsqd.launcher.Daemon;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

/**
 * What a script saw.
 *
 * @param fault what was done to the daemon
 * @param runs how often
 * @param acknowledged messages answered with OK
 * @param lost of those, the ones that never came
 * @param duplicated deliveries beyond the first of a message
 * @param notes what else there is to be told
 */
public record Outcome(String fault, int runs, long acknowledged, long lost, long duplicated, String notes) {
    /** Prints it as a row, and adds it to the file {@code faults.txt} beside the distribution. */
    public Outcome report(String daemon) throws IOException {
        String row = String.format(
                Locale.ROOT,
                "| %-28s | %-4s | %4d | %8d | %6d | %6d | %s |%n",
                fault,
                daemon,
                runs,
                acknowledged,
                lost,
                duplicated,
                notes);
        System.out.print(row);
        Path file = Daemon.home().resolveSibling("faults.txt");
        Files.writeString(file, row, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        return this;
    }
}
