package io.nsqd.core.journal.file;

import io.nsqd.api.Errors;
import io.nsqd.core.journal.file.JournalHealth.Fault;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;

/** Deletes segments that nobody needs, in the background and the oldest first. */
final class SegmentDisposal {
    private final JournalSettings settings;
    private final JournalThread thread;
    private final JournalHealth health;
    private final SegmentSupply supply;
    private final Deque<Stored> condemned = new ArrayDeque<>();

    /** Segments of which nothing was replayed. */
    private List<EarlierSegment> dropped = List.of();

    SegmentDisposal(JournalSettings settings, JournalThread thread, JournalHealth health, SegmentSupply supply) {
        this.settings = settings;
        this.thread = thread;
        this.health = health;
        this.supply = supply;
    }

    /**
     * Nothing of these was replayed, and nothing will be: they are emptied before the first segment is deleted. When the one that shows
     * that they came behind a torn end is gone, they would look sound.
     */
    synchronized void dropped(List<EarlierSegment> segments) {
        dropped = segments;
    }

    /** Has segments deleted, behind those that were given before. Any thread, never waits. */
    void delete(Collection<? extends Stored> segments) {
        if (segments.isEmpty()) {
            return;
        }
        synchronized (this) {
            condemned.addAll(segments);
        }
        thread.schedule(this::run, 0);
    }

    private void run() {
        if (!finish()) {
            thread.schedule(this::run, settings.retryNanos());
        }
    }

    /** Deletes what can be. On the thread. True when nothing is left. */
    boolean finish() {
        if (next() != null && !emptyDropped()) {
            return false;
        }
        for (Stored next = next(); next != null; next = next()) {
            try {
                if (!next.isKept()) {
                    next.release(true);
                    settings.files().delete(next.path());
                    // One after the other: a later one that is gone where an earlier one is back would be missed.
                    settings.files().forceDirectory(settings.directory());
                }
            } catch (IOException e) {
                health.failed(Fault.DELETE, Errors.describe("remove", next.path(), e));
                return false;
            }
            synchronized (this) {
                condemned.remove();
            }
            health.works(Fault.DELETE);
            if (!next.isKept()) {
                supply.freed(next.size());
            }
        }
        return true;
    }

    private boolean emptyDropped() {
        List<EarlierSegment> segments;
        synchronized (this) {
            segments = dropped;
        }
        for (EarlierSegment segment : segments) {
            try {
                if (settings.files().exists(segment.path())) {
                    settings.files().empty(segment.path());
                }
            } catch (IOException e) {
                health.failed(Fault.DELETE, Errors.describe("truncate", segment.path(), e));
                return false;
            }
        }
        synchronized (this) {
            dropped = List.of();
        }
        return true;
    }

    private synchronized Stored next() {
        return condemned.peek();
    }
}
