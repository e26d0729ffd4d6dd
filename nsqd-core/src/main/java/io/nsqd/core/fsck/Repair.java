package io.nsqd.core.fsck;

import io.nsqd.api.Durability;
import io.nsqd.api.Names;
import io.nsqd.core.disk.DelaysFile;
import io.nsqd.core.disk.DiskFiles;
import io.nsqd.core.disk.DiskMeta;
import io.nsqd.core.disk.FileMetadataService;
import io.nsqd.core.disk.RecordScan;
import io.nsqd.core.fsck.Finding.Kind;
import io.nsqd.core.fsck.RepairPlan.OldFile;
import io.nsqd.core.fsck.Report.Segment;
import io.nsqd.spi.Metadata;
import io.nsqd.spi.Metadata.ChannelEntry;
import io.nsqd.spi.Metadata.TopicEntry;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Makes of each damaged queue a clean one with all its intact records.
 *
 * <p>A queue gets new data files, with numbers above all that it has. They are made, and fsynced, in a directory of their own; then a
 * {@link RepairPlan} is written, then they get their names, and then the meta file is replaced, in one step: before it the old
 * queue is in force, with all its files, after it the new one. Only then do the old files go: to {@link KeptFiles} what had
 * to be copied, while a file without damage is the same file under its new number. Killed anywhere, the next repair
 * undoes what was before that step and completes what was after it.
 *
 * <p>The caller holds the lock of the data path.
 */
final class Repair {
    /** File numbers that leave room for as many again: no daemon gets there, but a damaged name may. */
    private static final long MAX_NUMBER = 100_000_000_000_000_000L;

    private final Path directory;
    private final Path work;
    private final Limits limits;
    private final Progress progress;
    private final KeptFiles kept;

    /** @param kept where originals go */
    Repair(Path directory, Limits limits, Progress progress, KeptFiles kept) {
        this.directory = directory;
        this.limits = limits;
        this.progress = progress;
        work = directory.resolve(DataPath.WORK);
        this.kept = kept;
    }

    /**
     * What was done.
     *
     * @param queues the queues that are new
     * @param metadataRebuilt whether {@code nsqd.dat} was written anew, from the names of the queues
     * @param kept the originals, relative to the data path
     */
    record Outcome(List<RepairedQueue> queues, boolean metadataRebuilt, List<String> kept) {}

    /**
     * A queue that is new.
     *
     * @param name its name
     * @param records all that it has now
     * @param fromBad how many of them come from files that a daemon had given up
     * @param mayRepeat whether some of them may have been delivered before
     */
    record RepairedQueue(String name, long records, long fromBad, boolean mayRepeat) {}

    /** @param report of the data path as it is now */
    Outcome run(Report report) throws IOException {
        List<RepairedQueue> queues = new ArrayList<>();
        List<Report.Queue> damaged = report.damagedQueues();
        progress.begin(
                "repairing", damaged.stream().mapToLong(Report.Queue::bytes).sum());
        for (Report.Queue queue : damaged) {
            try {
                queues.add(repair(queue, More.NONE));
            } catch (IOException e) {
                undo(e);
                throw e;
            }
        }
        if (!report.delays().findings().isEmpty()) {
            kept.keepCopy(directory.resolve(DelaysFile.NAME));
            new DelaysRewrite(directory).run((topic, channel, id) -> true);
        }
        boolean rebuild = report.findings().stream()
                .anyMatch(finding -> finding.kind() == Kind.METADATA_BROKEN || finding.kind() == Kind.METADATA_MISSING);
        if (rebuild) {
            rebuildMetadata(report);
        }
        progress.clear();
        return new Outcome(queues, rebuild, kept.takeNames());
    }

    private void undo(IOException failure) {
        try {
            recover();
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    /** What comes behind the records of a queue. */
    @FunctionalInterface
    interface More {
        /** Nothing. */
        More NONE = writer -> 0;

        /** Adds records; returns how many. */
        long write(SalvageWriter writer) throws IOException;
    }

    /** Adds records to a queue, all of them or, after a kill, none. */
    void append(Report.Queue queue, More more) throws IOException {
        try {
            repair(queue, more);
        } catch (IOException e) {
            undo(e);
            throw e;
        }
    }

    private RepairedQueue repair(Report.Queue queue, More more) throws IOException {
        DiskFiles names = new DiskFiles(directory, queue.name());
        long first = firstNumber(queue);
        Files.createDirectory(work);
        List<OldFile> old = new ArrayList<>();
        long records = 0;
        long fromBad = 0;
        long readPos = 0;
        DiskMeta meta;
        try (SalvageWriter writer = new SalvageWriter(work, queue.name(), first, limits.maxBytesPerFile())) {
            for (Segment segment : queue.segments()) {
                boolean begins = writer.isEmpty();
                boolean adopted = mayAdopt(segment, begins) && writer.adopt(segment.file());
                if (adopted) {
                    readPos = begins ? segment.from() : readPos;
                    progress.advance(segment.size());
                } else if (segment.records() > 0) {
                    copy(segment, writer);
                }
                old.add(new OldFile(
                        segment.fileName(), segment.size(), adopted ? writer.last() : RepairPlan.NOT_ADOPTED));
                records += segment.records();
                fromBad += segment.bad() ? segment.records() : 0;
            }
            records += more.write(writer);
            writer.flush();
            meta = new DiskMeta(records, first, readPos, writer.last(), writer.position());
        }
        KeptFiles.sync(work);
        RepairPlan plan = new RepairPlan(queue.name(), first, meta.writeFile(), old);
        if (Files.exists(names.meta())) {
            kept.keepCopy(names.meta());
        }
        plan.write(work);
        DiskFiles staged = new DiskFiles(work, queue.name());
        for (long number = plan.first(); number <= plan.last(); number++) {
            if (Files.exists(staged.data(number))) {
                Files.move(staged.data(number), names.data(number), StandardCopyOption.ATOMIC_MOVE);
            }
        }
        KeptFiles.sync(directory);
        meta.write(names.meta());
        KeptFiles.sync(directory);
        complete(plan);
        return new RepairedQueue(queue.name(), records, fromBad, queue.mayRepeat());
    }

    private static long firstNumber(Report.Queue queue) throws IOException {
        long last = queue.lastNumber();
        // The positions of the meta file count only where they are to be believed: damaged ones may be beyond all
        // bounds.
        if (queue.metaState() == Report.MetaState.OK) {
            last = Math.max(last, queue.meta().orElseThrow().writeFile());
        }
        if (last > MAX_NUMBER) {
            throw new IOException(queue.name() + " has files with numbers up to " + last + ": no room for new ones");
        }
        return last + 1;
    }

    /** What was read of a file is told by the read position, which only the first file has. */
    private static boolean mayAdopt(Segment segment, boolean begins) {
        return segment.damage() == 0 && !segment.bad() && segment.records() > 0 && (segment.from() == 0 || begins);
    }

    private void copy(Segment segment, SalvageWriter writer) throws IOException {
        try (FileChannel source = FileChannel.open(segment.file(), StandardOpenOption.READ)) {
            writer.from(source);
            RecordScan.Visitor copier = new RecordScan.Visitor() {
                @Override
                public void record(long offset, long bytes, boolean oddId) throws IOException {
                    writer.append(offset, bytes);
                }

                @Override
                public void damage(RecordScan.Damage kind, long offset, long end, String text) {
                    // It stays in the original.
                }
            };
            RecordScan.scan(segment.file(), segment.from(), limits.maxLength(), copier, progress::advance);
            writer.flush();
        }
    }

    /** The new files are in force: the old ones go. Also when some of them have gone already. */
    private void complete(RepairPlan plan) throws IOException {
        DiskFiles names = new DiskFiles(directory, plan.queue());
        for (OldFile file : plan.old()) {
            Path path = directory.resolve(file.name());
            if (!Files.exists(path)) {
                continue;
            }
            if (file.adoptedAs() == RepairPlan.NOT_ADOPTED) {
                if (Files.size(path) == file.bytes()) {
                    kept.keep(path);
                }
            } else {
                Path adopted = names.data(file.adoptedAs());
                // Only a second name may go. A daemon may have been at work since.
                if (Files.exists(adopted) && Files.isSameFile(path, adopted)) {
                    Files.delete(path);
                }
            }
        }
        KeptFiles.sync(directory);
        removeWork();
    }

    /** Completes or undoes what an earlier repair was at when it was killed. */
    void recover() throws IOException {
        if (!Files.exists(work)) {
            return;
        }
        Optional<RepairPlan> plan = RepairPlan.read(work);
        if (plan.isPresent() && isInForce(plan.get())) {
            complete(plan.get());
            return;
        }
        if (plan.isPresent()) {
            undo(plan.get());
        }
        removeWork();
    }

    private boolean isInForce(RepairPlan plan) throws IOException {
        Optional<DiskMeta> meta = meta(plan);
        return meta.isPresent() && meta.get().readFile() >= plan.first();
    }

    /** Takes the new files away again. They are copies, or second names, of what is still there. */
    private void undo(RepairPlan plan) throws IOException {
        Optional<DiskMeta> meta = meta(plan);
        if (meta.isPresent() && !meta.get().isImpossible() && meta.get().writeFile() >= plan.first()) {
            // A daemon was here and has used the numbers: what is in these files now is not ours.
            return;
        }
        DiskFiles names = new DiskFiles(directory, plan.queue());
        DiskFiles staged = new DiskFiles(work, plan.queue());
        for (long number = plan.first(); number <= plan.last(); number++) {
            if (!Files.exists(staged.data(number))) {
                Files.deleteIfExists(names.data(number));
            }
        }
        KeptFiles.sync(directory);
    }

    private Optional<DiskMeta> meta(RepairPlan plan) throws IOException {
        Path file = new DiskFiles(directory, plan.queue()).meta();
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(DiskMeta.read(file));
        } catch (FileSystemException e) {
            throw e;
        } catch (IOException e) {
            // The damaged one that was to be replaced.
            return Optional.empty();
        }
    }

    private void removeWork() throws IOException {
        // The plan goes first: what it is about is done or undone.
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(work)) {
            entries.forEach(files::add);
        }
        files.sort(Comparator.comparing(RepairPlan::isPlan).reversed());
        for (Path file : files) {
            Files.delete(file);
        }
        Files.delete(work);
        KeptFiles.sync(directory);
    }

    /** Names all queues of which there are files; which of them were paused nobody knows any more. */
    private void rebuildMetadata(Report report) throws IOException {
        Path file = directory.resolve(MetadataFile.NAME);
        if (Files.exists(file)) {
            kept.keepCopy(file);
        }
        Map<String, NavigableSet<String>> topics = new TreeMap<>();
        for (Report.Queue queue : report.queues()) {
            String channel = queue.channel().orElse("");
            if (Names.isValid(queue.topic()) && (channel.isEmpty() || Names.isValid(channel))) {
                NavigableSet<String> channels = topics.computeIfAbsent(queue.topic(), topic -> new TreeSet<>());
                if (!channel.isEmpty()) {
                    channels.add(channel);
                }
            }
        }
        List<TopicEntry> entries = new ArrayList<>();
        topics.forEach((topic, channels) -> entries.add(new TopicEntry(
                topic,
                false,
                channels.stream()
                        .map(channel -> new ChannelEntry(channel, false))
                        .toList())));
        // What wrote the journal has written the metadata: nothing says that it was anybody else.
        Durability durability = report.journal().segments().isEmpty() ? Durability.MEMORY : Durability.WRITTEN;
        new FileMetadataService(directory, durability).save(new Metadata(entries));
        KeptFiles.sync(directory);
    }
}
