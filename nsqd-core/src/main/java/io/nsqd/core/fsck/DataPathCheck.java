package io.nsqd.core.fsck;

import io.nsqd.core.fsck.DataPath.QueueFiles;
import io.nsqd.core.fsck.Finding.Kind;
import io.nsqd.core.fsck.Report.Leftover;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** Reads a data path and reports; changes nothing. */
final class DataPathCheck {
    private final Path directory;
    private final Limits limits;
    private final Progress progress;

    DataPathCheck(Path directory, Limits limits, Progress progress) {
        this.directory = directory;
        this.limits = limits;
        this.progress = progress;
    }

    /** @param locked whether the caller holds the lock of the data path */
    Report run(boolean locked) throws IOException {
        DataPath dataPath = DataPath.read(directory);
        MetadataFile metadata = MetadataFile.read(directory);
        progress.begin("checking", dataPath.bytes());
        List<Finding> findings = new ArrayList<>();
        switch (metadata.state()) {
            case BROKEN ->
                findings.add(Finding.of(
                        Kind.METADATA_BROKEN, MetadataFile.NAME, "no daemon starts with it: " + metadata.error()));
            case MISSING -> {
                if (!dataPath.queues().isEmpty()) {
                    findings.add(Finding.of(
                            Kind.METADATA_MISSING,
                            MetadataFile.NAME,
                            "it is missing: a daemon would start and know none of the queues"));
                }
            }
            case OK -> {
                // Nothing to tell.
            }
        }
        for (String work : List.of(DataPath.WORK, DataPath.JOURNAL_WORK)) {
            if (!Files.exists(directory.resolve(work))) {
                continue;
            }
            findings.add(Finding.of(
                    Kind.REPAIR_INTERRUPTED,
                    work,
                    "a repair did not get to its end; nothing is lost, and the next one takes it up"));
        }
        List<Leftover> leftovers = new ArrayList<>();
        for (Path file : dataPath.temporary()) {
            leftovers.add(new Leftover(file.getFileName().toString(), Files.size(file), Leftover.Reason.TEMPORARY));
        }
        List<Report.Queue> queues = new ArrayList<>();
        for (QueueFiles files : dataPath.queues().values()) {
            QueueCheck check = new QueueCheck(directory, files, limits, progress);
            // Without metadata that is said once.
            boolean named = metadata.state() != MetadataFile.State.OK
                    || metadata.queues().contains(files.name().replace(';', ':'));
            queues.add(check.run(named));
            leftovers.addAll(check.leftovers());
        }
        for (Path file : dataPath.keptAside()) {
            leftovers.add(new Leftover(file.getFileName().toString(), Files.size(file), Leftover.Reason.KEPT));
        }
        for (Path file : dataPath.kept()) {
            leftovers.add(new Leftover(directory.relativize(file).toString(), Files.size(file), Leftover.Reason.KEPT));
        }
        TreeSet<String> unwritten = new TreeSet<>(metadata.queues());
        dataPath.queues().keySet().forEach(name -> unwritten.remove(name.replace(';', ':')));
        JournalCheck journalCheck = new JournalCheck(directory);
        JournalState journal = journalCheck.run();
        if (journalCheck.replay().isOpen()
                && metadata.state() == MetadataFile.State.OK
                && !metadata.byDaemonWithJournal()) {
            findings.add(
                    Finding.of(
                            Kind.JOURNAL_PASSED_OVER,
                            MetadataFile.NAME,
                            "a daemon that knows nothing of the journal has written it since: what it has delivered is delivered again"));
        }
        progress.clear();
        return new Report(
                directory,
                locked,
                metadata,
                List.copyOf(findings),
                List.copyOf(queues),
                List.copyOf(unwritten),
                List.copyOf(leftovers),
                journal,
                DelaysState.read(directory));
    }
}
