package io.nsqd.core.fsck;

import io.nsqd.core.journal.Replay;
import io.nsqd.core.journal.file.JournalFiles;
import java.util.List;

/**
 * What the journal of a data path is like.
 *
 * @param segments its files, by their numbers
 * @param unused files behind them that a daemon had made and not used
 * @param frames sound ones that a start would read
 * @param queues what a start would bring back, by topic and channel
 * @param findings what is to be said about it
 * @param unknown frames that are sound and cannot be understood
 */
record JournalState(
        List<JournalFiles.Segment> segments,
        List<JournalFiles.Segment> unused,
        long frames,
        List<Replay.Left> queues,
        List<Finding> findings,
        long unknown) {

    /** The name of the topic, or of topic and channel, as that of a queue. */
    static String name(Replay.Left queue) {
        return queue.channel().isEmpty() ? queue.topic() : queue.topic() + ":" + queue.channel();
    }

    /** Messages, each in each of its channels. */
    long messages() {
        return queues.stream().mapToLong(Replay.Left::live).sum();
    }

    /** Bytes of all files. */
    long bytes() {
        return segments.stream().mapToLong(JournalFiles.Segment::bytes).sum()
                + unused.stream().mapToLong(JournalFiles.Segment::bytes).sum();
    }

    /** Whether there is anything of it. */
    boolean exists() {
        return !segments.isEmpty() || !unused.isEmpty();
    }

    /** How many places are damaged. */
    long damage() {
        return findings.stream().filter(Finding::isDamage).count();
    }

    /** Whether a segment cannot be read, so that nobody knows what is in it. */
    boolean isUnreadable() {
        return findings.stream().anyMatch(finding -> finding.kind() == Finding.Kind.JOURNAL_UNREADABLE);
    }
}
