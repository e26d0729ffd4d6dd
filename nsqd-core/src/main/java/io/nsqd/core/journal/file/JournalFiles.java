package io.nsqd.core.journal.file;

import io.nsqd.api.Errors;
import io.nsqd.spi.Journal;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The files of a journal in a data path in which no daemon is at work: tells of them, and reads them as a daemon would. Changes nothing of
 * them. Waits for the disk. Used by one thread.
 */
public final class JournalFiles {
    private final EarlierSegments found;
    private final JournalReplay replay;

    /** Is told what is not as it was written, each thing once, however often it is read. */
    public interface Witness {
        /** Segments are not there, {@code from} and {@code to} included. */
        void missing(String from, String to);

        /** A segment, or the rest of it, cannot be read: what is in there is left out. */
        void unreadable(String file, String why);

        /** Something is wrong with a segment; what is sound in it is handed out. */
        void damaged(String file, String what);

        /** A run was stopped while it wrote: what was not complete is dropped, and was never promised. */
        void torn();
    }

    /**
     * A segment.
     *
     * @param path where it is
     * @param number its number, 1 and up
     * @param bytes of the file
     */
    public record Segment(Path path, int number, long bytes) {
        /** The name of the file. */
        public String fileName() {
            return path.getFileName().toString();
        }
    }

    private JournalFiles(EarlierSegments found, JournalReplay replay) {
        this.found = found;
        this.replay = replay;
    }

    /**
     * Looks through a data path.
     *
     * @throws IOException when the directory cannot be read
     */
    public static JournalFiles find(Path directory, Witness witness) throws IOException {
        EarlierSegments found = EarlierSegments.find(SegmentFiles.SYSTEM, directory, false);
        return new JournalFiles(
                found, new JournalReplay(SegmentFiles.SYSTEM, found.segments(), new Passing(directory, witness)));
    }

    /** Those with something in them, by their numbers. */
    public List<Segment> segments() {
        return found.segments().stream().map(JournalFiles::segment).toList();
    }

    /** Those behind them into which nothing was ever put. */
    public List<Segment> unused() {
        return found.unused().stream().map(JournalFiles::segment).toList();
    }

    private static Segment segment(EarlierSegment segment) {
        return new Segment(segment.path(), segment.number(), segment.size());
    }

    /** Whether there are none at all. */
    public boolean isEmpty() {
        return found.segments().isEmpty() && found.unused().isEmpty();
    }

    /** The first number that no segment has had. */
    public int next() {
        return found.next();
    }

    /** Hands out all sound frames, as {@link Journal#replay}. */
    public void replay(Journal.Sink sink) throws IOException {
        replay.run(0, sink);
    }

    /**
     * Writes all sound frames into new segments in another directory, durably but for the names in it.
     *
     * @param first the number of the first one
     * @return the number of the last one; smaller than {@code first} where there was no frame
     */
    public int write(Path directory, int first) throws IOException {
        try (SegmentWriter writer = new SegmentWriter(directory, first)) {
            replay((position, frame) -> writer.append(frame));
            return writer.last();
        }
    }

    /** The file of a segment. */
    public static Path file(Path directory, int number) {
        return Format.path(directory, number);
    }

    /** Whether that is the name of a segment that a daemon has found damaged and kept aside. */
    public static boolean isKeptAside(String name) {
        return Format.number(name, false) == 0 && Format.number(name, true) != 0;
    }

    /** Whether that is the name of a segment. */
    public static boolean isSegment(String name) {
        return Format.number(name, false) != 0;
    }

    /** In words for people. */
    private record Passing(Path directory, Witness witness) implements JournalReplay.Witness {
        private String name(int number) {
            return Format.path(directory, number).getFileName().toString();
        }

        @Override
        public void missing(int from, int to) {
            witness.missing(name(from), name(to));
        }

        @Override
        public void unreadable(EarlierSegment segment, IOException why) {
            witness.unreadable(name(segment.number()), Errors.describe("read", segment.path(), why));
        }

        @Override
        public void damaged(EarlierSegment segment, String what) {
            witness.damaged(name(segment.number()), what);
        }

        @Override
        public void torn() {
            witness.torn();
        }
    }
}
