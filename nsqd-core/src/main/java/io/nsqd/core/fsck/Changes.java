package io.nsqd.core.fsck;

import java.util.List;
import java.util.Optional;

/**
 * What was changed in a data path.
 *
 * @param repair of queues and metadata
 * @param journal of the journal: how many frames it has now
 * @param fold of the journal into the files of queues
 */
record Changes(Optional<Repair.Outcome> repair, Optional<Rewritten> journal, Optional<Folded> fold) {
    static final Changes NONE = new Changes(Optional.empty(), Optional.empty(), Optional.empty());

    /**
     * The journal was written anew.
     *
     * @param kept the originals, relative to the data path
     */
    record Rewritten(List<String> kept) {}

    /**
     * The journal is gone.
     *
     * @param queues what has got messages of it
     * @param named topics and channels that the metadata did not name before
     * @param delays messages that are held back
     * @param kept its files, relative to the data path
     */
    record Folded(List<FoldedQueue> queues, List<String> named, long delays, List<String> kept) {}

    /**
     * A queue that has got messages of the journal.
     *
     * @param name its name
     * @param messages that were added to its files
     * @param there messages of the journal of which it had a copy already
     * @param mayRepeat whether its files may have messages that were finished
     */
    record FoldedQueue(String name, long messages, long there, boolean mayRepeat) {}

    Changes and(Repair.Outcome outcome) {
        return new Changes(Optional.of(outcome), journal, fold);
    }

    Changes and(Optional<Rewritten> rewritten) {
        return new Changes(repair, rewritten, fold);
    }

    Changes and(Folded folded) {
        return new Changes(repair, journal, Optional.of(folded));
    }

    boolean any() {
        return repair.isPresent() || journal.isPresent() || fold.isPresent();
    }
}
