package io.nsqd.core.fsck;

import io.nsqd.core.disk.AtomicFile;
import io.nsqd.core.journal.file.JournalFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Writes a damaged journal anew, with all its sound frames, in segments with higher numbers; the old ones are kept.
 *
 * <p>The new segments are made, and fsynced, in a directory of their own; then a plan is written, then they get their names, the last one
 * first, and only then the old ones go, the first one first. A start at any moment between reads the old ones, or what is left of them,
 * and then the new ones or the last of them: what happened to a message happens once more, and has the same outcome. Killed anywhere,
 * the next repair completes or undoes it. The caller holds the lock of the data path.
 */
final class JournalRepair {
    private static final String PLAN = "plan";

    private final Path directory;
    private final Path work;
    private final KeptFiles kept;

    JournalRepair(Path directory, KeptFiles kept) {
        this.directory = directory;
        this.kept = kept;
        work = directory.resolve(DataPath.JOURNAL_WORK);
    }

    /** What is going to be done. The first of the new ones is above all old ones; there may be none. */
    private record Plan(int first, int last, List<Integer> old) {
        void write(Path work) throws IOException {
            StringBuilder text = new StringBuilder().append(first).append(' ').append(last);
            old.forEach(number -> text.append(' ').append(number));
            AtomicFile.replace(work.resolve(PLAN), text.toString().getBytes(StandardCharsets.US_ASCII));
        }

        static Optional<Plan> read(Path work) throws IOException {
            Path file = work.resolve(PLAN);
            if (!Files.exists(file)) {
                return Optional.empty();
            }
            List<Integer> numbers = new ArrayList<>();
            try {
                for (String word :
                        Files.readString(file, StandardCharsets.US_ASCII).split(" ", -1)) {
                    numbers.add(Integer.valueOf(word));
                }
                return Optional.of(
                        new Plan(numbers.get(0), numbers.get(1), List.copyOf(numbers.subList(2, numbers.size()))));
            } catch (NumberFormatException | IndexOutOfBoundsException e) {
                throw new IOException("cannot use the plan of a repair in " + file, e);
            }
        }
    }

    /** Writes it anew if it is damaged. */
    Optional<Changes.Rewritten> run(Report report) throws IOException {
        if (report.journal().damage() == 0) {
            return Optional.empty();
        }
        if (report.journal().isUnreadable()) {
            // It may be readable elsewhere, or by a later version: a daemon leaves it where it is, too.
            throw new IOException("a segment of the journal cannot be read: "
                    + report.journal().findings().stream()
                            .filter(finding -> finding.kind() == Finding.Kind.JOURNAL_UNREADABLE)
                            .findFirst()
                            .orElseThrow()
                            .text());
        }
        JournalFiles files = new JournalCheck(directory).files();
        List<Integer> old = new ArrayList<>();
        files.segments().forEach(segment -> old.add(segment.number()));
        int first = files.next();
        Files.createDirectory(work);
        int last;
        try {
            last = files.write(work, first);
        } catch (IOException e) {
            removeWork();
            throw e;
        }
        KeptFiles.sync(work);
        KeptFiles.sync(directory);
        deleteUnused(files);
        Plan plan = new Plan(first, last, old);
        plan.write(work);
        complete(plan);
        return Optional.of(new Changes.Rewritten(kept.takeNames()));
    }

    /** They would be between the old segments and the new ones, and have nothing in them. */
    private void deleteUnused(JournalFiles files) throws IOException {
        for (JournalFiles.Segment segment : files.unused()) {
            Files.delete(segment.path());
        }
        KeptFiles.sync(directory);
    }

    private void complete(Plan plan) throws IOException {
        for (int number = plan.last(); number >= plan.first(); number--) {
            Path staged = JournalFiles.file(work, number);
            if (Files.exists(staged)) {
                Files.move(staged, JournalFiles.file(directory, number), StandardCopyOption.ATOMIC_MOVE);
                KeptFiles.sync(directory);
            }
        }
        for (int number : plan.old()) {
            Path file = JournalFiles.file(directory, number);
            if (Files.exists(file)) {
                kept.keep(file);
                KeptFiles.sync(directory);
            }
        }
        removeWork();
    }

    /** Completes or undoes what an earlier repair was at when it was killed. */
    void recover() throws IOException {
        if (!Files.exists(work)) {
            return;
        }
        Optional<Plan> plan = Plan.read(work);
        if (plan.isPresent() && !wasUsed(plan.get())) {
            complete(plan.get());
        } else {
            removeWork();
        }
    }

    /** Whether a daemon has gone on since, and may have done with what was staged. */
    private boolean wasUsed(Plan plan) throws IOException {
        boolean staged = false;
        for (int number = plan.first(); number <= plan.last(); number++) {
            staged |= Files.exists(JournalFiles.file(work, number));
        }
        if (!staged) {
            return false;
        }
        for (int number : plan.old()) {
            if (!Files.exists(JournalFiles.file(directory, number))) {
                return true;
            }
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (JournalFiles.isSegment(name)
                        && name.compareTo(JournalFiles.file(directory, plan.last())
                                        .getFileName()
                                        .toString())
                                > 0) {
                    return true;
                }
            }
        }
        return false;
    }

    private void removeWork() throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(work)) {
            entries.forEach(files::add);
        }
        // The plan goes first: what it is about is done or undone.
        files.sort((one, other) -> Boolean.compare(isPlan(other), isPlan(one)));
        for (Path file : files) {
            Files.delete(file);
        }
        Files.delete(work);
        KeptFiles.sync(directory);
    }

    private static boolean isPlan(Path file) {
        return file.getFileName().toString().equals(PLAN);
    }
}
