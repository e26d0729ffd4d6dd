package io.nsqd.core.journal;

import io.nsqd.core.journal.Records.Name;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.Journal;
import io.nsqd.stats.Trouble;
import io.nsqd.stats.Troubles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;

/**
 * Finds out what a journal that was not closed has left: the first time it is read tells what is live and where, the second time hands
 * that out, so that no body is held meanwhile. Changes nothing of the journal. Used by one thread.
 */
public final class Replay {
    private static final Logger LOG = LoggerFactory.getLogger(Replay.class);

    private final long now;
    private final Troubles troubles;
    private final Map<Name, Map<Name, State>> topics = new HashMap<>();
    private long live;
    private int firstSegment;
    private long frames;
    private boolean closed;

    /** A queue as the journal tells of it. */
    private static final class State {
        private final Name topic;
        private final Name channel;
        private final LiveTable live = new LiveTable();

        /** Messages of which the storage may hold a copy that is not to be handed on. */
        private final LongSet stale = new LongSet();

        private long highestId;
        private Target target;

        State(Name topic, Name channel) {
            this.topic = topic;
            this.channel = channel;
        }
    }

    /**
     * A queue that something is left of.
     *
     * @param topic its name
     * @param channel its name; empty for the topic's own queue
     * @param live messages
     * @param stale ids of which the storage may hold copies that are not to be handed on
     * @param highestId no id of the queue is above it
     */
    public record Left(String topic, String channel, int live, LongSet stale, long highestId) {}

    /** Takes what is live of a queue. */
    @FunctionalInterface
    public interface Target {
        /**
         * Takes a message.
         *
         * @param delayNanos how long it is still to be held back
         * @param position where it lies
         * @param body to be read during the call only
         */
        void message(long id, long timestampNanos, int attempts, long delayNanos, long position, ByteBuffer body)
                throws IOException;
    }

    /** Finds who takes what is live of a queue. */
    @FunctionalInterface
    public interface Targets {
        /** @param channel empty for the topic's own queue */
        Target of(String topic, String channel);
    }

    /** @param epochNanos the time of day */
    public Replay(long epochNanos, Troubles troubles) {
        now = epochNanos;
        this.troubles = troubles;
    }

    private State state(Name topic, Name channel) {
        return topics.computeIfAbsent(topic, t -> new HashMap<>())
                .computeIfAbsent(channel, c -> new State(topic, channel));
    }

    /** Something that can be replayed, the same each time: mostly a {@link Journal}. */
    @FunctionalInterface
    public interface Source {
        /** As {@link Journal#replay}. */
        void replay(Journal.Sink sink) throws IOException;
    }

    /** Reads the journal to find out what is live. */
    public void read(Source log) throws IOException {
        Finder finder = new Finder();
        log.replay((position, frame) -> {
            if (firstSegment == 0) {
                firstSegment = Journal.segment(position);
            }
            frames++;
            closed = false;
            finder.position = position;
            read(position, frame, finder);
        });
        topics.values().forEach(channels -> channels.values().forEach(state -> live += state.live.size()));
    }

    /** A frame that was intact but cannot be understood costs what it says, and no more. */
    private void read(long position, ByteBuffer frame, Records.Visitor visitor) {
        try {
            Records.read(frame, visitor);
        } catch (IOException e) {
            LOG.error("JOURNAL: cannot understand the frame at {} - {}", Long.toHexString(position), e.getMessage());
            troubles.count(Trouble.DAMAGED_FILES);
        }
    }

    /** Frames that were read. */
    public long frames() {
        return frames;
    }

    /** Whether there is something that was not closed: the daemon that wrote it had no clean stop. */
    public boolean isOpen() {
        return frames > 0 && !closed;
    }

    /** Messages that are live, each in each of its channels. */
    public long live() {
        return live;
    }

    /** The first segment of the journal; 0 when there is none. */
    public int firstSegment() {
        return firstSegment;
    }

    /** The queues that something is left of. */
    public List<Left> left() {
        List<Left> all = new ArrayList<>();
        for (Map<Name, State> channels : topics.values()) {
            for (State state : channels.values()) {
                if (state.live.size() > 0 || state.stale.size() > 0) {
                    all.add(new Left(
                            state.topic.toString(),
                            state.channel.toString(),
                            state.live.size(),
                            state.stale,
                            state.highestId));
                }
            }
        }
        return all;
    }

    /** Whether a message of a queue is live. */
    public LongPredicate liveOf(Left queue) {
        LiveTable table = state(Name.of(queue.topic()), Name.of(queue.channel())).live;
        return id -> table.find(id) >= 0;
    }

    /** What remains of a delay: the clock may have stepped meanwhile. */
    private long remaining(long due, long delay) {
        return Math.max(0, Math.min(due - now, delay));
    }

    /** What is live is found out. */
    private final class Finder implements Records.Visitor {
        private long position;
        private State[] states = new State[0];
        private int[] counts = new int[0];
        private boolean alsoStored;

        @Override
        public void add(Name topic, Name[] channels, int[] counts, boolean alsoStored) {
            this.counts = counts;
            this.alsoStored = alsoStored;
            boolean own = channels.length == 0;
            states = new State[own ? 1 : channels.length];
            for (int i = 0; i < states.length; i++) {
                states[i] = state(topic, own ? Name.NONE : channels[i]);
            }
        }

        @Override
        public void message(int i, long id, long timestamp, int attempts, long due, long delay, ByteBuffer body) {
            for (int c = 0; c < states.length; c++) {
                State state = states[c];
                if (counts.length == 0) {
                    // In a topic a delay has not begun.
                    state.live.put(id, position, attempts, delay);
                } else if (i < counts[c]) {
                    state.live.put(id, position, attempts, delay > 0 ? now + remaining(due, delay) : 0);
                } else {
                    continue;
                }
                state.highestId = Math.max(state.highestId, id);
                if (alsoStored) {
                    state.stale.add(id);
                }
            }
        }

        @Override
        public void happened(byte type, Name topic, Name channel, long id) {
            State state = state(topic, channel);
            switch (type) {
                case Records.FINISHED -> state.live.remove(id);
                case Records.SPILLED -> {
                    state.live.remove(id);
                    // The copy there is the message from now on.
                    state.stale.remove(id);
                }
                case Records.TAKEN -> {
                    state.stale.add(id);
                    state.highestId = Math.max(state.highestId, id);
                }
                default -> {
                    int slot = state.live.find(id);
                    if (slot >= 0) {
                        state.live.booked(slot);
                    }
                }
            }
        }

        @Override
        public void deferred(Name topic, Name channel, long id, int attempts, long due, long delay) {
            State state = state(topic, channel);
            int slot = state.live.find(id);
            if (slot >= 0) {
                state.live.deferred(slot, attempts, now + remaining(due, delay));
            }
        }

        @Override
        public void emptied(Name topic, Name channel) {
            Map<Name, State> channels = topics.get(topic);
            if (channels != null) {
                channels.remove(channel);
            }
        }

        @Override
        public void closed() {
            topics.clear();
            closed = true;
        }
    }

    /** Reads the journal again, and hands out what is live, in the order in which it was added. */
    public void restore(Source log, Targets targets) throws IOException {
        if (live == 0) {
            return;
        }
        for (Map<Name, State> channels : topics.values()) {
            for (State state : channels.values()) {
                if (state.live.size() > 0) {
                    state.target = targets.of(state.topic.toString(), state.channel.toString());
                }
            }
        }
        Restorer restorer = new Restorer();
        log.replay((position, frame) -> {
            restorer.position = position;
            read(position, frame, restorer);
            if (restorer.failure != null) {
                throw restorer.failure;
            }
        });
    }

    private final class Restorer implements Records.Visitor {
        private long position;
        private IOException failure;
        private State[] states = new State[0];

        @Override
        public void add(Name topic, Name[] channels, int[] counts, boolean alsoStored) {
            Map<Name, State> known = topics.getOrDefault(topic, Map.of());
            boolean own = channels.length == 0;
            states = new State[own ? 1 : channels.length];
            for (int i = 0; i < states.length; i++) {
                states[i] = known.get(own ? Name.NONE : channels[i]);
            }
        }

        @Override
        public void message(int i, long id, long timestamp, int attempts, long due, long delay, ByteBuffer body) {
            for (State state : states) {
                int slot = state == null || state.target == null ? -1 : state.live.find(id);
                if (slot >= 0 && state.live.position(slot) == position) {
                    long held = state.live.due(slot);
                    long delayNanos = held == 0 ? 0 : state.channel.isEmpty() ? held : Math.max(0, held - now);
                    try {
                        state.target.message(
                                id, timestamp, state.live.attempts(slot), delayNanos, position, body.duplicate());
                    } catch (IOException e) {
                        failure = e;
                    }
                }
            }
        }
    }
}
