package io.nsqd.core.fsck;

import io.nsqd.core.disk.DiskFiles;
import io.nsqd.core.disk.DiskMeta;
import io.nsqd.core.disk.RecordScan;
import io.nsqd.core.fsck.DataPath.BadFile;
import io.nsqd.core.fsck.DataPath.QueueFiles;
import io.nsqd.core.fsck.Finding.Kind;
import io.nsqd.core.fsck.Report.Leftover;
import io.nsqd.core.fsck.Report.MetaState;
import io.nsqd.core.fsck.Report.Segment;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** Looks at one queue: which of its files are to be read from where, and what is in them. */
final class QueueCheck {
    /** Damage that is listed for a queue; more of it is only counted. A report is to be read by people, too. */
    static final int MAX_FINDINGS = 100;

    private final Path directory;
    private final QueueFiles files;
    private final Limits limits;
    private final Progress progress;
    private final List<Finding> findings = new ArrayList<>();
    private final List<Leftover> leftovers = new ArrayList<>();
    private final List<Segment> segments = new ArrayList<>();

    private MetaState metaState;
    private Optional<DiskMeta> meta = Optional.empty();
    private long damage;
    private long unsynced;
    private long oddIds;

    QueueCheck(Path directory, QueueFiles files, Limits limits, Progress progress) {
        this.directory = directory;
        this.files = files;
        this.limits = limits;
        this.progress = progress;
    }

    /** @param named whether the metadata name the queue */
    Report.Queue run(boolean named) throws IOException {
        Path metaFile = new DiskFiles(directory, files.name()).meta();
        String metaName = metaFile.getFileName().toString();
        readMeta(metaFile, metaName);
        NavigableMap<Long, Long> deliverable = deliverable();
        if (metaState == MetaState.NONE && !deliverable.isEmpty()) {
            metaState = MetaState.MISSING;
            found(Finding.of(
                    Kind.META_MISSING,
                    metaName,
                    "there is none, but data: the Go daemon would write over it, and nobody knows what was read"));
        }
        if (metaState == MetaState.OK) {
            checkFilesThere(meta.orElseThrow());
        }
        List<BadFile> bad = new ArrayList<>(files.bad());
        for (Map.Entry<Long, Long> file : deliverable.entrySet()) {
            while (!bad.isEmpty() && bad.get(0).number() <= file.getKey()) {
                checkBad(bad.remove(0));
            }
            check(file.getKey(), file.getValue());
        }
        for (BadFile file : bad) {
            checkBad(file);
        }
        notice(named, metaName);
        return new Report.Queue(
                files.name(),
                named,
                metaState,
                meta,
                List.copyOf(segments),
                files.data().isEmpty() ? -1 : files.data().lastKey(),
                unsynced,
                List.copyOf(findings),
                damage);
    }

    /** Files of the queue that no daemon needs. */
    List<Leftover> leftovers() {
        return leftovers;
    }

    private void readMeta(Path file, String name) throws IOException {
        if (!Files.exists(file)) {
            metaState = MetaState.NONE;
            return;
        }
        try {
            meta = Optional.of(DiskMeta.read(file));
        } catch (FileSystemException e) {
            // It cannot be read at all, which says nothing about what is in it.
            throw e;
        } catch (IOException e) {
            metaState = MetaState.BROKEN;
            found(Finding.of(Kind.META_BROKEN, name, "it does not have the format: nobody knows what was read"));
            return;
        }
        DiskMeta positions = meta.orElseThrow();
        metaState = positions.isImpossible() ? MetaState.IMPOSSIBLE : MetaState.OK;
        if (positions.isImpossible()) {
            found(Finding.of(
                    Kind.META_IMPOSSIBLE,
                    name,
                    "it says that more was read (" + positions.readFile() + "," + positions.readPos()
                            + ") than written (" + positions.writeFile() + "," + positions.writePos() + ")"));
        }
    }

    /** The numbers of the data files with something to be delivered, and where it begins. */
    private NavigableMap<Long, Long> deliverable() throws IOException {
        NavigableMap<Long, Long> starts = new TreeMap<>();
        for (Map.Entry<Long, Path> file : files.data().entrySet()) {
            long number = file.getKey();
            long size = Files.size(file.getValue());
            boolean trusted = metaState == MetaState.OK;
            long first = trusted ? meta.orElseThrow().readFile() : 0;
            boolean known = trusted && number <= meta.orElseThrow().writeFile();
            if (number < first || (size == 0 && !known)) {
                leftovers.add(new Leftover(file.getValue().getFileName().toString(), size, Leftover.Reason.CONSUMED));
                progress.advance(size);
            } else {
                starts.put(
                        number, trusted && number == first ? meta.orElseThrow().readPos() : 0L);
            }
        }
        return starts;
    }

    /** All files between the positions must be there, and the last one as long as the meta file says (S-17, S-19). */
    private void checkFilesThere(DiskMeta positions) throws IOException {
        DiskFiles names = new DiskFiles(directory, files.name());
        long expected = positions.readFile();
        for (long number : files.data()
                .subMap(positions.readFile(), true, positions.writeFile(), true)
                .keySet()) {
            missing(names, expected, number);
            expected = number + 1;
        }
        missing(names, expected, positions.writeFile());
        Path last = files.data().get(positions.writeFile());
        String lastName = names.data(positions.writeFile()).getFileName().toString();
        if (last == null && positions.writePos() > 0) {
            found(Finding.of(
                    Kind.FILE_MISSING,
                    lastName,
                    "the file being written is missing; it had at least " + positions.writePos() + " bytes"));
        } else if (last != null && Files.size(last) < positions.writePos()) {
            found(new Finding(
                    Kind.FILE_SHORT,
                    lastName,
                    Files.size(last),
                    0,
                    "the file ends before the write position " + positions.writePos()));
        }
    }

    private void missing(DiskFiles names, long from, long to) {
        if (from >= to) {
            return;
        }
        String text = "it is missing (as after a kill, when it had been read to its end)";
        if (to - from > 1) {
            text = "all up to number " + (to - 1) + " are missing";
        }
        found(Finding.of(Kind.FILE_MISSING, names.data(from).getFileName().toString(), text));
    }

    private void check(long number, long from) throws IOException {
        Path path = files.data().get(number);
        String name = path.getFileName().toString();
        DiskMeta positions = meta.orElse(DiskMeta.FRESH);
        boolean trusted = metaState == MetaState.OK;
        boolean beyond = trusted && number > positions.writeFile();
        if (beyond) {
            found(Finding.of(
                    Kind.FILE_UNKNOWN,
                    name,
                    "the meta file says that writing has not got there: the Go daemon would write over it"));
        }
        long size = Files.size(path);
        if (from > size) {
            if (number < positions.writeFile()) {
                found(new Finding(Kind.FILE_SHORT, name, size, 0, "the file ends before the read position " + from));
            }
            segments.add(new Segment(path, number, false, beyond, size, size, 0, 1));
            progress.advance(size);
            return;
        }
        long synced = trusted && number == positions.writeFile() ? positions.writePos() : Long.MAX_VALUE;
        segments.add(scan(path, number, false, beyond, from, synced));
    }

    private void checkBad(BadFile file) throws IOException {
        Segment segment = scan(file.path(), file.number(), true, false, 0, Long.MAX_VALUE);
        segments.add(segment);
        String text = "a daemon has given it up; intact in it: " + count(segment.records());
        if (segment.damage() == 0) {
            text += ", and nothing else (the Go daemon also leaves such a file when it has read it to its end)";
        }
        found(Finding.of(Kind.FILE_BAD, segment.fileName(), text));
    }

    /** @param synced records from this offset on were written after the meta file */
    private Segment scan(Path path, long number, boolean bad, boolean beyond, long from, long synced)
            throws IOException {
        Counter counter = new Counter(path.getFileName().toString(), synced);
        long size = RecordScan.scan(path, from, limits.maxLength(), counter, progress::advance);
        oddIds += counter.odd;
        unsynced += counter.unsynced;
        return new Segment(path, number, bad, beyond, from, size, counter.records, counter.damaged);
    }

    /** Counts what is in a file. */
    private final class Counter implements RecordScan.Visitor {
        private final String name;
        private final long synced;
        private long records;
        private long unsynced;
        private long odd;
        private long damaged;

        Counter(String name, long synced) {
            this.name = name;
            this.synced = synced;
        }

        @Override
        public void record(long offset, long bytes, boolean oddId) {
            records++;
            if (oddId) {
                odd++;
            }
            if (offset >= synced) {
                unsynced++;
            }
        }

        @Override
        public void damage(RecordScan.Damage kind, long offset, long end, String text) {
            damaged++;
            found(new Finding(Kind.of(kind), name, offset, end - offset, text));
        }
    }

    private void notice(boolean named, String metaName) {
        long records = segments.stream().mapToLong(Segment::records).sum();
        if (unsynced > 0) {
            findings.add(Finding.of(
                    Kind.RECORDS_UNSYNCED,
                    metaName,
                    "written after it, before a daemon was killed: " + count(unsynced)
                            + "; the next one delivers what it can read"));
        }
        if (damage == 0 && metaState == MetaState.OK && meta.orElseThrow().depth() != records - unsynced) {
            findings.add(Finding.of(
                    Kind.DEPTH_DIFFERS,
                    metaName,
                    "it says depth " + meta.orElseThrow().depth() + ", but there are " + (records - unsynced)));
        }
        if (oddIds > 0) {
            findings.add(Finding.of(
                    Kind.IDS_ODD,
                    metaName,
                    "with ids that no daemon makes: " + count(oddIds) + "; they are delivered all the same"));
        }
        if (!named) {
            findings.add(Finding.of(
                    Kind.QUEUE_UNNAMED,
                    metaName,
                    "no metadata name the queue: it is taken up when its topic or channel is created"));
        }
    }

    private static String count(long records) {
        return records + (records == 1 ? " record" : " records");
    }

    private void found(Finding finding) {
        damage++;
        if (damage <= MAX_FINDINGS) {
            findings.add(finding);
        }
    }
}
