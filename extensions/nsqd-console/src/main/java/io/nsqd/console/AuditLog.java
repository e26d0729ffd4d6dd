package io.nsqd.console;

import io.nsqd.api.Errors;
import io.nsqd.api.Printable;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Who has done what, and what became of it: a line of JSON each in {@code nsqd.audit} in the data path, and a line in the log. At
 * {@value #MOST_BYTES} bytes the file becomes {@code nsqd.audit.1}, in place of the one before. What cannot be written is in the log
 * alone, which says so once. Any thread that may wait for a disk.
 */
final class AuditLog {
    static final String FILE = "nsqd.audit";
    static final int MOST_BYTES = 1 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(AuditLog.class);

    /** Of a name or a reason; all of what is of use is shorter. */
    private static final int LONGEST = 300;

    private final Path file;
    private final Path older;
    private final Clock clock;
    private boolean failing;

    AuditLog(Path dataPath, Clock clock) {
        file = dataPath.resolve(FILE);
        older = dataPath.resolve(FILE + ".1");
        this.clock = clock;
    }

    /**
     * Notes something.
     *
     * @param user who did it
     * @param address from where
     * @param action what, as the page calls it
     * @param target on what
     * @param outcome {@code ok}, or why not
     */
    void add(String user, String address, String action, String target, String outcome) {
        LOG.info(
                "CONSOLE: {} of {} by {} from {}: {}",
                shown(action),
                target.isEmpty() ? "the daemon" : shown(target),
                shown(user),
                address.isEmpty() ? "this machine" : shown(address),
                shown(outcome));
        write(Json.bytes(Json.object(
                "time",
                clock.millis(),
                "user",
                shortened(user),
                "address",
                shortened(address),
                "action",
                shortened(action),
                "target",
                shortened(target),
                "outcome",
                shortened(outcome))));
    }

    private static String shortened(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "...";
    }

    private static String shown(String text) {
        return Printable.of(shortened(text));
    }

    private synchronized void write(byte[] line) {
        try {
            if (Files.exists(file) && Files.size(file) + line.length >= MOST_BYTES) {
                Files.move(file, older, StandardCopyOption.REPLACE_EXISTING);
            }
            byte[] whole = new byte[line.length + 1];
            System.arraycopy(line, 0, whole, 0, line.length);
            whole[line.length] = '\n';
            Files.write(file, whole, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            if (failing) {
                LOG.info("CONSOLE: the audit log is written again");
            }
            failing = false;
        } catch (IOException e) {
            if (!failing) {
                LOG.error("CONSOLE: the audit log is not written - {}", Errors.describe("write", file, e));
            }
            failing = true;
        }
    }

    /** The newest lines, the newest first; lines that are none, as after a crash or a full disk, are left out. */
    synchronized List<Map<String, Object>> newest(int count) throws IOException {
        List<Map<String, Object>> all = new ArrayList<>();
        read(older, all);
        read(file, all);
        List<Map<String, Object>> newest = new ArrayList<>(all.subList(Math.max(0, all.size() - count), all.size()));
        Collections.reverse(newest);
        return newest;
    }

    private static void read(Path from, List<Map<String, Object>> all) throws IOException {
        if (Files.isRegularFile(from)) {
            for (String line : new String(Files.readAllBytes(from), StandardCharsets.UTF_8).split("\n", -1)) {
                parse(line).ifPresent(all::add);
            }
        }
    }

    /** Nothing for one that was cut short. */
    private static Optional<Map<String, Object>> parse(String line) {
        try {
            return line.isEmpty() ? Optional.empty() : Optional.of(Json.read(line.getBytes(StandardCharsets.UTF_8)));
        } catch (Refusal e) {
            return Optional.empty();
        }
    }
}
