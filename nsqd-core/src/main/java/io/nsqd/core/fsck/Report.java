package io.nsqd.core.fsck;

import io.nsqd.core.disk.DiskMeta;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The state of a data path.
 *
 * @param directory the data path
 * @param locked whether its lock was held meanwhile: without it a daemon may have been at work
 * @param metadata what {@code nsqd.dat} says
 * @param findings what concerns no queue
 * @param queues by name
 * @param unwritten queues that the metadata name and that have no file, as when nothing was ever written to them
 * @param leftovers files that no daemon needs
 * @param journal what a daemon that promises more than Go's has written
 * @param delays when deferred messages are due
 */
record Report(
        Path directory,
        boolean locked,
        MetadataFile metadata,
        List<Finding> findings,
        List<Queue> queues,
        List<String> unwritten,
        List<Leftover> leftovers,
        JournalState journal,
        DelaysState delays) {

    /** How the meta file of a queue is. */
    enum MetaState {
        /** It says what can be. */
        OK,
        /** There is none, and no data. */
        NONE,
        /** There is none, but data. */
        MISSING,
        /** It does not have the format. */
        BROKEN,
        /** It says what cannot be. */
        IMPOSSIBLE
    }

    /**
     * A queue.
     *
     * @param name {@code topic} or {@code topic:channel}
     * @param named whether the metadata name it
     * @param metaState whether its meta file is to be believed
     * @param meta what the meta file says, if it can be read
     * @param segments the files with what is to be delivered, in its order
     * @param lastNumber the highest number of all its data files, or -1
     * @param unsynced intact records behind the write position
     * @param findings what is to be said about it; at most {@link QueueCheck#MAX_FINDINGS} of damage
     * @param damage how many places are damaged, those not listed included
     */
    record Queue(
            String name,
            boolean named,
            MetaState metaState,
            Optional<DiskMeta> meta,
            List<Segment> segments,
            long lastNumber,
            long unsynced,
            List<Finding> findings,
            long damage) {

        boolean isDamaged() {
            return damage > 0;
        }

        /** Intact records that a daemon delivers, or would but for the damage. */
        long records() {
            return segments.stream()
                    .filter(segment -> !segment.bad())
                    .mapToLong(Segment::records)
                    .sum();
        }

        /** Intact records in files that a daemon has given up. */
        long badRecords() {
            return segments.stream()
                    .filter(Segment::bad)
                    .mapToLong(Segment::records)
                    .sum();
        }

        long bytes() {
            return segments.stream().mapToLong(Segment::size).sum();
        }

        /** Whether the positions are known, so that nothing that was consumed comes back. */
        boolean isMetaTrusted() {
            return metaState == MetaState.OK || metaState == MetaState.NONE;
        }

        /**
         * Whether a repair may bring back what was delivered: where what has been read cannot be known.
         *
         * @see Repair
         */
        boolean mayRepeat() {
            return unsynced > 0
                    || segments.stream()
                            .anyMatch(segment ->
                                    segment.records() > 0 && (segment.bad() || segment.beyond() || !isMetaTrusted()));
        }

        String topic() {
            int separator = separator();
            return separator < 0 ? name : name.substring(0, separator);
        }

        /** The name of the channel, if it is a channel's. */
        Optional<String> channel() {
            int separator = separator();
            return separator < 0 ? Optional.empty() : Optional.of(name.substring(separator + 1));
        }

        /** On Windows the Go daemon writes a semicolon (S-2); neither occurs in names. */
        private int separator() {
            int colon = name.indexOf(':');
            return colon < 0 ? name.indexOf(';') : colon;
        }
    }

    /**
     * A file, or the rest of it, with records to be delivered.
     *
     * @param file where it is
     * @param number of the data file
     * @param bad whether a daemon has given it up
     * @param beyond whether it is behind the write position
     * @param from where the first unread record begins
     * @param size of the file
     * @param records intact ones
     * @param damage how many places are damaged
     */
    record Segment(
            Path file, long number, boolean bad, boolean beyond, long from, long size, long records, long damage) {
        String fileName() {
            return file.getFileName().toString();
        }
    }

    /**
     * A file that no daemon needs.
     *
     * @param file its name, relative to the data path
     * @param bytes its size
     * @param reason why it is not needed
     */
    record Leftover(String file, long bytes, Reason reason) {
        /** Why a file is not needed. */
        enum Reason {
            /** What was not renamed before a crash. */
            TEMPORARY,
            /** A data file before the read position, or an empty one. */
            CONSUMED,
            /** An original that a repair has kept. */
            KEPT
        }
    }

    boolean isClean() {
        return damage() == 0;
    }

    /** How many places are damaged. */
    long damage() {
        return findings.stream().filter(Finding::isDamage).count()
                + journal.damage()
                + delays.findings().size()
                + queues.stream().mapToLong(Queue::damage).sum();
    }

    List<Queue> damagedQueues() {
        return queues.stream().filter(Queue::isDamaged).toList();
    }

    long records() {
        return queues.stream().mapToLong(Queue::records).sum();
    }

    long badRecords() {
        return queues.stream().mapToLong(Queue::badRecords).sum();
    }

    long reclaimableBytes() {
        return leftovers.stream().mapToLong(Leftover::bytes).sum();
    }

    /** All findings, those of the queues last. */
    Stream<Finding> allFindings() {
        return Stream.of(
                        findings.stream(),
                        journal.findings().stream(),
                        delays.findings().stream(),
                        queues.stream().flatMap(queue -> queue.findings().stream()))
                .flatMap(found -> found);
    }
}
