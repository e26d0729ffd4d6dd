package io.nsqd.bookkeeper;

import io.nsqd.api.Errors;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.BackendQueueFactory;
import io.nsqd.spi.JournalStore;
import io.nsqd.spi.MetadataService;
import io.nsqd.spi.OutOfMemory;
import io.nsqd.spi.Services;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Offers the three services while the node has its lease: so there is a daemon while it has, and none otherwise. When the lease is over
 * they go, the daemon lets go of everything, and it begins anew with the next. All of that on the thread {@code nsqd-cluster}.
 */
final class ClusterNode implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterNode.class);
    private static final long FIRST_RETRY_MILLIS = 500;
    private static final long LAST_RETRY_MILLIS = 5000;

    private final ClusterSettings settings;
    private final Services services;
    private final Thread thread = new Thread(this::live, "nsqd-cluster");
    private final Object lock = new Object();
    private final Predicate<String> ends;
    private boolean closing;
    private boolean lost;

    /** What was permitted once may be so again. Only of the thread. */
    private boolean hasJoined;

    private volatile ClusterRun run;
    private volatile String trouble = "it has not joined yet";

    /**
     * Joins as soon as that can be.
     *
     * @param ends has the daemon end with these words, as it will never join; false where that cannot be had
     */
    ClusterNode(ClusterSettings settings, Services services, Predicate<String> ends) {
        this.settings = settings;
        this.ends = ends;
        this.services = services;
        thread.start();
    }

    /** What there is while it has its lease. */
    Optional<ClusterRun> run() {
        return Optional.ofNullable(run);
    }

    ClusterSettings settings() {
        return settings;
    }

    /** Why it has no lease; empty while it has. */
    String trouble() {
        return trouble;
    }

    private boolean goesOn() {
        synchronized (lock) {
            return !closing;
        }
    }

    private void live() {
        long retry = FIRST_RETRY_MILLIS;
        while (goesOn()) {
            try {
                liveOnce();
                retry = FIRST_RETRY_MILLIS;
            } catch (IOException | RuntimeException | Error e) {
                OutOfMemory.check(e);
                String why = Errors.describe(e);
                if (e instanceof Refused && !hasJoined && ends.test("CLUSTER: cannot join - " + why)) {
                    return;
                }
                if (!why.equals(trouble)) {
                    trouble = why;
                    LOG.error(
                            "CLUSTER: cannot join, and will try again - {}", why, e instanceof IOException ? null : e);
                }
                await(retry);
                retry = Math.min(LAST_RETRY_MILLIS, 2 * retry);
            }
        }
    }

    private void liveOnce() throws IOException {
        synchronized (lock) {
            lost = false;
        }
        try (Membership membership = Membership.join(settings, this::lost, this::goesOn);
                ClusterRun begun = new ClusterRun(settings, membership)) {
            run = begun;
            hasJoined = true;
            trouble = "";
            Deque<Runnable> offered = offer(begun);
            awaitEnd();
            if (!membership.reason().isEmpty()) {
                trouble = membership.reason();
                LOG.error(
                        "CLUSTER: the lease is over, nothing is served or acknowledged from now on - {}",
                        membership.reason());
            }
            // Each returns when the daemon has let go: it writes nothing more, and nothing of it could be kept.
            offered.forEach(Runnable::run);
        } finally {
            run = null;
        }
    }

    private Deque<Runnable> offer(ClusterRun begun) {
        Deque<Runnable> offered = new ArrayDeque<>();
        offered.push(services.register(
                BackendQueueFactory.class, begun.queues(), Map.of(BackendQueueFactory.NAME, ClusterSettings.NAME)));
        offered.push(services.register(
                JournalStore.class, begun.journalStore(), Map.of(JournalStore.NAME, ClusterSettings.NAME)));
        offered.push(services.register(
                MetadataService.class, begun.metadata(), Map.of(MetadataService.NAME, ClusterSettings.NAME)));
        return offered;
    }

    /** The lease is over. Called on the threads of the lease. */
    private void lost() {
        ClusterRun at = run;
        synchronized (lock) {
            lost = true;
            lock.notifyAll();
        }
        if (at != null) {
            at.journalStore().log().ifPresent(log -> log.fence("the lease of this node is over"));
        }
    }

    /** The thread is its own: nobody interrupts it. */
    private void awaitEnd() {
        synchronized (lock) {
            while (!lost && !closing) {
                try {
                    lock.wait();
                } catch (InterruptedException e) {
                    LOG.debug("interrupted", e);
                }
            }
        }
    }

    private void await(long millis) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        synchronized (lock) {
            long left = millis;
            while (!closing && left > 0) {
                try {
                    lock.wait(left);
                } catch (InterruptedException e) {
                    LOG.debug("interrupted", e);
                }
                left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            }
        }
    }

    /** Leaves; blocks until the daemon has let go. */
    @Override
    public void close() {
        synchronized (lock) {
            closing = true;
            lock.notifyAll();
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
