package io.nsqd.core.fsck;

import io.nsqd.core.fsck.Finding.Kind;
import io.nsqd.core.journal.Replay;
import io.nsqd.core.journal.file.JournalFiles;
import io.nsqd.stats.Trouble;
import io.nsqd.stats.Troubles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Reads a journal as a start does, and reports; changes nothing. Takes some 50 bytes of memory for each message that is live. */
final class JournalCheck implements JournalFiles.Witness {
    private final List<Finding> findings = new ArrayList<>();
    private final Troubles troubles = new Troubles();
    private final JournalFiles files;
    private final Replay replay = new Replay(TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()), troubles);

    JournalCheck(Path directory) throws IOException {
        files = JournalFiles.find(directory, this);
    }

    JournalFiles files() {
        return files;
    }

    /** What was found out. */
    Replay replay() {
        return replay;
    }

    JournalState run() throws IOException {
        replay.read(files::replay);
        List<Replay.Left> queues = new ArrayList<>(replay.left());
        queues.sort(Comparator.comparing(JournalState::name));
        long unknown = troubles.value(Trouble.DAMAGED_FILES);
        JournalState state =
                new JournalState(files.segments(), files.unused(), replay.frames(), queues, findings, unknown);
        if (unknown > 0) {
            findings.add(journal(
                    Kind.JOURNAL_UNKNOWN,
                    "frames that are sound and cannot be understood: " + unknown + " (of a later version?)"));
        }
        if (state.messages() > 0) {
            findings.add(
                    journal(
                            Kind.JOURNAL_UNSETTLED,
                            "a daemon was killed: " + state.messages()
                                    + " messages are in the journal; the next start brings them back, a Go daemon knows nothing of them"));
        }
        return state;
    }

    private Finding journal(Kind kind, String text) {
        List<JournalFiles.Segment> segments = files.segments();
        return Finding.of(kind, segments.get(segments.size() - 1).fileName(), text);
    }

    @Override
    public void missing(String from, String to) {
        String which = from.equals(to) ? "it is missing" : "all up to " + to + " are missing";
        findings.add(Finding.of(Kind.JOURNAL_MISSING, from, which + ": what was in there is lost"));
    }

    @Override
    public void unreadable(String file, String why) {
        findings.add(Finding.of(Kind.JOURNAL_UNREADABLE, file, why));
    }

    @Override
    public void damaged(String file, String what) {
        findings.add(Finding.of(Kind.JOURNAL_DAMAGED, file, what));
    }

    @Override
    public void torn() {
        findings.add(journal(
                Kind.JOURNAL_TORN,
                "a daemon was killed while it wrote: what was not complete was not promised, and is dropped"));
    }
}
