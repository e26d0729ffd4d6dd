package io.nsqd.core.fsck;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nsqd.core.disk.DiskMeta;
import io.nsqd.core.fsck.Repair.Outcome;
import io.nsqd.core.fsck.Repair.RepairedQueue;
import io.nsqd.core.fsck.Report.Leftover;
import io.nsqd.core.fsck.Report.Segment;
import io.nsqd.core.journal.Replay;
import io.nsqd.core.journal.file.JournalFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A report for programs: one JSON object in one line. Fields may be added, but not changed; docs/FSCK.md describes them. */
final class JsonReport {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final PrintWriter out;

    JsonReport(PrintWriter out) {
        this.out = out;
    }

    void write(Report report, Changes changes, Optional<Report> after) throws IOException {
        ObjectNode root = JSON.createObjectNode();
        root.put("data_path", report.directory().toString());
        root.put("status", status(report));
        root.put("locked", report.locked());
        root.putObject("metadata")
                .put("status", report.metadata().state().word())
                .put("error", report.metadata().error());
        totals(report, root.putObject("totals"));
        findings(report.findings(), root.putArray("findings"));
        ArrayNode queues = root.putArray("queues");
        report.queues().forEach(queue -> queue(queue, queues.addObject()));
        ArrayNode unwritten = root.putArray("without_files");
        report.unwritten().forEach(unwritten::add);
        ArrayNode leftovers = root.putArray("leftovers");
        for (Leftover leftover : report.leftovers()) {
            leftovers
                    .addObject()
                    .put("file", leftover.file())
                    .put("bytes", leftover.bytes())
                    .put("reason", leftover.reason().name().toLowerCase(Locale.ROOT));
        }
        if (report.journal().exists()) {
            journal(report.journal(), root.putObject("journal"));
        } else {
            root.putNull("journal");
        }
        if (report.delays().exists()) {
            DelaysState delays = report.delays();
            ObjectNode node =
                    root.putObject("delays").put("bytes", delays.bytes()).put("messages", delays.entries());
            findings(delays.findings(), node.putArray("findings"));
        } else {
            root.putNull("delays");
        }
        if (changes.repair().isPresent()) {
            repair(changes, after.orElse(report), root.putObject("repair"));
        } else {
            root.putNull("repair");
        }
        if (changes.fold().isPresent()) {
            fold(changes.fold().get(), root.putObject("fold"));
        } else {
            root.putNull("fold");
        }
        out.print(JSON.writeValueAsString(root) + "\n");
    }

    private static String status(Report report) {
        return report.isClean() ? "clean" : "damaged";
    }

    private static void totals(Report report, ObjectNode totals) {
        totals.put("queues", report.queues().size())
                .put("damaged_queues", report.damagedQueues().size())
                .put("damage", report.damage())
                .put("records", report.records())
                .put("bad_records", report.badRecords())
                .put(
                        "bytes",
                        report.queues().stream().mapToLong(Report.Queue::bytes).sum())
                .put("reclaimable_bytes", report.reclaimableBytes());
    }

    private static void queue(Report.Queue queue, ObjectNode node) {
        node.put("name", queue.name())
                .put("topic", queue.topic())
                .put("channel", queue.channel().orElse(null))
                .put("status", queue.isDamaged() ? "damaged" : "clean")
                .put("named", queue.named())
                .put("meta", queue.metaState().name().toLowerCase(Locale.ROOT));
        Optional<DiskMeta> meta = queue.meta();
        node.put("depth", meta.map(DiskMeta::depth).orElse(null))
                .put("read_file", meta.map(DiskMeta::readFile).orElse(null))
                .put("read_pos", meta.map(DiskMeta::readPos).orElse(null))
                .put("write_file", meta.map(DiskMeta::writeFile).orElse(null))
                .put("write_pos", meta.map(DiskMeta::writePos).orElse(null))
                .put("records", queue.records())
                .put("bad_records", queue.badRecords())
                .put("unsynced_records", queue.unsynced())
                .put("damage", queue.damage())
                .put("bytes", queue.bytes());
        ArrayNode files = node.putArray("files");
        for (Segment segment : queue.segments()) {
            files.addObject()
                    .put("file", segment.fileName())
                    .put("bad", segment.bad())
                    .put("from", segment.from())
                    .put("bytes", segment.size())
                    .put("records", segment.records())
                    .put("damage", segment.damage());
        }
        findings(queue.findings(), node.putArray("findings"));
    }

    private static void findings(List<Finding> findings, ArrayNode nodes) {
        for (Finding finding : findings) {
            ObjectNode node = nodes.addObject()
                    .put("kind", finding.kind().word())
                    .put("is_damage", finding.isDamage())
                    .put("file", finding.file());
            node.put("offset", finding.offset() == Finding.NOWHERE ? null : (Long) finding.offset())
                    .put("bytes", finding.bytes())
                    .put("text", finding.text());
        }
    }

    private static void journal(JournalState journal, ObjectNode node) {
        node.put("bytes", journal.bytes())
                .put("frames", journal.frames())
                .put("messages", journal.messages())
                .put("damage", journal.damage());
        ArrayNode segments = node.putArray("segments");
        journal.segments().forEach(segment -> segment(segment, true, segments));
        journal.unused().forEach(segment -> segment(segment, false, segments));
        ArrayNode queues = node.putArray("queues");
        for (Replay.Left queue : journal.queues()) {
            queues.addObject()
                    .put("name", JournalState.name(queue))
                    .put("topic", queue.topic())
                    .put("channel", queue.channel().isEmpty() ? null : queue.channel())
                    .put("messages", queue.live())
                    .put("copies", queue.stale().size());
        }
        findings(journal.findings(), node.putArray("findings"));
    }

    private static void segment(JournalFiles.Segment segment, boolean used, ArrayNode nodes) {
        nodes.addObject()
                .put("file", segment.fileName())
                .put("bytes", segment.bytes())
                .put("used", used);
    }

    private static void fold(Changes.Folded folded, ObjectNode node) {
        ArrayNode queues = node.putArray("queues");
        for (Changes.FoldedQueue queue : folded.queues()) {
            queues.addObject()
                    .put("name", queue.name())
                    .put("messages", queue.messages())
                    .put("there", queue.there())
                    .put("may_repeat", queue.mayRepeat());
        }
        ArrayNode named = node.putArray("named");
        folded.named().forEach(named::add);
        node.put("delays", folded.delays());
        ArrayNode kept = node.putArray("kept");
        folded.kept().forEach(kept::add);
    }

    private static void repair(Changes changes, Report after, ObjectNode node) {
        Outcome outcome = changes.repair().orElseThrow();
        node.put("status", status(after))
                .put("metadata_rebuilt", outcome.metadataRebuilt())
                .put("journal_rewritten", changes.journal().isPresent());
        ArrayNode queues = node.putArray("queues");
        for (RepairedQueue queue : outcome.queues()) {
            queues.addObject()
                    .put("name", queue.name())
                    .put("records", queue.records())
                    .put("from_bad", queue.fromBad())
                    .put("may_repeat", queue.mayRepeat());
        }
        ArrayNode kept = node.putArray("kept");
        outcome.kept().forEach(kept::add);
        changes.journal().ifPresent(journal -> journal.kept().forEach(kept::add));
    }
}
