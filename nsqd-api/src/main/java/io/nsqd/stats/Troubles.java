package io.nsqd.stats;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** The counters of one daemon for each {@link Trouble}, from its start on. Any thread may count, at any time; nothing waits. */
public final class Troubles {
    /** The map itself is never changed: any thread may read it. */
    private final Map<Trouble, AtomicLong> counts = new EnumMap<>(Trouble.class);

    /** All of them 0. */
    public Troubles() {
        for (Trouble trouble : Trouble.values()) {
            counts.put(trouble, new AtomicLong());
        }
    }

    /** Counts one. */
    public void count(Trouble trouble) {
        add(trouble, 1);
    }

    /**
     * Counts several, or adds a time.
     *
     * @param more how many more, in the trouble's {@link Trouble#unit unit}; 0 or more
     */
    public void add(Trouble trouble, long more) {
        counts.get(trouble).addAndGet(more);
    }

    /** What was counted so far. */
    public long value(Trouble trouble) {
        return counts.get(trouble).get();
    }

    /** All counters, in the order of {@link Trouble}. */
    public Map<Trouble, Long> snapshot() {
        Map<Trouble, Long> all = new EnumMap<>(Trouble.class);
        counts.forEach((trouble, count) -> all.put(trouble, count.get()));
        return Collections.unmodifiableMap(all);
    }
}
