package io.nsqd.core.journal.file;

import io.nsqd.api.Errors;
import io.nsqd.core.journal.file.Format.FrameHeader;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.Journal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Hands out what earlier runs left. Sequences grow by one, so that each frame that is not there is missed, whatever has become of it:
 *
 * <ul>
 *   <li>Missing are frames that a later one of the epoch calls durable: that is damage. What is sound is handed out.
 *   <li>Missing are others: they are the torn end of the epoch, and never were promised. What follows of the epoch is dropped with them,
 *       so that what is handed out is what was appended up to some moment.
 * </ul>
 *
 * <p>Changes nothing. One thread at a time.
 */
final class JournalReplay {
    private static final Logger LOG = LoggerFactory.getLogger(JournalReplay.class);

    private final SegmentFiles files;
    private final List<EarlierSegment> segments;
    private final Witness witness;

    /** Is told what is not as it was written, each thing once. */
    interface Witness {
        /** Segments are not there, {@code from} and {@code to} included. */
        void missing(int from, int to);

        /** A segment, or the rest of it, cannot be read: what is in there is left out. */
        void unreadable(EarlierSegment segment, IOException why);

        /** Something is wrong with a segment, and was not when it was written; what is sound in it is handed out. */
        void damaged(EarlierSegment segment, String what);

        /** A run was stopped while it wrote: what was not complete is dropped. */
        void torn();
    }

    /** What has been said already: each thing is said once, however often it is replayed. */
    private final Set<String> said = new HashSet<>();

    /** The epoch that frames are of now; 0 before the first. */
    private int epoch;

    /** The last one that was found of the epoch; 0 when none was, or when that is not known. */
    private long sequence;

    /** The highest sequence that is known to have been durable, of the epoch. */
    private long durable;

    /** Whether the end of the epoch was torn: what follows of it is dropped. */
    private boolean torn;

    /** Whether something in front of the next frame could not be looked at, and may have been what is missing. */
    private boolean unknown;

    /** Where something that is no frame was seen since the last sound frame. */
    private final List<EarlierSegment> suspects = new ArrayList<>();

    private EarlierSegment lastSegment;

    /** The number of the first segment that was neither trimmed nor about to be. */
    private int oldest;

    JournalReplay(SegmentFiles files, List<EarlierSegment> segments, Witness witness) {
        this.files = files;
        this.segments = segments;
        this.witness = witness;
    }

    /**
     * Hands out all frames.
     *
     * @param first the first segment that is not trimmed
     * @throws IOException of the sink's
     */
    synchronized void run(int first, Journal.Sink sink) throws IOException {
        epoch = 0;
        begin(0);
        suspects.clear();
        unknown = false;
        lastSegment = null;
        oldest = segments.stream()
                .filter(segment -> segment.number() >= first && segment.size() > 0)
                .mapToInt(EarlierSegment::number)
                .findFirst()
                .orElse(0);
        int before = 0;
        for (int i = 0; i < segments.size(); i++) {
            EarlierSegment segment = segments.get(i);
            if (segment.number() >= first) {
                if (before != 0 && segment.number() > before + 1) {
                    missing(before + 1, segment.number() - 1);
                }
                before = segment.number();
                replay(i, sink);
            }
        }
        sayTorn();
    }

    /** The segments of which nothing was handed out, as it came behind a torn end. */
    synchronized List<EarlierSegment> dropped() {
        return segments.stream()
                .filter(segment -> segment.isDropped() && !segment.isKept())
                .toList();
    }

    private void begin(int newEpoch) {
        epoch = newEpoch;
        sequence = 0;
        durable = 0;
        torn = false;
    }

    private void missing(int from, int to) {
        unknown = true;
        if (said.add("missing " + from)) {
            witness.missing(from, to);
        }
    }

    private void replay(int index, Journal.Sink sink) throws IOException {
        EarlierSegment segment = segments.get(index);
        SegmentReader reader = null;
        try {
            reader = open(segment);
            boolean found = reader != null && next(segment, reader);
            boolean any = found;
            boolean none = true;
            while (found) {
                if (isNext(index, reader)) {
                    none = false;
                    sink.frame(Format.position(segment.number(), reader.offset()), reader.payload());
                }
                found = next(segment, reader);
            }
            if (reader != null && !reader.hasHeader() && (any || reader.hasGarbage())) {
                damaged(segment, "its header is damaged");
            } else if (reader != null && any && none && torn) {
                segment.drop();
            }
        } finally {
            close(reader);
        }
    }

    private SegmentReader open(EarlierSegment segment) {
        try {
            return SegmentReader.open(files, segment.path(), segment.number());
        } catch (IOException e) {
            unreadable(segment, e);
            return null;
        }
    }

    private boolean next(EarlierSegment segment, SegmentReader reader) {
        boolean found = false;
        try {
            found = reader.next();
            if (reader.hasGarbage() && !suspects.contains(segment)) {
                suspects.add(segment);
            }
            if (found) {
                // It is read now, so that the sink's failures are the sink's.
                reader.payload();
            }
            return found;
        } catch (IOException e) {
            unreadable(segment, e);
            return false;
        }
    }

    private void unreadable(EarlierSegment segment, IOException e) {
        unknown = true;
        segment.keep();
        if (said.add("unreadable " + segment.number())) {
            witness.unreadable(segment, e);
        }
    }

    /** Whether the frame that was found is to be handed out. */
    private boolean isNext(int index, SegmentReader reader) {
        FrameHeader frame = reader.frame();
        if (frame.epoch() < epoch || (frame.epoch() == epoch && frame.sequence() <= sequence)) {
            // Of a copy of an earlier segment.
            return false;
        }
        if (frame.epoch() != epoch) {
            sayTorn();
            begin(frame.epoch());
            suspects.removeIf(segment -> segment.number() < frame.epoch());
            lastSegment = null;
            sequence = before(frame, segments.get(index));
        }
        durable = Math.max(durable, frame.durableUpTo());
        if (torn) {
            return false;
        }
        if (frame.sequence() != sequence + 1 && !unknown) {
            if (!isDurable(sequence + 1, index, reader)) {
                torn = true;
                return false;
            }
            lost(segments.get(index));
        }
        sequence = frame.sequence();
        lastSegment = segments.get(index);
        suspects.clear();
        unknown = false;
        return true;
    }

    /** The sequence of the last frame that may be missing in front of the first one that was found of an epoch. */
    private long before(FrameHeader frame, EarlierSegment segment) {
        if (frame.epoch() >= oldest) {
            return 0;
        }
        long before = frame.sequence() - frame.index() - 1L;
        // What is in front was trimmed, or else one frame is missing at least.
        return segment.number() == oldest ? before : before - 1;
    }

    private void sayTorn() {
        if (torn && said.add("torn " + epoch)) {
            witness.torn();
        }
    }

    /** Whether a frame was durable, by what the one that was found says, or those behind it. */
    private boolean isDurable(long missing, int index, SegmentReader reader) {
        for (int i = index; durable < missing && i < segments.size(); i++) {
            EarlierSegment segment = segments.get(i);
            try (SegmentReader ahead = SegmentReader.open(files, segment.path(), segment.number())) {
                if (i == index) {
                    ahead.seek(reader.offset());
                }
                while (durable < missing && ahead.next()) {
                    if (ahead.frame().epoch() != epoch) {
                        return false;
                    }
                    durable = Math.max(durable, ahead.frame().durableUpTo());
                }
            } catch (IOException e) {
                // Its turn comes, and then it is said.
                LOG.debug("JOURNAL: {}", Errors.describe("read", segment.path(), e));
            }
        }
        return durable >= missing;
    }

    private void lost(EarlierSegment found) {
        String what = "something is lost in front of a frame that says that it was durable";
        if (suspects.isEmpty()) {
            damaged(lastSegment == null ? found : lastSegment, what);
        }
        for (EarlierSegment segment : suspects) {
            damaged(segment, what);
        }
    }

    private void damaged(EarlierSegment segment, String what) {
        if (said.add("damaged " + segment.number())) {
            witness.damaged(segment, what);
        }
    }

    private static void close(SegmentReader reader) {
        if (reader != null) {
            try {
                reader.close();
            } catch (IOException e) {
                // Nothing was written.
                LOG.debug("JOURNAL: {}", Errors.describe(e));
            }
        }
    }
}
