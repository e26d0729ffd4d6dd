package io.nsqd.core;

import io.nsqd.api.Channel;
import io.nsqd.api.Consumer;
import io.nsqd.api.Errors;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.MessageId;
import io.nsqd.api.NsqdException;
import io.nsqd.api.PeekedMessage;
import io.nsqd.api.Reason;
import io.nsqd.api.SubscribeOptions;
import io.nsqd.api.Subscription;
import io.nsqd.core.journal.DelayTable;
import io.nsqd.core.journal.Entries;
import io.nsqd.core.journal.QueueJournal;
import io.nsqd.core.journal.Replay;
import io.nsqd.core.policy.Bound;
import io.nsqd.core.policy.ChannelRules;
import io.nsqd.core.retention.Unfinished;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.BackendQueue;
import io.nsqd.spi.Journal;
import io.nsqd.spi.MessageEvents;
import io.nsqd.spi.OutOfMemory;
import io.nsqd.stats.ChannelStats;
import io.nsqd.stats.ClientStats;
import io.nsqd.stats.PolicyStats;
import io.nsqd.stats.Trouble;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A channel: what waits, what is in flight to whom, what is deferred.
 *
 * <p>Everybody's: all state is guarded by one short lock, taken once per batch. Whenever the lock is free a message is in
 * exactly one place.
 *
 * <p>A consumer that got less than it asked for, because no more was there, is idle; a put takes one off the list of those and wakes
 * it, and whoever leaves something to be taken wakes the next.
 */
final class BrokerChannel implements Channel, QueueJournal.Owner {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerChannel.class);

    /** Messages that one scan brings back before it lets others at the lock. */
    private static final int SCAN_BATCH = 512;

    /** Messages of a turn in which those are looked for that a stop had moved to the storage. */
    private static final int FOUND = 512;

    private static final long FOUND_BYTES = 1024 * 1024;

    private static final long FOUND_REST_MILLIS = 50;

    /** Messages that are moved to the storage at once as the daemon stops. */
    private static final int FLUSH_BATCH = 1024;

    /** From one scan to the next, so that what is due at about the same time is one batch; far below what a client would notice. */
    private static final long SCAN_REST_NANOS = 1_000_000;

    /** The same after a scan that failed. */
    private static final long TROUBLE_REST_NANOS = 250_000_000;

    private static final MessageBatch NONE = new MessageBatch();

    /** Not on the scan loop's list. */
    private static final long UNLISTED = Long.MAX_VALUE;

    private final String name;
    private final BrokerTopic topic;
    private final Broker broker;
    private final MessageQueue queue;

    /** Where it is kept what becomes of its messages; {@code null} where nothing is promised. */
    private final QueueJournal journal;

    private final LatencyWindow latency;
    private final boolean mayRepeat;
    private final long highestId;

    /** Up to which id there may be copies of messages; written once, before the channel is used. */
    private long copiesUpTo;

    private final Object lock = new Object();
    private final Subscribers subscribers = new Subscribers();
    private final DeferredMessages deferred;

    /** What policies want of it; {@code null} where none has ever said anything of it. Written under the lock. */
    private volatile ChannelGuard guard;

    /** Messages on their way back to the queue during a scan. */
    private final MessageBatch back = new MessageBatch();

    /** The one on its way back during a requeue. */
    private final MessageBatch requeued = new MessageBatch();

    private boolean listed;
    private long scanAt = UNLISTED;
    private long restedAt;
    private long messageCount;
    private long requeueCount;

    /** The rewind that it is under; {@code null} where there is none. */
    private ChannelRewind rewind;

    private long replayCount;
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
        journal = broker.journalOf(this, topic.name(), name);
        queue = new MessageQueue(
                "CHANNEL(" + name + ")",
                broker.memQueueSize(),
                backend,
                broker.budget(),
                broker.troubles(),
                journal,
                lock);
        deferred = new DeferredMessages(broker.budget());
        latency = broker.newLatencyWindow();
        restedAt = broker.clock().nanoTime();
        mayRepeat = backend.mayRepeat();
        highestId = backend.highestId();
    }

    /** Whether a crash may have left copies of a message behind (S-26). */
    boolean mayRepeat() {
        return mayRepeat;
    }

    /** Says up to which id a crash may have left copies; beyond it nobody is asked whether a message is in flight already. */
    void copiesUpTo(long id) {
        copiesUpTo = id;
    }

    /** No id is above it that an earlier run left here; 0 where none is known. */
    long highestId() {
        return highestId;
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

    MemoryBudget budget() {
        return broker.budget();
    }

    long maxMessageTimeoutNanos() {
        return broker.maxMessageTimeoutNanos();
    }

    QueueJournal journal() {
        return journal;
    }

    String topicName() {
        return topic.name();
    }

    // ---- policies

    /** What is said of it may be something else. */
    void policyChanged() {
        BrokerSubscription next;
        synchronized (lock) {
            ChannelRules rules = broker.policies().channel(topic.name(), name);
            if (rules == null && guard == null) {
                return;
            }
            ChannelGuard guarding = guard == null ? new ChannelGuard(this, broker, queue, deferred, journal) : guard;
            long now = now();
            guarding.rules(rules == null ? ChannelRules.NONE : rules, now);
            guard = guarding;
            queue.memoryLimit(guarding.rules().memQueueSize(broker.memQueueSize()));
            guarding.keepBound();
            lookForPolicies(now);
            next = nextIfAny();
        }
        if (next != null) {
            Wakeups.wake(next.consumer());
        }
    }

    /** What policies want of it; {@code null} where none has ever said anything of it. Any thread. */
    ChannelGuard guard() {
        return guard;
    }

    /** Whether a publish may be refused for its sake. Any thread. */
    boolean mayRefuse() {
        ChannelGuard guarding = guard;
        return guarding != null && guarding.rules().bound().overflow() == Bound.Overflow.REJECT;
    }

    /** Why a batch cannot be put here; {@code null} when it can be. Called under the topic's lock. */
    NsqdException refusal(MessageBatch batch) {
        synchronized (lock) {
            return guard == null || exiting ? null : guard.refusal(batch, deferred.size());
        }
    }

    /** Something was put, or the rules are others. */
    private void lookForPolicies(long now) {
        if (guard != null) {
            long none = now + Long.MAX_VALUE / 2;
            long next = guard.nextLook(none, now);
            if (next != none) {
                lookAt(next);
            }
        }
    }

    /** Room is made for a batch, where the oldest are to go. */
    private void makeRoom(MessageBatch batch) {
        if (guard != null) {
            guard.makeRoom(batch);
        }
    }

    /** A batch was put. */
    private void isPut() {
        if (guard != null) {
            guard.keepBound();
            lookForPolicies(now());
        }
    }

    /** When a delivery times out. */
    long messageTimeoutNanos(SubscribeOptions options) {
        ChannelGuard guarding = guard;
        long wanted = options.messageTimeoutNanos();
        boolean given = guarding == null || wanted != broker.messageTimeoutNanos();
        return given ? wanted : guarding.rules().msgTimeoutNanos(wanted);
    }

    /** Dead letters, and where they are to go; empty where there is nowhere any more. */
    record Letters(List<Letter> letters, Optional<String> target) {}

    /** The next ones that are to go. */
    Letters nextLetters() {
        synchronized (lock) {
            if (exiting) {
                guard.letters().stop();
                return new Letters(List.of(), Optional.empty());
            }
            return new Letters(guard.letters().next(), guard.rules().deadLetterTopic());
        }
    }

    /** They are there, or are dropped. */
    void lettersArrived(List<Letter> letters, boolean areDropped) {
        BrokerSubscription next;
        synchronized (lock) {
            Entries gone = guard.letters().remove(letters);
            guard.arrived(gone.size(), areDropped);
            queue.finish(gone);
            guard.rules().deadLetterTopic().ifPresent(guard.letters()::worked);
            // Deliveries may have rested.
            next = nextIfAny();
        }
        if (next != null) {
            Wakeups.wake(next.consumer());
        }
    }

    /** They could not be handed over. */
    void lettersFailed(String target, Throwable failure) {
        synchronized (lock) {
            guard.letters().failed(target, failure);
        }
    }

    // ---- in

    /** How many of the first messages of a batch memory takes. Called under the topic's lock. */
    int fitting(MessageBatch batch) {
        synchronized (lock) {
            return queue.fitting(batch, 0);
        }
    }

    /**
     * Stores a batch of messages that are due and, as far as need be, in the journal. Called under the topic's lock.
     *
     * @param toMemory how many of them memory takes
     */
    CompletableFuture<Void> putKept(MessageBatch batch, int toMemory, Wakeups wakeups) {
        synchronized (lock) {
            if (exiting) {
                return MessageQueue.DONE;
            }
            makeRoom(batch);
            long before = queue.depth();
            CompletableFuture<Void> stored = queue.putKept(batch, toMemory);
            messageCount += stored.isCompletedExceptionally() ? queue.depth() - before : batch.size();
            isPut();
            wakeups.add(nextIdle());
            return stored;
        }
    }

    /** Stores a batch of messages that are due. Called under the topic's lock. */
    CompletableFuture<Void> put(MessageBatch batch, Wakeups wakeups) {
        synchronized (lock) {
            if (exiting) {
                return MessageQueue.DONE;
            }
            makeRoom(batch);
            long before = queue.depth();
            CompletableFuture<Void> stored = queue.put(batch, extraRoom());
            messageCount += stored.isCompletedExceptionally() ? queue.depth() - before : batch.size();
            isPut();
            wakeups.add(nextIdle());
            return stored;
        }
    }

    /**
     * Stores what the topic has promised to keep.
     *
     * @param due messages that wait from now on
     * @param delayed messages to be held back, as by {@link #defer}
     * @param kept whether the journal has them already
     * @return false when the backend could not take its part
     * @throws UncheckedIOException when the journal has no room for it: it is not stored then
     */
    boolean putRouted(MessageBatch due, MessageBatch delayed, boolean kept, Wakeups wakeups) {
        synchronized (lock) {
            if (exiting) {
                return true;
            }
            if (journal != null && !kept) {
                keepRouted(due, delayed);
            }
            makeRoom(due);
            boolean good = due.isEmpty() || queue.putPromised(due, extraRoom());
            messageCount += due.size();
            isPut();
            wakeups.add(nextIdle());
            deferAll(delayed);
            return good;
        }
    }

    // ---- rewinding

    /**
     * Gets ready to be filled again, in the place of whatever it is being filled with. Called under the topic's lock.
     *
     * @param fromNanos how old messages may be, in nanoseconds since 1970
     * @param onTheirWay tells of what the topic still has for it
     */
    ChannelRewind rewound(long fromNanos, java.util.function.Consumer<Unfinished> onTheirWay) {
        synchronized (lock) {
            if (exiting) {
                throw new NsqdException(Reason.EXITING, "exiting");
            }
            if (rewind != null) {
                rewind.replace();
            }
            Unfinished unfinished = new Unfinished(fromNanos, queue.untaken());
            onTheirWay.accept(unfinished);
            queue.tell(unfinished);
            subscribers.tell(unfinished);
            deferred.tell(unfinished);
            for (int i = 0; i < back.size(); i++) {
                unfinished.add(back.id(i), back.timestampNanos(i));
            }
            rewind = new ChannelRewind(this, queue, lock, unfinished);
            return rewind;
        }
    }

    /** Lets go of what was noted for a rewind. */
    void rewindEnded(ChannelRewind ended) {
        synchronized (lock) {
            if (rewind == ended) {
                rewind = null;
                queue.tellNobody();
            }
        }
    }

    /** Takes what was retained. */
    void putReplayed(MessageBatch batch, Wakeups wakeups) {
        synchronized (lock) {
            putRouted(batch, NONE, false, wakeups);
            replayCount += batch.size();
        }
    }

    private void keepRouted(MessageBatch due, MessageBatch delayed) {
        try {
            int toMemory = queue.fitting(due, 0);
            int toKeep = queue.toKeep(due, toMemory);
            journal.add(due, 0, toKeep, toKeep > toMemory, Journal.Purpose.SHRINK);
            for (int i = toKeep; i < due.size(); i++) {
                // What another channel was given.
                due.place(i, 0);
            }
            keepDelayed(delayed, due, toKeep);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Either all are kept or none. */
    private void keepDelayed(MessageBatch delayed, MessageBatch due, int kept) throws IOException {
        try {
            journal.add(delayed, 0, delayed.size(), false, Journal.Purpose.SHRINK);
        } catch (IOException e) {
            Entries undone = new Entries();
            for (int i = 0; i < kept; i++) {
                undone.add(due.id(i), due.position(i), due.length(i));
            }
            journal.finished(undone);
            throw e;
        }
    }

    /** Holds a batch back, each message for its delay, counted from now (B-20). Called under the topic's lock. */
    void defer(MessageBatch batch) {
        synchronized (lock) {
            if (!exiting) {
                deferAll(batch);
            }
        }
    }

    /**
     * Takes messages of a daemon that is gone, as they are. Some may be here already, as an adoption that was interrupted goes on: of one
     * that is in flight the copy is dropped.
     *
     * @throws IOException when the journal has no room for them: none is taken then
     */
    void adopt(MessageBatch batch) throws IOException {
        MessageBatch due = new MessageBatch();
        MessageBatch delayed = new MessageBatch();
        Wakeups wakeups = new Wakeups();
        split(batch, due, delayed);
        synchronized (lock) {
            for (int i = 0; i < batch.size(); i++) {
                copiesUpTo = Math.max(copiesUpTo, batch.id(i));
            }
        }
        try {
            putRouted(due, delayed, false, wakeups);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        wakeups.run();
    }

    /** Divides a batch into what is due and what is not. */
    static void split(MessageBatch batch, MessageBatch due, MessageBatch delayed) {
        for (int i = 0; i < batch.size(); i++) {
            MessageBatch to = batch.delayNanos(i) > 0 ? delayed : due;
            to.add(
                    batch.id(i),
                    batch.timestampNanos(i),
                    batch.attempts(i),
                    batch.delayNanos(i),
                    batch.block(i),
                    batch.offset(i),
                    batch.length(i));
        }
    }

    /** What was adopted is durable, as far as the storage has it. May block. */
    void adopted() throws IOException {
        queue.syncBackend();
    }

    private void deferAll(MessageBatch batch) {
        long now = now();
        messageCount += batch.size();
        for (int i = 0; i < batch.size(); i++) {
            deferred.add(batch, i, now + batch.delayNanos(i), now);
        }
        lookAtDeferred(now);
    }

    private void lookAtDeferred(long now) {
        long none = now + Long.MAX_VALUE / 2;
        long next = deferred.nextLook(none);
        if (next != none) {
            lookAt(next);
        }
    }

    /** B-15: without a memory queue, an ephemeral channel hands a message to who waits for it at this instant. */
    private int extraRoom() {
        return isEphemeral() ? subscribers.idle().size() : 0;
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
            if (limit > 0 && subscribers.size() >= limit) {
                throw new NsqdException(
                        Reason.TOO_MANY_CONSUMERS,
                        "consumers for " + topic.name() + ":" + name + " exceeds limit of " + limit);
            }
            subscribers.attach(subscription);
        }
        return subscription;
    }

    /**
     * A turn of a delivery: books messages in flight to a subscription. One that gets less than it wants is idle; one that has enough
     * passes its wake-up on where something is left.
     *
     * @return whether a further turn may bring more
     */
    boolean deliver(BrokerSubscription subscription, Delivery delivery) {
        BrokerSubscription next;
        synchronized (lock) {
            if (subscription.isClosed()) {
                return false;
            }
            int left = 0;
            if (!paused && !exiting && delivery.wantsMore() && !queue.isEmpty()) {
                left = guard == null ? book(subscription, delivery) : bookAllowed(subscription, delivery);
            }
            lookForRoom();
            if (delivery.wantsMore()) {
                // What was sampled out, or is more than the backend gave at once, makes for another turn. Where the
                // backend rests, nobody gets anything: its listener will wake one of those who are idle.
                boolean more = left > 0 && !queue.isEmpty();
                if (!more) {
                    subscribers.idle().add(subscription);
                    lookForRoom();
                }
                return more;
            }
            subscribers.idle().remove(subscription);
            next = nextIfAny();
        }
        if (next != null) {
            Wakeups.wake(next.consumer());
        }
        return false;
    }

    /** The same, as far as policies allow it now. */
    private int bookAllowed(BrokerSubscription subscription, Delivery delivery) {
        long now = now();
        int allowed = guard.allowed(now);
        if (allowed == 0) {
            lookForPolicies(now);
            return 0;
        }
        int before = delivery.wanted();
        delivery.most(allowed);
        try {
            return book(subscription, delivery);
        } finally {
            delivery.more(before);
            guard.delivered(delivery.booked(), now);
        }
    }

    private int book(BrokerSubscription subscription, Delivery delivery) {
        long now = now();
        try {
            return subscription.book(queue, now);
        } finally {
            if (!delivery.unfit().isEmpty()) {
                guard.bury(delivery.unfit());
                delivery.unfit().clear();
            }
            if (!delivery.heldBack().isEmpty()) {
                holdBack(delivery.heldBack(), now);
                delivery.heldBack().clear();
            }
            queue.forgetTaken();
            if (delivery.booked() > 0) {
                lookAt(subscription.nextDeadline(now));
            }
        }
    }

    /** Messages that were in the storage over a stop, and are not due. */
    private void holdBack(MessageBatch batch, long now) {
        if (journal != null) {
            keepTaken(batch);
        }
        for (int i = 0; i < batch.size(); i++) {
            deferred.add(batch, i, now + batch.delayNanos(i), now);
        }
        lookAtDeferred(now);
    }

    /** What comes out of the storage is in the journal before the storage forgets it. */
    void keepTaken(MessageBatch batch) {
        try {
            journal.addAgain(batch);
        } catch (IOException e) {
            unkept(batch.size());
        }
    }

    // ---- delays over a stop

    /** Some messages of the storage are to be held back. */
    void delays(DelayTable table) {
        synchronized (lock) {
            queue.delays(table);
            if (queue.delays() != null) {
                LOG.info("CHANNEL({}): {} messages in the storage are held back", name, table.size());
            }
        }
    }

    /** Looks for them, as long as memory has room for what is found on the way, a turn at a time. */
    void findDelayed() {
        boolean more;
        int found;
        synchronized (lock) {
            if (exiting || queue.delays() == null) {
                return;
            }
            FoundReceiver receiver = new FoundReceiver();
            receiver.limit(FOUND, FOUND_BYTES);
            try {
                queue.takeStored(receiver);
            } finally {
                found = receiver.received();
                if (!receiver.due.isEmpty()) {
                    if (journal != null) {
                        keepTaken(receiver.due);
                    }
                    queue.putBack(receiver.due);
                }
                if (!receiver.held.isEmpty()) {
                    holdBack(receiver.held, now());
                }
                queue.forgetTaken();
            }
            more = queue.delays() != null && queue.hasRoom(0);
        }
        readable();
        if (more) {
            broker.later(this::findDelayed, found > 0 ? 0 : FOUND_REST_MILLIS);
        }
    }

    /** Takes what is in the storage. */
    private static final class FoundReceiver extends MessageReceiver {
        private final MessageBatch due = new MessageBatch();
        private final MessageBatch held = new MessageBatch();

        @Override
        boolean accept(
                long id,
                long timestampNanos,
                int attempts,
                long delayNanos,
                long position,
                byte[] block,
                int offset,
                int length) {
            MessageBatch batch = delayNanos > 0 ? held : due;
            batch.add(id, timestampNanos, attempts, delayNanos, block, offset, length);
            batch.place(batch.size() - 1, position);
            return false;
        }
    }

    private BrokerSubscription nextIfAny() {
        return queue.isEmpty() ? null : nextIdle();
    }

    /** Takes a consumer off the idle list, to be woken after the locks; {@code null} when none is there or may be served. */
    private BrokerSubscription nextIdle() {
        return paused ? null : subscribers.idle().poll();
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
            return whyNotHeld(id);
        }
    }

    private Reason whyNotHeld(long id) {
        return subscribers.hold(id) ? Reason.NOT_OWNER : Reason.NOT_IN_FLIGHT;
    }

    /** whether a message is a copy, which a crash left in two files, of one in flight. Called under the channel's lock. */
    boolean isCopy(long id) {
        if (id > copiesUpTo
                || !subscribers.hold(id) && (guard == null || !guard.letters().holds(id))) {
            return false;
        }
        copyDropped(id);
        return true;
    }

    /** The journal could not take what was handed out. */
    void unkept(int messages) {
        queue.unkept();
        LOG.error("CHANNEL({}): {} message(s) in flight are not in the journal", name, messages);
        broker.troubles().count(Trouble.JOURNAL_REFUSALS);
    }

    /** Counts a copy that is dropped: its message is in flight. */
    void copyDropped(long id) {
        LOG.debug("CHANNEL({}): dropped a copy of message {}", name, MessageId.toString(id));
        broker.troubles().count(Trouble.COPIES_DROPPED);
    }

    void requeue(BrokerSubscription subscription, long id, long delayNanos) {
        BrokerSubscription next;
        BrokerMessage given;
        synchronized (lock) {
            if (exiting) {
                throw new NsqdException(Reason.EXITING, "exiting");
            }
            BrokerMessage message = subscription.find(id);
            if (message == null) {
                throw BrokerSubscription.refusal(whyNotHeld(id));
            }
            long delay = guard == null ? delayNanos : guard.delayNanos(message.attempts(), delayNanos);
            // It leaves the client when it has a new home.
            Letter.Cause cause =
                    guard == null ? null : guard.whyDead(message.timestampNanos(), message.attempts(), epochNanos());
            if (cause != null) {
                guard.bury(List.of(Letter.of(message, cause)));
            } else if (delay > 0) {
                if (journal != null) {
                    journal.deferred(id, message.attempts(), delay);
                }
                long now = now();
                deferred.add(message, now + delay, now);
                lookAtDeferred(now);
            } else {
                requeued.clear();
                message.addTo(requeued);
                queue.putPromised(requeued, extraRoom());
                requeued.clear();
            }
            subscription.takeBack(id);
            given = message;
            requeueCount++;
            next = delay > 0 || cause != null ? null : nextIdle();
        }
        if (next != null) {
            Wakeups.wake(next.consumer());
        }
        MessageTap tap = topic.tap();
        if (tap != null) {
            MessageEvents one = new MessageEvents(1);
            one.add(id, given.timestampNanos(), given.attempts(), given.length());
            tap.tell(MessageFeed.Event.REQUEUED, name, one);
        }
    }

    /** Where to news of its messages go; {@code null} where nobody asks for them. */
    MessageTap tap() {
        return topic.tap();
    }

    /** A consumer goes; what is in flight to it stays so until it times out (P-56). */
    void leave(BrokerSubscription subscription) {
        BrokerSubscription next;
        boolean vanish;
        synchronized (lock) {
            if (subscription.isClosed()) {
                return;
            }
            subscribers.detach(subscription);
            next = nextIfAny();
            vanish = isEphemeral() && subscribers.size() == 0 && !exiting;
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
        List<BrokerSubscription> toAsk = new ArrayList<>(0);
        List<FarQueue.Entry> toFetch = List.of();
        MessageTap tap = topic.tap();
        MessageEvents timedOut = tap == null ? null : new MessageEvents(0);
        try {
            synchronized (lock) {
                if (exiting || !listed || at != scanAt) {
                    return;
                }
                listed = false;
                // If that goes wrong, in any way, it is looked at again.
                restedAt = at + TROUBLE_REST_NANOS;
                try {
                    bringBack(wakeups, toAsk, timedOut);
                    toFetch = deferred.fetch(now(), room());
                } finally {
                    lookAtNext();
                }
            }
        } finally {
            wakeups.run();
            toAsk.forEach(this::askForInput);
            if (!toFetch.isEmpty()) {
                List<FarQueue.Entry> entries = toFetch;
                broker.fetch(() -> fetch(entries));
            }
        }
        if (tap != null) {
            tap.tell(MessageFeed.Event.TIMED_OUT, name, timedOut);
        }
    }

    /** Messages that may wait in memory, and those that somebody waits for. */
    private long room() {
        return Math.max(queue.room(), subscribers.idle().size());
    }

    /** What is due and was left where it is may come now. */
    private void lookForRoom() {
        if (deferred.waitsForRoom() && room() > 0) {
            lookAt(now());
        }
    }

    /** Gets the bodies of messages that are due soon; waits for the disk. */
    private void fetch(List<FarQueue.Entry> entries) {
        List<BrokerMessage> messages =
                DeferredMessages.read(entries, journal.journal().bodies(), toString());
        synchronized (lock) {
            long now = now();
            deferred.fetched(entries, messages, now);
            lookAtDeferred(now);
        }
    }

    /** What settles a message may have arrived and not been read yet, as after a standstill of the daemon. */
    private void askForInput(BrokerSubscription subscription) {
        try {
            subscription.consumer().afterInput(() -> inputRead(subscription));
        } catch (RuntimeException | Error e) {
            LOG.error("CHANNEL({}): a consumer failed to read on - {}", name, e.toString(), e);
        }
    }

    private void inputRead(BrokerSubscription subscription) {
        synchronized (lock) {
            subscription.inputRead();
            // At once: who waits for these has waited for their time-out.
            restedAt = now();
            lookAt(restedAt);
        }
    }

    /** @param timedOut takes what has timed out; {@code null} where nobody asks */
    private void bringBack(Wakeups wakeups, List<BrokerSubscription> toAsk, MessageEvents timedOut) {
        long now = now();
        // Not empty after a scan that failed with these in hand.
        int before = back.size();
        subscribers.expire(now, SCAN_BATCH, back, wakeups, toAsk);
        timeoutCount += back.size() - before;
        for (int i = before; timedOut != null && i < back.size(); i++) {
            timedOut.add(back.id(i), back.timestampNanos(i), back.attempts(i), back.length(i));
        }
        boolean more = back.size() >= SCAN_BATCH;
        if (guard != null) {
            more |= applyPolicies(now, wakeups);
        }
        for (BrokerMessage due = deferred.due(now); due != null && back.size() < SCAN_BATCH; due = deferred.due(now)) {
            due.addTo(back);
            deferred.remove();
        }
        long rest = !more && back.size() < SCAN_BATCH ? SCAN_REST_NANOS : 0;
        if (!back.isEmpty()) {
            queue.putPromised(back, extraRoom());
            back.clear();
            wakeups.add(nextIdle());
        }
        restedAt = now + rest;
    }

    /**
     * Some of what has timed out is dead, some is to be held back, and the time of some that waits is over.
     *
     * @return whether there may be more of the latter
     */
    private boolean applyPolicies(long now, Wakeups wakeups) {
        guard.sortOut(back, now, epochNanos());
        List<Letter> expired = guard.expire(SCAN_BATCH, epochNanos());
        if (!expired.isEmpty()) {
            guard.bury(expired);
            queue.forgetTaken();
        }
        if (guard.goesOn(now) && !queue.isEmpty()) {
            wakeups.add(nextIdle());
        }
        return expired.size() >= SCAN_BATCH;
    }

    private void lookAtNext() {
        // Further away than any deadline; the clock's origin is arbitrary.
        long none = restedAt + Long.MAX_VALUE / 2;
        long next = back.isEmpty() ? none : restedAt;
        next = deferred.nextLook(next);
        next = subscribers.nextDeadline(next);
        next = guard == null ? next : guard.nextLook(next, restedAt);
        if (next != none) {
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
        pauseChanged();
    }

    @Override
    public void unpause() {
        Wakeups wakeups = new Wakeups();
        synchronized (lock) {
            paused = false;
            for (BrokerSubscription next = nextIdle(); next != null; next = nextIdle()) {
                wakeups.add(next);
            }
        }
        wakeups.run();
        pauseChanged();
    }

    private void pauseChanged() {
        if (!isEphemeral() && !topic.isEphemeral()) {
            broker.pauseChanged();
        }
    }

    @Override
    public void empty() {
        Wakeups wakeups = new Wakeups();
        CompletableFuture<Void> gone;
        synchronized (lock) {
            deferred.clear();
            back.clear();
            subscribers.clear();
            if (rewind != null) {
                rewind.end();
            }
            clearLetters();
            gone = deleting ? MessageQueue.DONE : queue.empty();
            subscribers.attached().forEach(wakeups::add);
        }
        wakeups.run();
        Outcome.await("emptying channel " + topic.name() + ":" + name, gone);
    }

    private void clearLetters() {
        if (guard != null) {
            guard.letters().clear();
        }
    }

    // ---- one message

    private Inspection inspection() {
        return new Inspection(lock, queue, subscribers, deferred, journal);
    }

    @Override
    public List<PeekedMessage> peek(PeekedMessage.State state, int count) {
        BrokerMessage onTheWay;
        synchronized (lock) {
            onTheWay = guard == null ? null : guard.letters().first();
        }
        return inspection().peek(state, count, now(), onTheWay, id -> broker.undertaker()
                .book()
                .find(topic.name(), id));
    }

    @Override
    public void requeue(long id) {
        Wakeups wakeups = new Wakeups();
        synchronized (lock) {
            BrokerSubscription holder = holder(id);
            if (holder == null) {
                if (inspection().hurry(id, now())) {
                    lookAtDeferred(now());
                }
                return;
            }
            requeued.clear();
            holder.find(id).addTo(requeued);
            queue.putPromised(requeued, extraRoom());
            requeued.clear();
            holder.takeBack(id);
            requeueCount++;
            // Its window has opened.
            wakeups.add(holder);
            wakeups.add(nextIdle());
        }
        wakeups.run();
    }

    @Override
    public void drop(long id) {
        BrokerSubscription holder;
        synchronized (lock) {
            holder = holder(id);
            if (holder == null) {
                inspection().drop(id);
            }
        }
        if (holder != null) {
            holder.finish(new long[] {id}, 1, (refused, reason) -> {
                throw Inspection.missing();
            });
            Wakeups.wake(holder.consumer());
        }
    }

    private BrokerSubscription holder(long id) {
        for (BrokerSubscription subscription : subscribers.all()) {
            if (subscription.holds(id)) {
                return subscription;
            }
        }
        return null;
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
            leaving = subscribers.removeAll();
            deferred.clear();
            back.clear();
            clearLetters();
        }
        for (BrokerSubscription subscription : leaving) {
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

    /**
     * Moves everything to the backend as the daemon stops (B-33).
     *
     * @return how many messages could not be saved; each was named in the log
     */
    long close() {
        LOG.info("CHANNEL({}): closing", name);
        List<BrokerSubscription> leaving;
        long lost;
        synchronized (lock) {
            exiting = true;
            if (deleting) {
                return 0;
            }
            leaving = subscribers.attached();
            lost = isEphemeral() ? 0 : flush();
            try {
                queue.close();
            } catch (IOException | RuntimeException | Error e) {
                OutOfMemory.check(e);
                LOG.error("CHANNEL({}): failed to close - {}", name, Errors.describe(e));
                broker.stopReport().failed("channel " + topic.name() + ":" + name);
            }
        }
        leaving.forEach(subscription -> Wakeups.close(subscription.consumer()));
        return lost;
    }

    /** Lets go of the storage and writes nothing. */
    void abandon() {
        List<BrokerSubscription> leaving;
        synchronized (lock) {
            exiting = true;
            leaving = subscribers.attached();
            BrokerTopic.abandon(queue, "channel " + topic.name() + ":" + name);
        }
        leaving.forEach(subscription -> Wakeups.close(subscription.consumer()));
    }

    /** Moves what is in memory to the backend; returns how much of it is lost. */
    private long flush() {
        MessageBatch inFlight = new MessageBatch();
        subscribers.drainTo(inFlight);
        if (guard != null) {
            guard.letters().drainTo(inFlight);
        }
        int held = deferred.size();
        int memory = queue.memoryDepth();
        if (memory > 0 || !inFlight.isEmpty() || held > 0) {
            LOG.info(
                    "CHANNEL({}): flushing {} memory {} in-flight {} deferred messages to backend",
                    name,
                    memory,
                    inFlight.size(),
                    held);
        }
        try {
            queue.flush();
            queue.store(inFlight);
            queue.store(back);
            deferred.drain(
                    now(),
                    FLUSH_BATCH,
                    journal == null ? null : journal.journal().bodies(),
                    this::flushDeferred);
            queue.unread(deferred.unread());
            if (journal != null && queue.delays() != null) {
                broker.delays().note(topic.name(), name, queue.delays());
            }
            return queue.lost();
        } catch (RuntimeException | Error e) {
            long lost = (long) memory + inFlight.size() + held + back.size();
            if (journal != null) {
                LOG.error("CHANNEL({}): failed to flush, the journal has the messages - {}", name, e.toString(), e);
                queue.unread(lost);
                return 0;
            }
            LOG.error("CHANNEL({}): failed to flush, up to {} messages lost - {}", name, lost, e.toString(), e);
            broker.troubles().add(Trouble.MESSAGES_LOST, lost);
            return lost;
        }
    }

    /** The storage forgets delays: they are noted beside. */
    private void flushDeferred(MessageBatch held) {
        if (journal != null) {
            broker.delays().note(topic.name(), name, held);
        }
        queue.store(held);
    }

    /** Messages that wait in memory; without a lock. */
    long inMemory() {
        return queue.memoryDepth();
    }

    // ---- the journal's wishes

    /** What the journal says of it; before it is used. */
    void restore(Replay.Left left, BrokerJournal from) {
        synchronized (lock) {
            queue.stale(left.stale(), from);
        }
    }

    /** A message that waited, was in flight or held back when the daemon ended; as of {@link Replay.Target}. */
    void restore(long id, long timestampNanos, int attempts, long delayNanos, long position, ByteBuffer body) {
        synchronized (lock) {
            long now = now();
            if (journal == null) {
                BrokerMessage message = BrokerMessage.of(id, timestampNanos, attempts, 0, body);
                if (delayNanos > 0) {
                    deferred.add(message, now + delayNanos, now);
                } else {
                    queue.restore(message, 0);
                }
            } else if (delayNanos > 0 || !queue.hasRoom(body.remaining())) {
                // One that is due is fetched when there is room for it.
                journal.found(position, body.remaining());
                deferred.restore(id, timestampNanos, attempts, position, body, now + delayNanos, now);
            } else {
                queue.restore(BrokerMessage.of(id, timestampNanos, attempts, position, body), 0);
            }
        }
    }

    /** All of them are here. */
    void restored() {
        synchronized (lock) {
            lookAtDeferred(now());
        }
        readable();
    }

    @Override
    public void syncStorage() {
        queue.syncStorage();
    }

    @Override
    public void move(int upTo) throws IOException {
        queue.move(upTo);
        synchronized (lock) {
            subscribers.move(upTo, journal::addAgain);
            if (guard != null) {
                guard.letters().move(upTo, journal::addAgain);
            }
            deferred.moveNear(upTo, SCAN_BATCH, now(), journal::addAgain);
        }
        new FarMove(toString(), lock, deferred, journal::addAgain, this::now)
                .move(upTo, journal.journal().bodies());
    }

    // ---- figures

    ChannelStats stats(boolean includeClients) {
        List<BrokerSubscription> consumers;
        long depth;
        long backendDepth;
        int inFlight;
        int held;
        long messages;
        long requeues;
        long timeouts;
        Optional<PolicyStats> policy;
        ChannelRewind rewinding;
        synchronized (lock) {
            consumers = subscribers.attached();
            depth = queue.depth();
            backendDepth = queue.backendDepth();
            held = deferred.size();
            messages = messageCount;
            requeues = requeueCount;
            timeouts = timeoutCount;
            inFlight = subscribers.inFlightToDetached();
            policy = policyStats();
            rewinding = rewind;
            inFlight += policy.map(PolicyStats::inTransit).orElse(0L).intValue();
        }
        List<ClientStats> clients = new ArrayList<>();
        for (BrokerSubscription subscription : consumers) {
            inFlight += subscription.inFlight();
            if (includeClients) {
                try {
                    clients.add(Objects.requireNonNull(subscription.consumer().stats()));
                } catch (RuntimeException | Error e) {
                    String whose = subscription.consumer().getClass().getName();
                    LOG.error("CHANNEL({}): a consumer, {}, has no figures - {}", name, whose, e.toString(), e);
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
                LatencyWindow.stats(latency),
                policy,
                rewinding == null ? Optional.empty() : rewinding.stats());
    }

    private Optional<PolicyStats> policyStats() {
        PolicyStats stats = guard == null ? PolicyStats.NONE : guard.stats();
        return guard == null && replayCount == 0 ? Optional.empty() : Optional.of(stats.withReplayed(replayCount));
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
