package io.nsqd.core.fsck;

import io.nsqd.core.disk.DiskMeta;
import io.nsqd.core.fsck.Repair.Outcome;
import io.nsqd.core.fsck.Repair.RepairedQueue;
import io.nsqd.core.fsck.Report.Leftover;
import io.nsqd.core.journal.Replay;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A report for people: a table of the queues, then what is to be said. */
final class TextReport {
    private static final List<String> HEAD =
            List.of("QUEUE", "STATE", "DEPTH", "RECORDS", "IN BAD", "READ", "WRITE", "FILES", "BYTES");

    /** Columns of words; numbers are aligned to the right. */
    private static final List<Integer> LEFT = List.of(0, 1);

    private final PrintWriter out;

    TextReport(PrintWriter out) {
        this.out = out;
    }

    void write(Report report, Changes changes, Optional<Report> after) {
        line(report.directory() + ": " + count(report.queues().size(), "queue") + ", "
                + count(report.records(), "record") + ", " + verdict(report));
        if (!report.locked()) {
            line("The directory cannot be locked: a daemon may have been at work meanwhile.");
        }
        if (!report.queues().isEmpty()) {
            line("");
            table(report);
        }
        journal(report.journal());
        if (report.delays().exists()) {
            line("");
            line("Delays: " + count(report.delays().entries(), "message") + " in nsqd.delays");
        }
        findings("Damage:", report, true);
        findings("Worth knowing:", report, false);
        if (!report.unwritten().isEmpty()) {
            section("Named in nsqd.dat and without files, as when nothing was ever written to them:");
            report.unwritten().forEach(name -> line("  " + name));
        }
        leftovers(report);
        changes.repair().ifPresent(this::repaired);
        changes.journal().ifPresent(this::rewritten);
        changes.fold().ifPresent(this::folded);
        line("");
        line(conclusion(report, changes, after));
    }

    private static String verdict(Report report) {
        return report.isClean() ? "no damage" : "damage in " + count(report.damage(), "place");
    }

    private static String conclusion(Report report, Changes changes, Optional<Report> after) {
        Report now = after.orElse(report);
        if (!now.isClean()) {
            return after.isPresent()
                    ? "Damage is left in " + count(now.damage(), "place") + "."
                    : "Damaged; --repair salvages every intact record.";
        }
        String journal = "";
        if (now.journal().messages() > 0) {
            journal = " --fold-journal moves what the journal has to the files of a Go daemon.";
        } else if (changes.fold().isPresent()) {
            journal = " Folded: the journal is gone.";
        }
        return (report.isClean() ? "Clean." : "Repaired: no damage any more.") + journal;
    }

    private void journal(JournalState journal) {
        if (!journal.exists()) {
            return;
        }
        section("Journal: " + count(journal.segments().size() + journal.unused().size(), "segment") + ", "
                + count(journal.bytes(), "byte") + ", " + count(journal.frames(), "frame") + ", "
                + count(journal.messages(), "message"));
        for (Replay.Left queue : journal.queues()) {
            if (queue.live() > 0) {
                line("  " + JournalState.name(queue) + ": " + count(queue.live(), "message"));
            }
        }
    }

    private void rewritten(Changes.Rewritten journal) {
        section("Journal: written anew, with everything that is intact");
        kept(journal.kept());
    }

    private void folded(Changes.Folded folded) {
        section("Journal: folded into the files of queues");
        for (Changes.FoldedQueue queue : folded.queues()) {
            line("  " + queue.name() + ": " + count(queue.messages(), "message") + " added, " + queue.there()
                    + " there already" + (queue.mayRepeat() ? "; some may be delivered for the second time" : ""));
        }
        for (String name : folded.named()) {
            line("  nsqd.dat: names " + name + " now");
        }
        if (folded.delays() > 0) {
            line("  nsqd.delays: " + count(folded.delays(), "message"));
        }
        kept(folded.kept());
    }

    private void kept(List<String> files) {
        for (String file : files) {
            line("  original kept: " + file);
        }
    }

    private void table(Report report) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEAD);
        long files = 0;
        long bytes = 0;
        for (Report.Queue queue : report.queues()) {
            Optional<DiskMeta> meta = queue.meta();
            rows.add(List.of(
                    queue.name(),
                    queue.isDamaged() ? "damaged" : "ok",
                    meta.map(m -> Long.toString(m.depth())).orElse("-"),
                    Long.toString(queue.records()),
                    Long.toString(queue.badRecords()),
                    meta.map(m -> m.readFile() + "," + m.readPos()).orElse("-"),
                    meta.map(m -> m.writeFile() + "," + m.writePos()).orElse("-"),
                    Integer.toString(queue.segments().size()),
                    Long.toString(queue.bytes())));
            files += queue.segments().size();
            bytes += queue.bytes();
        }
        rows.add(List.of(
                "total",
                report.isClean() ? "ok" : "damaged",
                "",
                Long.toString(report.records()),
                Long.toString(report.badRecords()),
                "",
                "",
                Long.toString(files),
                Long.toString(bytes)));
        int[] widths = new int[HEAD.size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        rows.forEach(row -> line(aligned(row, widths)));
    }

    private static String aligned(List<String> row, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String padding = " ".repeat(widths[i] - row.get(i).length());
            line.append(i == 0 ? "" : "  ");
            line.append(LEFT.contains(i) ? row.get(i) + padding : padding + row.get(i));
        }
        return line.toString().stripTrailing();
    }

    private void findings(String title, Report report, boolean damage) {
        List<Finding> wanted = report.allFindings()
                .filter(finding -> finding.isDamage() == damage)
                .toList();
        if (wanted.isEmpty()) {
            return;
        }
        section(title);
        for (Finding finding : wanted) {
            String place = finding.offset() == Finding.NOWHERE ? "" : " at " + finding.offset();
            String lost = finding.bytes() == 0 ? "" : " (" + count(finding.bytes(), "byte") + ")";
            line("  " + finding.file() + place + ": " + finding.text() + lost);
        }
        if (damage) {
            long unlisted = report.damage() - wanted.size();
            if (unlisted > 0) {
                line("  and " + count(unlisted, "more place") + " in queues with more than " + QueueCheck.MAX_FINDINGS);
            }
        }
    }

    private void leftovers(Report report) {
        if (report.leftovers().isEmpty()) {
            return;
        }
        section("Leftovers, which no daemon needs; to delete them gives " + count(report.reclaimableBytes(), "byte")
                + " back:");
        for (Leftover leftover : report.leftovers()) {
            line("  " + leftover.file() + ": " + leftover.reason().name().toLowerCase(Locale.ROOT) + ", "
                    + count(leftover.bytes(), "byte"));
        }
    }

    private void repaired(Outcome outcome) {
        if (outcome.queues().isEmpty()
                && !outcome.metadataRebuilt()
                && outcome.kept().isEmpty()) {
            return;
        }
        section("Repair:");
        for (RepairedQueue queue : outcome.queues()) {
            line("  " + queue.name() + ": " + count(queue.records(), "intact record") + ", "
                    + queue.fromBad() + " of them from .bad files"
                    + (queue.mayRepeat() ? "; some may be delivered for the second time" : ""));
        }
        if (outcome.metadataRebuilt()) {
            line(
                    "  nsqd.dat: made anew from the names of the queues; nothing is paused, and what had no files is gone");
        }
        kept(outcome.kept());
    }

    private void section(String title) {
        line("");
        line(title);
    }

    private static String count(long number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }

    private void line(String text) {
        // The same on all systems, as scripts read it.
        out.print(text + "\n");
    }
}
