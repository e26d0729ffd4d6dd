package io.nsqd.core;

import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * Tells whoever waits for a stop what the stop is waiting for, a line every few seconds, and counts what it could not save. A stop
 * has no deadline, so that nobody is left to guess. Any thread.
 */
final class StopReport {
    private static final Logger LOG = LoggerFactory.getLogger(StopReport.class);
    private static final long INTERVAL_SECONDS = 5;

    private final AtomicLong lost = new AtomicLong();
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private volatile Supplier<String> step = () -> "";
    private ScheduledThreadPoolExecutor thread;

    /** What it waits for from now on, in words that follow "waiting for"; asked on a thread of its own. */
    synchronized void waitsFor(Supplier<String> what) {
        step = what;
        if (thread == null) {
            thread = new ScheduledThreadPoolExecutor(1, StopReport::newThread);
            thread.scheduleWithFixedDelay(this::tell, INTERVAL_SECONDS, INTERVAL_SECONDS, TimeUnit.SECONDS);
        }
    }

    private static Thread newThread(Runnable task) {
        Thread thread = new Thread(task, "nsqd-stop");
        thread.setDaemon(true);
        return thread;
    }

    private void tell() {
        try {
            LOG.info("NSQ: stopping, waiting for {}", step.get());
        } catch (RuntimeException | Error e) {
            // The executor would end it, and there is more to come.
            LOG.debug("the stop cannot tell what it waits for", e);
        }
    }

    /** The stop is over; nothing more is told. */
    synchronized void over() {
        if (thread != null) {
            // It touches no file: it need not be spared.
            thread.shutdownNow();
            thread = null;
        }
    }

    /** Acknowledged messages are gone. Each was named in the log. */
    void lost(long messages) {
        lost.addAndGet(messages);
    }

    /** Something else could not be saved: the metadata, a queue's position. The reason was logged. */
    void failed(String what) {
        failures.add(what);
    }

    /** All that could not be saved, in words; nothing if all was. */
    Optional<String> unsaved() {
        List<String> parts = new ArrayList<>();
        if (lost.get() > 0) {
            parts.add(lost.get() == 1 ? "1 message" : lost.get() + " messages");
        }
        parts.addAll(failures);
        return parts.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", parts) + " could not be saved");
    }
}
