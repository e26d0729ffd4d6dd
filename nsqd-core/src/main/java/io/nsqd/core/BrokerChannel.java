package io.nsqd.core;

import io.nsqd.api.Channel;
import io.nsqd.api.Consumer;
import io.nsqd.api.Errors;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Reason;
import io.nsqd.api.SubscribeOptions;
import io.nsqd.api.Subscription;
import io.nsqd.spi.BackendQueue;
import io.nsqd.stats.ChannelStats;
import io.nsqd.stats.ClientStats;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A channel: what waits, what is in flight to whom, what is deferred.
 *
 * <p>Everybody's: all state is guarded by one short lock, taken once per batch. Whenever the lock is free a message is in
 * exactly one place.
 *
 * <p>A consumer that got less than it asked for is on the waiting list; a put takes one consumer off and wakes it, and
 * whoever leaves something to be taken wakes the next.
 */
final class BrokerChannel implements Channel {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerChannel.class);

    /** Messages that one scan brings back before it lets others at the lock. */
    private static final int SCAN_BATCH = 512;

    /** From one scan to the next, so that what is due at about the same time is one batch; far below what a client would notice. */
    private static final long SCAN_REST_NANOS = 1_000_000;

    /** Not on the scan loop's list. */
    private static final long UNLISTED = Long.MAX_VALUE;

    private final String name;
    private final BrokerTopic topic;
    private final Broker broker;
    private final MessageQueue queue;
    private final LatencyWindow latency;
    private final boolean mayRepeat;
    private final long highestId;

    private final Object lock = new Object();
    private final Set<BrokerSubscription> attached = new LinkedHashSet<>(2);
    /** Closed subscriptions with something still in flight (P-56). */
    private final Set<BrokerSubscription> detached = new LinkedHashSet<>(0);

    private final WaitingList waiting = new WaitingList();
    private final DeferredQueue deferred = new DeferredQueue();
    private final MessageBatch back = new MessageBatch();
    private boolean listed;
    private long scanAt = UNLISTED;
    private long restedAt;
    private long messageCount;
    private long requeueCount;
    private long timeoutCount;
    private volatile boolean paused;
    private volatile boolean exiting;
    /** Whether the queue has been deleted: it must not be used any more. */
    private boolean deleting;

    private final CompletableFuture<Void> gone = new CompletableFuture<>();

    BrokerChannel(BrokerTopic topic, String name, Broker broker, BackendQueue backend, boolean paused) {
        this.topic = topic;
        this.name = name;
        this.broker = broker;
        this.paused = paused;
        queue = new MessageQueue("CHANNEL(" + name + ")", broker.memQueueSize(), backend);
        latency = broker.newLatencyWindow();
        restedAt = broker.clock().nanoTime();
        mayRepeat = backend.mayRepeat() || topic.mayRepeat();
        highestId = backend.highestId();
    }

    /** No id is above it that an earlier run left here; 0 where none is known. */
    long highestId() {
        return highestId;
    }

    /** Whether a crash may have left copies of a message behind (S-26). */
    boolean mayRepeat() {
        return mayRepeat;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String toString() {
        return "CHANNEL(" + name + ")";
    }

    long now() {
        return broker.clock().nanoTime();
    }

    long maxMessageTimeoutNanos() {
        return broker.maxMessageTimeoutNanos();
    }

    // ---- in

    /** Stores a batch of messages that are due. Called under the topic's lock. */
    CompletableFuture<Void> put(MessageBatch batch, Wakeups wakeups) {
        synchronized (lock) {
            if (exiting) {
                return MessageQueue.DONE;
            }
            long before = queue.depth();
            CompletableFuture<Void> stored = queue.put(batch, extraRoom());
            messageCount += stored.isCompletedExceptionally() ? queue.depth() - before : batch.size();
            wakeups.add(nextWaiting());
            return stored;
        }
    }

    /** Stores a batch that the topic has promised to keep; false when the backend could not take its part. */
    boolean putPromised(MessageBatch batch, Wakeups wakeups) {
        synchronized (lock) {
            if (exiting) {
                return true;
            }
            messageCount += batch.size();
            boolean good = queue.putPromised(batch, extraRoom());
            wakeups.add(nextWaiting());
            return good;
        }
    }

    /** Holds a batch back, each message for its delay, counted from now (B-20). Called under the topic's lock. */
    void defer(MessageBatch batch) {
        long now = now();
        synchronized (lock) {
            if (exiting) {
                return;
            }
            messageCount += batch.size();
            for (int i = 0; i < batch.size(); i++) {
                deferUntil(DeferredQueue.entry(
                        batch.id(i),
                        batch.timestampNanos(i),
                        batch.attempts(i),
                        batch.block(i),
                        batch.offset(i),
                        batch.length(i),
                        now + batch.delayNanos(i)));
            }
        }
    }

    private void deferUntil(BrokerMessage message) {
        deferred.add(message);
        lookAt(message.deadline);
    }

    /** B-15: without a memory queue, an ephemeral channel hands a message to who waits for it at this instant. */
    private int extraRoom() {
        return isEphemeral() ? waiting.size() : 0;
    }

    // ---- out

    @Override
    public Subscription subscribe(Consumer consumer, SubscribeOptions options) {
        BrokerSubscription subscription = new BrokerSubscription(this, consumer, options);
        synchronized (lock) {
            if (exiting) {
                throw new NsqdException(Reason.EXITING, "exiting");
            }
            long limit = broker.maxChannelConsumers();
            if (limit > 0 && attached.size() >= limit) {
                throw new NsqdException(
                        Reason.TOO_MANY_CONSUMERS,
                        "consumers for " + topic.name() + ":" + name + " exceeds limit of " + limit);
            }
            attached.add(subscription);
        }
        return subscription;
    }

    /**
     * Books up to {@code max} messages in flight to a subscription.
     *
     * @return how many left the queue
     */
    int poll(BrokerSubscription subscription, int max, long maxBytes) {
        BrokerSubscription next = null;
        int taken = 0;
        synchronized (lock) {
            if (!paused && !exiting && !subscription.isClosed() && max > 0 && !queue.isEmpty()) {
                long now = now();
                taken = subscription.take(queue, max, maxBytes, now);
                queue.settle();
                if (subscription.booked() > 0) {
                    lookAt(subscription.nextDeadline(now));
                }
            }
            if (taken < max && !subscription.isClosed()) {
                waiting.add(subscription);
            }
            // Where the backend rests, nobody gets anything: its listener will wake one of those who wait.
            if ((taken > 0 || max == 0) && taken >= max) {
                next = nextIfAny();
            }
        }
        if (next != null) {
            Wakeups.wake(next.consumer());
        }
        return taken;
    }

    private BrokerSubscription nextIfAny() {
        return queue.isEmpty() ? null : nextWaiting();
    }

    /** Takes a consumer off the waiting list, to be woken after the locks; {@code null} when none waits or may be served. */
    private BrokerSubscription nextWaiting() {
        if (paused) {
            return null;
        }
        return waiting.poll();
    }

    /** The backend can be read again. */
    void readable() {
        BrokerSubscription next;
        synchronized (lock) {
            next = nextIfAny();
        }
        if (next != null) {
            Wakeups.wake(next.consumer());
        }
    }

    /** Whether another subscription holds a message, or none does (P-61). */
    Reason whyMissing(long id) {
        synchronized (lock) {
            return isInFlight(id) ? Reason.NOT_OWNER : Reason.NOT_IN_FLIGHT;
        }
    }

    /** Whether any subscription holds a message. Called under the channel's lock. */
    boolean isInFlight(long id) {
        assert Thread.holdsLock(lock);
        for (BrokerSubscription subscription : attached) {
            if (subscription.holds(id)) {
                return true;
            }
        }
        for (BrokerSubscription subscription : detached) {
            if (subscription.holds(id)) {
                return true;
            }
        }
        return false;
    }

    void requeue(BrokerSubscription subscription, long id, long delayNanos) {
        BrokerSubscription next;
        synchronized (lock) {
            if (exiting) {
                throw new NsqdException(Reason.EXITING, "exiting");
            }
            BrokerMessage message = subscription.takeBack(id);
            if (message == null) {
                throw BrokerSubscription.refusal(isInFlight(id) ? Reason.NOT_OWNER : Reason.NOT_IN_FLIGHT);
            }
            requeueCount++;
            if (delayNanos > 0) {
                deferUntil(DeferredQueue.entry(
                        id,
                        message.timestampNanos(),
                        message.attempts(),
                        message.block(),
                        message.offset(),
                        message.length(),
                        now() + delayNanos));
                return;
            }
            back.clear();
            message.addTo(back);
            queue.putPromised(back, extraRoom());
            back.clear();
            next = nextWaiting();
        }
        if (next != null) {
            Wakeups.wake(next.consumer());
        }
    }

    /** A consumer goes; what is in flight to it stays so until it times out (P-56). */
    void leave(BrokerSubscription subscription) {
        BrokerSubscription next;
        boolean vanish;
        synchronized (lock) {
            if (subscription.isClosed()) {
                return;
            }
            subscription.markClosed();
            attached.remove(subscription);
            waiting.remove(subscription);
            if (subscription.inFlight() > 0) {
                detached.add(subscription);
            }
            next = nextIfAny();
            vanish = isEphemeral() && attached.isEmpty() && !exiting;
            // A SUB that comes now meets the mark and asks for the channel again (B-9).
            exiting |= vanish;
        }
        if (next != null) {
            Wakeups.wake(next.consumer());
        }
        if (vanish) {
            topic.channelVanishes(this);
        }
    }

    // ---- time

    /** Notes that something is due at {@code deadline}. Called under the lock. */
    private void lookAt(long deadline) {
        long at = deadline - restedAt < 0 ? restedAt : deadline;
        if (!listed || at - scanAt < 0) {
            listed = true;
            scanAt = at;
            broker.scanLoop().schedule(this, at);
        }
    }

    /**
     * Brings back what timed out (B-21) and what is due (B-20). Called by the scan loop.
     *
     * @param at the time it was asked for; an earlier request may have overtaken it
     */
    void scan(long at) {
        Wakeups wakeups = new Wakeups();
        synchronized (lock) {
            if (exiting || !listed || at != scanAt) {
                return;
            }
            listed = false;
            long now = now();
            back.clear();
            expire(attached, now, wakeups);
            expire(detached, now, wakeups);
            detached.removeIf(subscription -> subscription.inFlight() == 0);
            timeoutCount += back.size();
            BrokerMessage due = deferred.poll(now);
            while (due != null) {
                due.addTo(back);
                due = back.size() < SCAN_BATCH ? deferred.poll(now) : null;
            }
            restedAt = back.size() < SCAN_BATCH ? now + SCAN_REST_NANOS : now;
            if (!back.isEmpty()) {
                queue.putPromised(back, extraRoom());
                back.clear();
                wakeups.add(nextWaiting());
            }
            lookAtNext();
        }
        wakeups.run();
    }

    private void expire(Set<BrokerSubscription> subscriptions, long now, Wakeups wakeups) {
        for (BrokerSubscription subscription : subscriptions) {
            int expired = subscription.expire(now, SCAN_BATCH - Math.min(SCAN_BATCH, back.size()), back);
            if (expired > 0 && !subscription.isClosed()) {
                // Its window has opened.
                wakeups.add(subscription);
            }
        }
    }

    private void lookAtNext() {
        long next = deferred.nextDeadline();
        boolean any = deferred.size() > 0;
        for (Set<BrokerSubscription> subscriptions : List.of(attached, detached)) {
            for (BrokerSubscription subscription : subscriptions) {
                if (subscription.inFlight() > 0) {
                    long deadline = subscription.nextDeadline(next);
                    next = any && next - deadline < 0 ? next : deadline;
                    any = true;
                }
            }
        }
        if (any) {
            lookAt(next);
        }
    }

    // ---- administration

    @Override
    public boolean isPaused() {
        return paused;
    }

    @Override
    public void pause() {
        synchronized (lock) {
            paused = true;
        }
    }

    @Override
    public void unpause() {
        Wakeups wakeups = new Wakeups();
        synchronized (lock) {
            paused = false;
            for (BrokerSubscription next = nextWaiting(); next != null; next = nextWaiting()) {
                wakeups.add(next);
            }
        }
        wakeups.run();
    }

    @Override
    public void empty() {
        Wakeups wakeups = new Wakeups();
        CompletableFuture<Void> gone;
        synchronized (lock) {
            deferred.clear();
            attached.forEach(BrokerSubscription::clear);
            detached.forEach(BrokerSubscription::clear);
            detached.clear();
            gone = deleting ? MessageQueue.DONE : queue.empty();
            attached.forEach(wakeups::add);
        }
        wakeups.run();
        Outcome.await("emptying channel " + topic.name() + ":" + name, gone);
    }

    boolean isExiting() {
        return exiting;
    }

    /** Marks the channel as going; false when it is already. */
    boolean markExiting() {
        synchronized (lock) {
            boolean first = !exiting;
            exiting = true;
            return first;
        }
    }

    /** Completed once the channel was deleted, and no trace of it is left. */
    CompletableFuture<Void> gone() {
        return gone;
    }

    /** Called by the topic when it does not know the channel any more. */
    void isGone() {
        gone.complete(null);
    }

    /**
     * Disconnects the consumers and removes every message; the channel is marked before. Never waits.
     *
     * @return completed, never exceptionally, when what it had stored is gone
     */
    CompletableFuture<Void> delete() {
        LOG.info("CHANNEL({}): deleting", name);
        List<BrokerSubscription> leaving;
        synchronized (lock) {
            leaving = List.copyOf(attached);
            attached.clear();
            waiting.clear();
            detached.clear();
            deferred.clear();
        }
        for (BrokerSubscription subscription : leaving) {
            subscription.clear();
            Wakeups.close(subscription.consumer());
        }
        CompletableFuture<Void> deleted;
        synchronized (lock) {
            deleting = true;
            deleted = queue.delete();
        }
        return deleted.handle((done, failure) -> {
            if (failure != null) {
                LOG.error("CHANNEL({}): failed to delete its files - {}", name, Outcome.reason(deleted));
            }
            return null;
        });
    }

    /** Moves everything to the backend as the daemon stops (B-33). */
    void close() {
        LOG.info("CHANNEL({}): closing", name);
        List<BrokerSubscription> leaving;
        synchronized (lock) {
            exiting = true;
            if (deleting) {
                return;
            }
            leaving = List.copyOf(attached);
            if (!isEphemeral()) {
                flush();
            }
            try {
                queue.close();
            } catch (IOException e) {
                LOG.error("CHANNEL({}): failed to close - {}", name, Errors.describe(e));
                broker.stopReport().failed("channel " + topic.name() + ":" + name);
            }
            broker.stopReport().lost(queue.lost());
        }
        leaving.forEach(subscription -> Wakeups.close(subscription.consumer()));
    }

    private void flush() {
        MessageBatch inFlight = new MessageBatch();
        attached.forEach(subscription -> subscription.drainTo(inFlight));
        detached.forEach(subscription -> subscription.drainTo(inFlight));
        MessageBatch held = new MessageBatch();
        for (BrokerMessage message = deferred.poll(Long.MAX_VALUE); message != null; ) {
            message.addTo(held);
            message = deferred.poll(Long.MAX_VALUE);
        }
        long memory = queue.depth() - queue.backendDepth();
        if (memory > 0 || !inFlight.isEmpty() || !held.isEmpty()) {
            LOG.info(
                    "CHANNEL({}): flushing {} memory {} in-flight {} deferred messages to backend",
                    name,
                    memory,
                    inFlight.size(),
                    held.size());
        }
        queue.flush();
        queue.store(inFlight);
        queue.store(held);
    }

    /** Messages that wait in memory; without a lock. */
    long inMemory() {
        return queue.memoryDepth();
    }

    // ---- figures

    ChannelStats stats(boolean includeClients) {
        List<BrokerSubscription> consumers;
        long depth;
        long backendDepth;
        int inFlight = 0;
        int held;
        long messages;
        long requeues;
        long timeouts;
        synchronized (lock) {
            consumers = List.copyOf(attached);
            depth = queue.depth();
            backendDepth = queue.backendDepth();
            held = deferred.size();
            messages = messageCount;
            requeues = requeueCount;
            timeouts = timeoutCount;
            for (BrokerSubscription subscription : detached) {
                inFlight += subscription.inFlight();
            }
        }
        List<ClientStats> clients = new ArrayList<>();
        for (BrokerSubscription subscription : consumers) {
            inFlight += subscription.inFlight();
            if (includeClients) {
                try {
                    clients.add(Objects.requireNonNull(subscription.consumer().stats()));
                } catch (RuntimeException | Error e) {
                    LOG.error("CHANNEL({}): a consumer has no figures - {}", name, e.toString(), e);
                }
            }
        }
        return new ChannelStats(
                name,
                depth,
                backendDepth,
                inFlight,
                held,
                messages,
                requeues,
                timeouts,
                consumers.size(),
                List.copyOf(clients),
                paused,
                LatencyWindow.stats(latency));
    }

    /** Takes the latencies of finished messages; {@code null} where nobody asks for them. */
    LatencyWindow latency() {
        return latency;
    }

    /** The time of day that messages' timestamps are compared with. */
    long epochNanos() {
        return broker.clock().epochNanos();
    }
}
