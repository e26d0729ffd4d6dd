package io.nsqd.core.fsck;

import io.nsqd.api.Errors;
import io.nsqd.core.disk.DirectoryLock;
import io.nsqd.core.disk.DirectoryLock.InUseException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.util.Optional;
import java.util.spi.ToolProvider;

/**
 * Checks and repairs a data path: the tool {@code nsqd-fsck}. It needs no framework, only this bundle and its libraries on
 * the class path.
 *
 * <p>Its arguments are {@code --data-path=}, {@code --format=text|json}, {@code --repair}, {@code --fold-journal}, {@code --terminal} (show on the
 * error output how far it is), {@code --max-msg-size=} and {@code --max-bytes-per-file=}, both in bytes: made for {@code bin/nsqd}, which
 * has the flags for people. The report goes to the output, what keeps it from being made to the error output, in one line.
 */
public final class Fsck implements ToolProvider {
    /** The name by which it is found. */
    static final String NAME = "nsqd-fsck";

    /** Exit code: there is no damage, or none any more. */
    static final int CLEAN = 0;

    /** Exit code: there is damage. */
    static final int DAMAGED = 1;

    /** Exit code: it could not be done. */
    static final int FAILED = 2;

    /** For the service loader. */
    public Fsck() {
        // It has no state.
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int run(PrintWriter out, PrintWriter err, String... arguments) {
        Request request;
        try {
            request = Request.parse(arguments);
        } catch (IllegalArgumentException e) {
            return fail(err, e.getMessage());
        }
        try (AutoCloseable lock = lock(request)) {
            int result = run(request, lock != null, out, err);
            out.flush();
            return result;
        } catch (InUseException e) {
            return fail(err, request.dataPath() + " is in use: nothing was read or changed - " + e.getMessage());
        } catch (IOException e) {
            return fail(err, "cannot " + verb(request) + " " + request.dataPath() + " - " + Errors.describe(e));
        } catch (Exception e) {
            // Closing the lock does not fail; whatever else comes is not known here.
            return fail(err, "cannot check " + request.dataPath() + " - " + Errors.describe(e));
        }
    }

    private static String verb(Request request) {
        if (request.fold()) {
            return "fold the journal of";
        }
        return request.repair() ? "repair" : "check";
    }

    /** The lock of the data path, or {@code null} where one can only be read and so no daemon can be at work. */
    private static DirectoryLock lock(Request request) throws IOException {
        try {
            return DirectoryLock.acquire(request.dataPath());
        } catch (InUseException e) {
            throw e;
        } catch (IOException e) {
            boolean readable = Files.isDirectory(request.dataPath()) && Files.isReadable(request.dataPath());
            if (request.changes() || !readable || Files.isWritable(request.dataPath())) {
                throw e;
            }
            return null;
        }
    }

    private static int run(Request request, boolean locked, PrintWriter out, PrintWriter err) throws IOException {
        Progress progress = new Progress(request.terminal() ? err : null, System::nanoTime);
        DataPathCheck check = new DataPathCheck(request.dataPath(), request.limits(), progress);
        KeptFiles kept = new KeptFiles(request.dataPath());
        Repair repair = new Repair(request.dataPath(), request.limits(), progress, kept);
        JournalRepair journalRepair = new JournalRepair(request.dataPath(), kept);
        if (request.changes()) {
            repair.recover();
            journalRepair.recover();
        }
        Report report = check.run(locked);
        Changes changes = Changes.NONE;
        Report after = report;
        if (request.repair() && !report.isClean()) {
            changes = changes.and(repair.run(report)).and(journalRepair.run(report));
            after = check.run(locked);
        }
        if (request.fold() && after.journal().exists()) {
            changes = changes.and(new JournalFold(request.dataPath(), request.limits(), repair, kept).run(after));
            after = check.run(locked);
        }
        Optional<Report> afterwards = changes.any() ? Optional.of(after) : Optional.empty();
        if (request.json()) {
            new JsonReport(out).write(report, changes, afterwards);
        } else {
            new TextReport(out).write(report, changes, afterwards);
        }
        return after.isClean() ? CLEAN : DAMAGED;
    }

    private static int fail(PrintWriter err, String line) {
        err.print("nsqd: " + line + "\n");
        err.flush();
        return FAILED;
    }
}
