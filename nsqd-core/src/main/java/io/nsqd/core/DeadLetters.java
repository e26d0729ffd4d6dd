package io.nsqd.core;

import io.nsqd.api.Errors;
import io.nsqd.api.MessageBatch;
import io.nsqd.core.journal.Entries;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.Journal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Messages of a channel on their way to its dead-letter topic. They stay here, where they are in flight to nobody, until they are there:
 * who looks in the middle finds a message in both places, and never in none. Guarded by the channel's lock.
 */
final class DeadLetters {
    /** With so many here, the channel delivers nothing more, as it cannot know where to put what it would find. */
    private static final int MOST = 4096;

    /** Messages handed over at once. */
    private static final int BATCH = 256;

    private static final Logger LOG = LoggerFactory.getLogger(DeadLetters.class);

    private final String channel;
    private final InFlightQueue held = new InFlightQueue();
    private final MemoryBudget budget;

    /** Whether somebody sees to them. */
    private boolean going;

    private boolean troubled;

    DeadLetters(String channel, MemoryBudget budget) {
        this.channel = channel;
        this.budget = budget;
    }

    int size() {
        return held.size();
    }

    boolean isFull() {
        return held.size() >= MOST;
    }

    boolean holds(long id) {
        return held.contains(id);
    }

    /** The first one in a row, each of which leads to the next; {@code null} when there is none. */
    BrokerMessage first() {
        return held.first();
    }

    /**
     * Takes a message.
     *
     * @return false when one of its id is here already
     */
    boolean add(Letter letter) {
        // All are due at once: they stay in the order in which they came.
        letter.deadline = 0;
        if (!held.add(letter)) {
            return false;
        }
        budget.add(MemoryBudget.cost(letter.length()));
        return true;
    }

    /** Notes where a message lies in the journal. */
    void place(long id, long position) {
        BrokerMessage letter = held.get(id);
        if (letter != null) {
            letter.position = position;
        }
    }

    /** Whether somebody is to begin to see to them. */
    boolean begins() {
        boolean begins = !going && held.size() > 0;
        going |= begins;
        return begins;
    }

    /** The next ones to be handed over; empty when none is left: then nobody sees to them any more. */
    List<Letter> next() {
        List<Letter> next = new ArrayList<>();
        for (BrokerMessage message = held.first(); message != null && next.size() < BATCH; message = message.next) {
            next.add((Letter) message);
        }
        going = !next.isEmpty();
        return next;
    }

    /** Nobody sees to them any more. */
    void stop() {
        going = false;
    }

    /**
     * Lets go of those that have arrived.
     *
     * @return those of them that were still here
     */
    Entries remove(List<Letter> arrived) {
        Entries gone = new Entries();
        for (Letter letter : arrived) {
            BrokerMessage there = held.get(letter.id());
            if (there == letter) {
                held.remove(letter.id());
                budget.add(-MemoryBudget.cost(letter.length()));
                gone.add(letter.id(), letter.position, letter.length());
            }
        }
        held.trim();
        return gone;
    }

    /** They could not be handed over; said once. */
    void failed(String target, Throwable failure) {
        if (!troubled) {
            troubled = true;
            LOG.error(
                    "{}: {} message(s) cannot go to the dead-letter topic {}, and wait until they can - {}",
                    channel,
                    held.size(),
                    target,
                    Errors.describe(failure));
        }
    }

    /** They could be. */
    void worked(String target) {
        if (troubled) {
            troubled = false;
            LOG.info("{}: messages go to the dead-letter topic {} again", channel, target);
        }
    }

    void clear() {
        budget.add(-held.cost());
        held.clear();
    }

    /** Moves all to a batch. */
    void drainTo(MessageBatch batch) {
        for (BrokerMessage message = held.first(); message != null; message = message.next) {
            message.addTo(batch);
        }
        clear();
    }

    /** Adds those again that lie in segments of the journal up to one. */
    void move(int upTo, MemoryQueue.Move move) throws IOException {
        held.move(message -> message.position != 0 && Journal.segment(message.position) <= upTo, move);
    }
}
