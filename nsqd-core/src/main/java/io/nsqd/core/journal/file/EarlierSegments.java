package io.nsqd.core.journal.file;

import io.nsqd.api.Errors;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * What earlier runs left.
 *
 * @param segments by their numbers
 * @param unused the last ones, into which nothing was ever put
 * @param next the number of the first segment of this run, above all that there are
 */
record EarlierSegments(List<EarlierSegment> segments, List<EarlierSegment> unused, int next) {
    private static final Logger LOG = LoggerFactory.getLogger(EarlierSegments.class);

    /**
     * Looks through a directory. The last segments, as long as nothing was ever put into them, are deleted: a run that was ended without
     * warning had made them, and where the disk is full this one needs their room.
     */
    static EarlierSegments find(SegmentFiles files, Path directory) throws IOException {
        return find(files, directory, true);
    }

    /** @param deleting whether the unused ones are deleted; else nothing is changed */
    static EarlierSegments find(SegmentFiles files, Path directory, boolean deleting) throws IOException {
        TreeSet<Integer> numbers = new TreeSet<>();
        int kept = 0;
        for (String name : files.names(directory)) {
            int number = Format.number(name, false);
            if (number > 0) {
                numbers.add(number);
            } else {
                kept = Math.max(kept, Format.number(name, true));
            }
        }
        List<EarlierSegment> unused = new ArrayList<>();
        while (!numbers.isEmpty() && isUnused(files, Format.path(directory, numbers.last()), deleting)) {
            int number = numbers.pollLast();
            if (!deleting) {
                unused.add(segment(files, directory, number));
            }
        }
        List<EarlierSegment> segments = new ArrayList<>();
        for (int number : numbers) {
            segments.add(segment(files, directory, number));
        }
        int last = Math.max(kept, numbers.isEmpty() ? 0 : numbers.last());
        for (EarlierSegment segment : unused) {
            last = Math.max(last, segment.number());
        }
        // With no gap: a missing number is a missing segment.
        return new EarlierSegments(List.copyOf(segments), List.copyOf(unused), last + 1);
    }

    private static EarlierSegment segment(SegmentFiles files, Path directory, int number) {
        Path path = Format.path(directory, number);
        return new EarlierSegment(number, path, size(files, path));
    }

    private static boolean isUnused(SegmentFiles files, Path path, boolean deleting) {
        try {
            if (!SegmentReader.isUnused(files, path)) {
                return false;
            }
            if (deleting) {
                files.delete(path);
            }
            return true;
        } catch (IOException e) {
            // Who replays it runs into the same, and says so.
            LOG.debug("JOURNAL: {}", Errors.describe("read", path, e));
            return false;
        }
    }

    private static long size(SegmentFiles files, Path path) {
        try {
            return files.size(path);
        } catch (IOException e) {
            return 0;
        }
    }
}
