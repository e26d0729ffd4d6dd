package io.nsqd.core;

import io.nsqd.api.Channel;
import io.nsqd.api.Errors;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.Names;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Reason;
import io.nsqd.api.Topic;
import io.nsqd.core.journal.QueueJournal;
import io.nsqd.core.journal.Replay;
import io.nsqd.core.policy.TopicRules;
import io.nsqd.core.retention.RetainedLog;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.BackendQueue;
import io.nsqd.spi.Journal;
import io.nsqd.spi.MessageEvents;
import io.nsqd.spi.OutOfMemory;
import io.nsqd.stats.ChannelStats;
import io.nsqd.stats.StatsFilter;
import io.nsqd.stats.TopicStats;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;

/**
 * A topic: where messages get their ids and are copied to the channels.
 *
 * <p>While it <em>flows</em> (started, not paused, with channels, nothing queued) a batch goes to each channel in the
 * publisher's thread; otherwise it is queued, and {@link TopicPump} routes it later. Both, and all that changes the list
 * of channels, happen under the topic's lock.
 */
final class BrokerTopic implements Topic, QueueJournal.Owner {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerTopic.class);
    private static final String NO_MEMORY_TO_DEFER =
            "messages have all the memory that they may have (mem-queue-bytes), and deferred ones have no place on disk";

    private static final BrokerChannel[] NO_CHANNELS = new BrokerChannel[0];

    private final String name;
    private final Broker broker;
    private final MessageQueue queue;

    /** Where it is kept what becomes of its messages; {@code null} where nothing is promised. */
    private final QueueJournal journal;

    private final MessageIds ids;
    private final TopicPump pump;
    private final boolean mayRepeat;
    private final Routing routing;
    private final ConcurrentSkipListMap<String, BrokerChannel> channels = new ConcurrentSkipListMap<>();

    private final Object lock = new Object();
    /** The channels that messages are routed to: those that are not being deleted. Guarded by the lock. */
    private BrokerChannel[] routed = NO_CHANNELS;

    /** Made when a batch is routed for the first time, and again when the channels are others. */
    private Places places;

    private boolean started;

    /** Whether some of what waits is being published elsewhere. */
    private boolean moving;

    /** Whether what waits will be looked at after a while, for policies. */
    private boolean looking;

    private long messageCount;
    private long messageBytes;

    /** What policies want of it; {@code null} where none has ever said anything of it. Guarded by the lock. */
    private TopicGuard guard;

    private final TopicRetention retention;

    /** Where to news of messages go; {@code null} where nobody asks for them. */
    private volatile MessageTap tap;

    private volatile boolean paused;
    private volatile boolean exiting;
    /** Whether the queue has been deleted: it must not be used any more. */
    private boolean deleting;

    private final CompletableFuture<Void> gone = new CompletableFuture<>();

    BrokerTopic(String name, Broker broker, BackendQueue backend, boolean paused) {
        this.name = name;
        this.broker = broker;
        this.paused = paused;
        journal = broker.journalOf(this, name, "");
        queue = new MessageQueue(
                "TOPIC(" + name + ")",
                broker.memQueueSize(),
                backend,
                broker.budget(),
                broker.troubles(),
                journal,
                lock);
        ids = new MessageIds(broker.nodeId());
        ids.above(backend.highestId());
        pump = new TopicPump(this, broker.pumps(), broker.troubles());
        mayRepeat = backend.mayRepeat();
        routing = new Routing(name);
        retention = new TopicRetention(name, broker.retention());
    }

    @Override
    public String name() {
        return name;
    }

    // ---- publishing

    @Override
    public CompletableFuture<Void> publish(MessageBatch batch) {
        return publishDeferred(batch, 0);
    }

    @Override
    public CompletableFuture<Void> publishDeferred(MessageBatch batch, long delayNanos) {
        return publish(batch, delayNanos, false);
    }

    /** As {@link #publish}, but the messages keep the ids and timestamps that they have; one whose id is 0 gets an id. */
    CompletableFuture<Void> publishLetters(MessageBatch batch) {
        return publish(batch, 0, true);
    }

    /** Whether what it was given outlives a crash. */
    boolean isKept() {
        return journal != null;
    }

    private CompletableFuture<Void> publish(MessageBatch batch, long delayNanos, boolean letters) {
        Wakeups wakeups = new Wakeups();
        CompletableFuture<Void> result;
        synchronized (lock) {
            if (exiting) {
                return CompletableFuture.failedFuture(new NsqdException(Reason.EXITING, "exiting"));
            }
            if (guard != null) {
                CompletableFuture<Void> kept = keptOut(batch);
                if (kept != null) {
                    return kept;
                }
            }
            if (letters) {
                identify(batch);
            } else {
                stamp(batch, Math.max(0, delayNanos));
            }
            if (isRoutable() && !hasBacklog()) {
                result = delayNanos > 0 ? defer(batch) : route(batch, wakeups);
                if (!result.isCompletedExceptionally()) {
                    count(batch.size(), batch.bytes());
                    retention.append(batch);
                }
            } else {
                result = enqueue(batch);
            }
            if (guard != null && !letters) {
                result = guarded(batch, result);
            }
        }
        wakeups.run();
        MessageTap listening = tap;
        if (listening != null) {
            tellPublished(listening, batch, result);
        }
        return result == MessageQueue.DONE ? result : answer(result);
    }

    private static void tellPublished(MessageTap tap, MessageBatch batch, CompletableFuture<Void> result) {
        // The batch may be another one by the time that it is stored.
        MessageEvents published = MessageEvents.of(batch, 0);
        var unused = result.thenRun(() -> tap.tell(MessageFeed.Event.PUBLISHED, "", published));
    }

    /** Where to news of messages go; {@code null} where nobody asks for them. */
    MessageTap tap() {
        return tap;
    }

    void tap(MessageTap listening) {
        tap = listening;
    }

    /** Whatever went wrong underneath, the publisher gets an {@link NsqdException}. */
    private static CompletableFuture<Void> answer(CompletableFuture<Void> stored) {
        CompletableFuture<Void> answer = new CompletableFuture<>();
        stored.whenComplete((done, failure) -> {
            if (failure == null) {
                answer.complete(null);
            } else {
                answer.completeExceptionally(Outcome.refusal(failure));
            }
        });
        return answer;
    }

    /** What gets an id here, now or later, is not to get one that came from elsewhere: topics that are as busy make the same ones. */
    private void identify(MessageBatch batch) {
        ids.at(broker.clock().epochNanos());
        for (int i = 0; i < batch.size(); i++) {
            ids.above(batch.id(i));
        }
        for (int i = 0; i < batch.size(); i++) {
            if (batch.id(i) == 0) {
                batch.stamp(i, ids.next(), batch.timestampNanos(i), 0);
            }
        }
    }

    // ---- policies

    /** What is said of it, or of one of its channels, may be something else. */
    void policyChanged() {
        channels.values().forEach(BrokerChannel::policyChanged);
        retention.rules(isEphemeral() ? null : broker.policies().topic(name));
        Runnable after;
        synchronized (lock) {
            after = applyPolicy();
        }
        after.run();
    }

    /** Called under the lock. */
    private Runnable applyPolicy() {
        TopicRules rules = broker.policies().topic(name);
        boolean refuses = Arrays.stream(routed).anyMatch(BrokerChannel::mayRefuse);
        if (rules == null && guard == null && !refuses) {
            return () -> {};
        }
        if (guard == null) {
            guard = new TopicGuard(name, queue, broker.clock(), broker.pumps());
        }
        Runnable after = guard.rules(rules == null ? TopicRules.NONE : rules);
        queue.memoryLimit(guard.rules().memQueueSize(broker.memQueueSize()));
        if (!routing.isPending()) {
            guard.tidy();
        }
        lookAgain();
        return after;
    }

    /** Keeps a batch out: done where it goes nowhere, failed where there is no room for it; {@code null} where it is welcome. */
    private CompletableFuture<Void> keptOut(MessageBatch batch) {
        NsqdException refusal = null;
        if (isRoutable() && !hasBacklog()) {
            for (int i = 0; i < routed.length && refusal == null; i++) {
                refusal = routed[i].refusal(batch);
            }
        } else if (started && routed.length == 0 && guard.rules().dropsWithoutChannel()) {
            if (retention.isOn()) {
                stamp(batch, 0);
                retention.append(batch);
            }
            guard.dropped(batch);
            count(batch.size(), batch.bytes());
            return guard.taken(batch.size(), MessageQueue.DONE);
        } else {
            refusal = guard.refusal(batch, depth());
        }
        return refusal == null ? null : CompletableFuture.failedFuture(guard.rejected(batch, refusal));
    }

    /** A batch was taken, or could not be. */
    private CompletableFuture<Void> guarded(MessageBatch batch, CompletableFuture<Void> result) {
        if (result.isCompletedExceptionally()) {
            return result;
        }
        if (!routing.isPending() && !queue.isEmpty()) {
            guard.tidy();
            lookAgain();
        }
        return guard.taken(batch.size(), result);
    }

    /** Has a look at what waits after a while, if that is of use. */
    private void lookAgain() {
        if (!looking && guard.looksAgain()) {
            looking = true;
            broker.later(this::look, TimeUnit.NANOSECONDS.toMillis(ChannelGuard.EXPIRY_NANOS));
        }
    }

    private void look() {
        synchronized (lock) {
            looking = false;
            if (!exiting) {
                if (!routing.isPending()) {
                    guard.tidy();
                }
                lookAgain();
            }
        }
    }

    /** The longest delay that a publisher may ask for, in nanoseconds. */
    @Override
    public long maxDeferNanos() {
        long daemons = broker.options().maxDeferNanos();
        TopicRules rules = broker.policies().topic(name);
        return rules == null ? daemons : rules.maxDeferNanos(daemons);
    }

    private void stamp(MessageBatch batch, long delayNanos) {
        long now = broker.clock().epochNanos();
        ids.at(now);
        for (int i = 0; i < batch.size(); i++) {
            batch.stamp(i, ids.next(), now, delayNanos);
        }
    }

    private void count(long messages, long bytes) {
        messageCount += messages;
        messageBytes += bytes;
    }

    /** Hands a batch to every channel, as {@link #route}; the journal has before what is not as safe elsewhere. */
    private CompletableFuture<Void> routeKept(MessageBatch batch, Wakeups wakeups) {
        Places places = places();
        boolean alsoStored = false;
        int most = 0;
        for (int i = 0; i < places.size; i++) {
            int toMemory = places.channels[i].fitting(batch);
            int toKeep = queue.toKeep(batch, toMemory);
            places.toMemory[i] = toMemory;
            places.toKeep[i] = toKeep;
            most = Math.max(most, toKeep);
            alsoStored |= toKeep > toMemory;
        }
        if (most > 0) {
            try {
                journal.journal().add(places.journals, places.toKeep, places.size, batch, alsoStored);
            } catch (IOException e) {
                return refused(batch, e);
            }
        }
        CompletableFuture<Void> all = MessageQueue.DONE;
        int next = 0;
        for (BrokerChannel channel : routed) {
            CompletableFuture<Void> stored = channel.journal() == null
                    ? channel.put(batch, wakeups)
                    : channel.putKept(batch, places.toMemory[next++], wakeups);
            all = and(all, stored, channel, batch);
        }
        return most > 0 ? whenKept(all) : all;
    }

    /** Also waits for the journal. */
    private CompletableFuture<Void> whenKept(CompletableFuture<Void> stored) {
        CompletableFuture<Void> kept = journal.kept();
        boolean done = kept.isDone() && !kept.isCompletedExceptionally();
        return done || stored.isCompletedExceptionally()
                ? stored
                : stored == MessageQueue.DONE ? kept : CompletableFuture.allOf(stored, kept);
    }

    private CompletableFuture<Void> refused(MessageBatch batch, IOException failure) {
        LOG.error("TOPIC({}): failed to keep {} msg(s) - {}", name, batch.size(), Errors.describe(failure));
        return CompletableFuture.failedFuture(failure);
    }

    /** What is to be kept of a batch for which channel. Used again and again, under the lock. */
    private static final class Places {
        private final BrokerChannel[] of;
        private final BrokerChannel[] channels;
        private final QueueJournal[] journals;
        private final int[] toMemory;
        private final int[] toKeep;
        private final int size;

        Places(BrokerChannel[] of) {
            this.of = of;
            channels = Arrays.stream(of).filter(c -> c.journal() != null).toArray(BrokerChannel[]::new);
            journals = Arrays.stream(channels).map(BrokerChannel::journal).toArray(QueueJournal[]::new);
            size = channels.length;
            toMemory = new int[size];
            toKeep = new int[size];
        }
    }

    private Places places() {
        if (places == null || places.of != routed) {
            places = new Places(routed);
        }
        return places;
    }

    /** Hands a batch to every channel; fails when one of them could not store it, after the others were tried. */
    private CompletableFuture<Void> route(MessageBatch batch, Wakeups wakeups) {
        if (journal != null) {
            return routeKept(batch, wakeups);
        }
        CompletableFuture<Void> all = MessageQueue.DONE;
        for (BrokerChannel channel : routed) {
            all = and(all, channel.put(batch, wakeups), channel, batch);
        }
        return all;
    }

    private CompletableFuture<Void> and(
            CompletableFuture<Void> all, CompletableFuture<Void> stored, BrokerChannel channel, MessageBatch batch) {
        if (stored == MessageQueue.DONE) {
            return all;
        }
        if (stored.isCompletedExceptionally()) {
            LOG.error(
                    "TOPIC({}): failed to put {} msg(s) to channel({}) - {}",
                    name,
                    batch.size(),
                    channel.name(),
                    Outcome.reason(stored));
        }
        return all == MessageQueue.DONE ? stored : CompletableFuture.allOf(all, stored);
    }

    /** What is held back cannot go to the storage: where there is no memory for it, it is refused. */
    private CompletableFuture<Void> defer(MessageBatch batch) {
        boolean far = journal != null && batch.delayNanos(0) > FarQueue.FAR_NANOS;
        long each = far ? (long) batch.size() * FarQueue.MESSAGE_BYTES : MemoryBudget.cost(batch.size(), batch.bytes());
        long cost = routed.length * each;
        if (cost > broker.budget().room()) {
            LOG.error("TOPIC({}): failed to defer {} msg(s) - {}", name, batch.size(), NO_MEMORY_TO_DEFER);
            return CompletableFuture.failedFuture(new NsqdException(Reason.BACKEND, NO_MEMORY_TO_DEFER));
        }
        if (journal != null && places().size > 0) {
            Arrays.fill(places.toKeep, batch.size());
            try {
                journal.journal().add(places.journals, places.toKeep, places.size, batch, false);
            } catch (IOException e) {
                return refused(batch, e);
            }
        }
        for (BrokerChannel channel : routed) {
            channel.defer(batch);
        }
        return journal == null ? MessageQueue.DONE : whenKept(MessageQueue.DONE);
    }

    private CompletableFuture<Void> enqueue(MessageBatch batch) {
        long before = queue.depth();
        CompletableFuture<Void> result = journal == null ? queue.put(batch, 0) : enqueueKept(batch);
        if (result.isCompletedExceptionally()) {
            // B-17: the part that was stored before the failure counts, and stays.
            long stored = queue.depth() - before;
            long bytes = 0;
            for (int i = 0; i < stored; i++) {
                bytes += batch.length(i);
            }
            count(stored, bytes);
            LOG.error("TOPIC({}): failed to write message to backend - {}", name, Outcome.reason(result));
        } else {
            count(batch.size(), batch.bytes());
        }
        if (isRoutable()) {
            pump.start();
        }
        return result;
    }

    /** The same, into the journal before; what has a delay stays out of the storage, which would forget it. */
    private CompletableFuture<Void> enqueueKept(MessageBatch batch) {
        boolean delayed = batch.delayNanos(0) > 0;
        if (delayed
                && MemoryBudget.cost(batch.size(), batch.bytes())
                        > broker.budget().room()) {
            return CompletableFuture.failedFuture(new NsqdException(Reason.BACKEND, NO_MEMORY_TO_DEFER));
        }
        int toMemory = delayed ? batch.size() : queue.fitting(batch, 0);
        int toKeep = queue.toKeep(batch, toMemory);
        try {
            journal.add(batch, 0, toKeep, toKeep > toMemory, Journal.Purpose.GROW);
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
        return toKeep == 0 ? queue.putKept(batch, toMemory) : whenKept(queue.putKept(batch, toMemory));
    }

    private boolean isRoutable() {
        return started && !paused && !exiting && routed.length > 0 && !moving;
    }

    // ---- moving elsewhere

    /**
     * Takes some of what waits in the topic itself, to be published elsewhere; {@link #moved} is to be called then.
     *
     * @return a copy; empty where nothing is to be had, or a channel is about to get it
     */
    MessageBatch takeToMove(int max, long maxBytes) {
        synchronized (lock) {
            if (max <= 0 || moving || exiting || deleting || routing.isPending() && !routing.isHeld()) {
                return new MessageBatch();
            }
            if (!routing.isHeld()) {
                routing.hold(queue, max, maxBytes);
            }
            moving = routing.isHeld();
            return routing.copy();
        }
    }

    /** What was taken is elsewhere or, if that went wrong, still here. */
    void moved(boolean good) {
        synchronized (lock) {
            moving = false;
            if (good && routing.isHeld() && !exiting) {
                arrived();
                queue.forgetTaken();
                routing.clear();
            }
        }
        pumpIfNeeded();
    }

    /**
     * Routes some of what is queued; called by the pump. Whatever is thrown, what was taken and has not reached every channel is kept
     * for the next turn.
     */
    TopicPump.Turn pumpTurn(int max, long maxBytes) {
        Wakeups wakeups = new Wakeups();
        boolean good = true;
        boolean more = false;
        try {
            synchronized (lock) {
                if (isRoutable()) {
                    if (routing.isHeld()) {
                        routing.release(routed, retention);
                    }
                    if (!routing.isPending()) {
                        routing.take(queue, routed, max, maxBytes, retention);
                    }
                    int taken = routing.size();
                    good = routing.handOn(queue, wakeups);
                    if (!routing.isPending()) {
                        arrived();
                        queue.forgetTaken();
                    }
                    more = routing.isPending() || (taken > 0 && !queue.isEmpty());
                }
                if (!more) {
                    pump.stopped();
                }
            }
        } finally {
            wakeups.run();
        }
        return !more ? TopicPump.Turn.DONE : good ? TopicPump.Turn.MORE : TopicPump.Turn.TROUBLE;
    }

    /** What was routed is the channels' in the journal, too. */
    private void arrived() {
        if (journal != null) {
            journal.finished(routing.leaving());
            routing.leaving().clear();
        }
    }

    /** Whether something waits to be routed. */
    private boolean hasBacklog() {
        return routing.isPending() || !queue.isEmpty();
    }

    /** Starts the pump if there is anything for it to do. */
    private void pumpIfNeeded() {
        synchronized (lock) {
            if (isRoutable() && hasBacklog()) {
                pump.start();
            }
        }
    }

    /** Its channels are known: routing may begin (B-2). */
    void start() {
        synchronized (lock) {
            started = true;
        }
        pumpIfNeeded();
    }

    /** The backend can be read again. */
    void readable() {
        pumpIfNeeded();
    }

    // ---- channels

    @Override
    public Channel channel(String channelName) {
        BrokerChannel existing = channels.get(channelName);
        if (existing != null && !existing.isExiting()) {
            return existing;
        }
        return create(channelName, false, true);
    }

    /**
     * Makes a channel, or finds the one that somebody else made meanwhile.
     *
     * @param announce whether listeners are told and the metadata saved; not so while loading
     */
    BrokerChannel create(String channelName, boolean isPaused, boolean announce) {
        if (!Names.isValid(channelName)) {
            throw new NsqdException(Reason.BAD_CHANNEL, "channel name is not valid");
        }
        return create(channelName, isPaused, announce, () -> {});
    }

    /** @param made told under the lock that it is new, before anything reaches it */
    private BrokerChannel create(String channelName, boolean isPaused, boolean announce, Runnable made) {
        BrokerChannel channel;
        Runnable afterPolicy;
        synchronized (lock) {
            if (exiting) {
                throw new NsqdException(Reason.EXITING, "exiting");
            }
            BrokerChannel existing = channels.get(channelName);
            if (existing != null) {
                // One that is going keeps its name until its files are gone.
                return existing;
            }
            channel = broker.newChannel(this, channelName, isPaused);
            ids.above(channel.highestId());
            if (mayRepeat || channel.mayRepeat()) {
                ids.at(broker.clock().epochNanos());
                channel.copiesUpTo(ids.bound());
            }
            channels.put(channelName, channel);
            routed = Arrays.copyOf(routed, routed.length + 1);
            routed[routed.length - 1] = channel;
            made.run();
            // What changes from now on reaches it by itself.
            channel.policyChanged();
            afterPolicy = applyPolicy();
        }
        afterPolicy.run();
        LOG.info("TOPIC({}): new channel({})", name, channelName);
        if (announce) {
            broker.channelCreated(this, channel);
        }
        pumpIfNeeded();
        return channel;
    }

    @Override
    public Channel channel(String channelName, Instant from) {
        retention.required();
        long[] end = {-1};
        BrokerChannel channel = create(channelName, false, true, () -> end[0] = retention.end());
        if (end[0] < 0) {
            throw new NsqdException(
                    Reason.CHANNEL_EXISTS, "channel " + channelName + " exists already: it can be rewound");
        }
        begin(channel, nanos(from), end[0], channel.rewound(nanos(from), unfinished -> {}));
        return channel;
    }

    @Override
    public void rewind(String channelName, Instant from) {
        BrokerChannel channel = channels.get(channelName);
        if (channel == null) {
            throw new NsqdException(Reason.CHANNEL_NOT_FOUND, "channel does not exist");
        }
        retention.required();
        long end;
        ChannelRewind rewind;
        synchronized (lock) {
            end = retention.end();
            rewind = channel.rewound(nanos(from), unfinished -> routing.tell(channel, unfinished));
        }
        begin(channel, nanos(from), end, rewind);
    }

    private void begin(BrokerChannel channel, long fromNanos, long end, ChannelRewind rewind) {
        boolean kept = !channel.isEphemeral();
        rewind.begin(broker.retention()
                .rewind(
                        channel.toString(),
                        retention.required(),
                        channel.name(),
                        rewind,
                        rewind.unfinished(),
                        fromNanos,
                        end,
                        kept));
    }

    /** Goes on with rewinds that an earlier run has not ended. */
    void rewindOn() {
        RetainedLog log = retention.log();
        if (log == null) {
            return;
        }
        for (BrokerChannel channel : channels.values()) {
            broker.retention().left(log, channel.name()).ifPresent(left -> {
                ChannelRewind rewind;
                synchronized (lock) {
                    rewind = channel.rewound(left.fromNanos(), unfinished -> {
                        left.tell(unfinished);
                        routing.tell(channel, unfinished);
                    });
                }
                rewind.begin(left.go(channel.toString(), rewind, rewind.unfinished()));
            });
        }
    }

    /** In nanoseconds since 1970, as far as there are such. */
    private static long nanos(Instant instant) {
        try {
            return Math.addExact(
                    Math.multiplyExact(instant.getEpochSecond(), TimeUnit.SECONDS.toNanos(1)), instant.getNano());
        } catch (ArithmeticException e) {
            return instant.isBefore(Instant.EPOCH) ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
    }

    @Override
    public Optional<Channel> existingChannel(String channelName) {
        return Optional.ofNullable(channels.get(channelName));
    }

    @Override
    public List<Channel> channels() {
        return List.copyOf(channels.values());
    }

    @Override
    public void deleteChannel(String channelName) {
        BrokerChannel channel = channels.get(channelName);
        if (channel == null || !channel.markExiting()) {
            throw new NsqdException(Reason.CHANNEL_NOT_FOUND, "channel does not exist");
        }
        channelVanishes(channel);
        Outcome.await("deleting channel " + name + ":" + channelName, channel.gone());
    }

    /** A channel that is marked goes: one that is being deleted, or an ephemeral one whose last consumer left (B-9). Never waits. */
    void channelVanishes(BrokerChannel channel) {
        remove(channel).thenRun(this::vanishIfEmpty).whenComplete((done, failure) -> channel.isGone());
    }

    /** Takes a channel from the list at once, and its name when what it stored is gone. */
    private CompletableFuture<Void> remove(BrokerChannel channel) {
        LOG.info("TOPIC({}): deleting channel {}", name, channel.name());
        synchronized (lock) {
            List<BrokerChannel> rest = new ArrayList<>(Arrays.asList(routed));
            rest.remove(channel);
            routed = rest.toArray(NO_CHANNELS);
        }
        return channel.delete().thenRun(() -> {
            channels.remove(channel.name(), channel);
            broker.channelDeleted(this, channel);
        });
    }

    private void vanishIfEmpty() {
        if (isEphemeral() && channels.isEmpty() && !exiting) {
            broker.topicVanishes(this);
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
        synchronized (lock) {
            paused = false;
        }
        pumpIfNeeded();
        pauseChanged();
    }

    private void pauseChanged() {
        if (!isEphemeral()) {
            broker.pauseChanged();
        }
    }

    @Override
    public void empty() {
        CompletableFuture<Void> gone;
        synchronized (lock) {
            routing.clear();
            gone = deleting ? MessageQueue.DONE : queue.empty();
        }
        Outcome.await("emptying topic " + name, gone);
    }

    boolean isExiting() {
        return exiting;
    }

    /** Marks the topic as going; false when it is already. */
    boolean markExiting() {
        synchronized (lock) {
            boolean first = !exiting;
            exiting = true;
            return first;
        }
    }

    /** Completed once the topic was deleted, and no trace of it is left. */
    CompletableFuture<Void> gone() {
        return gone;
    }

    /**
     * Removes channels, messages and files; the topic is marked before (B-6). Never waits.
     *
     * @return completed, never exceptionally, when what it and its channels had stored is gone
     */
    CompletableFuture<Void> delete() {
        LOG.info("TOPIC({}): deleting", name);
        List<CompletableFuture<Void>> parts = new ArrayList<>();
        for (BrokerChannel channel : channels.values()) {
            if (channel.markExiting()) {
                remove(channel).whenComplete((done, failure) -> channel.isGone());
            }
            parts.add(channel.gone());
        }
        CompletableFuture<Void> deleted;
        synchronized (lock) {
            deleting = true;
            routing.clear();
            deleted = queue.delete();
        }
        parts.add(retention.delete());
        parts.add(deleted.handle((done, failure) -> {
            if (failure != null) {
                LOG.error("TOPIC({}): failed to delete its files - {}", name, Outcome.reason(deleted));
            }
            return null;
        }));
        return CompletableFuture.allOf(parts.toArray(new CompletableFuture<?>[0]));
    }

    /**
     * Moves everything to the backend as the daemon stops (B-33).
     *
     * @return how many messages could not be saved; each was named in the log
     */
    long close() {
        LOG.info("TOPIC({}): closing", name);
        markExiting();
        routePending();
        long lost = 0;
        for (BrokerChannel channel : channels.values()) {
            lost += close(channel);
        }
        synchronized (lock) {
            if (deleting) {
                return lost;
            }
            try {
                if (!isEphemeral()) {
                    if (journal != null) {
                        noteDelays();
                    }
                    queue.flush();
                }
                queue.close();
            } catch (IOException | RuntimeException | Error e) {
                OutOfMemory.check(e);
                LOG.error("TOPIC({}): failed to close - {}", name, Errors.describe(e));
                broker.stopReport().failed("topic " + name);
            }
            lost += queue.lost();
        }
        return lost;
    }

    /** Lets go of the storage and writes nothing, as what was there is still there. Returns that nothing is lost. */
    long abandon() {
        markExiting();
        channels.values().forEach(BrokerChannel::abandon);
        synchronized (lock) {
            abandon(queue, "topic " + name);
        }
        return 0;
    }

    /** Lets go of a queue. */
    static void abandon(MessageQueue queue, String what) {
        try {
            queue.abandon();
        } catch (IOException | RuntimeException e) {
            LOG.error("NSQ: failed to close {} - {}", what, Errors.describe(e));
        }
    }

    // ---- what other daemons have left

    /**
     * Takes messages of a daemon that is gone, as they are; the channel is made where it is not there. Never waits.
     *
     * @param channelName empty for those that wait in the topic itself
     * @throws IOException when not all of them can be kept: they may come again
     */
    void adopt(String channelName, MessageBatch batch) throws IOException {
        if (!channelName.isEmpty()) {
            ((BrokerChannel) channel(channelName)).adopt(batch);
            return;
        }
        MessageBatch due = new MessageBatch();
        MessageBatch delayed = new MessageBatch();
        BrokerChannel.split(batch, due, delayed);
        synchronized (lock) {
            if (exiting) {
                throw new IOException("topic " + name + " is being deleted");
            }
            for (MessageBatch part : List.of(due, delayed)) {
                CompletableFuture<Void> stored = part.isEmpty() ? MessageQueue.DONE : enqueue(part);
                if (stored.isCompletedExceptionally()) {
                    throw new IOException(Outcome.reason(stored));
                }
            }
        }
    }

    /** What was adopted is durable. May block. */
    void adopted(String channelName) throws IOException {
        if (journal != null) {
            Outcome.await("adopting messages of topic " + name, journal.kept());
            String failure = journal.journal().failure();
            if (!failure.isEmpty()) {
                throw new IOException(failure);
            }
        }
        BrokerChannel channel = channels.get(channelName);
        if (channelName.isEmpty()) {
            queue.syncBackend();
        } else if (channel != null) {
            channel.adopted();
        }
    }

    /** The storage forgets delays that have not begun, too: they begin with the stop. */
    private void noteDelays() {
        queue.eachDelayed(batch -> broker.delays().note(name, "", batch));
        if (queue.delays() != null) {
            broker.delays().note(name, "", queue.delays());
        }
    }

    /** One channel's trouble must not keep the others, and the topic itself, from the disk. */
    private long close(BrokerChannel channel) {
        try {
            return channel.close();
        } catch (RuntimeException | Error e) {
            LOG.error("CHANNEL({}): failed to close - {}", channel.name(), e.toString(), e);
            broker.stopReport().failed("channel " + name + ":" + channel.name());
            return channel.inMemory();
        }
    }

    /** What is on its way reaches its channels before they close; where one does not take it, it goes back to the topic. */
    private void routePending() {
        Wakeups wakeups = new Wakeups();
        synchronized (lock) {
            if (!routing.isPending()) {
                return;
            }
            routing.handOn(queue, wakeups);
            if (routing.isPending()) {
                queue.store(routing.remains());
                routing.clear();
            } else {
                arrived();
            }
            queue.forgetTaken();
        }
        wakeups.run();
    }

    /** Messages that wait in memory, those of the channels too; without a lock, so that a stop in progress can be asked. */
    long inMemory() {
        return queue.memoryDepth()
                + channels.values().stream().mapToLong(BrokerChannel::inMemory).sum();
    }

    // ---- the journal's wishes

    /** No id from now on is one that an earlier run gave out. */
    void idsAbove(long id) {
        synchronized (lock) {
            ids.above(id);
        }
    }

    /** What the journal says of the topic's own queue; before it is used. */
    void restore(Replay.Left left, BrokerJournal from) {
        synchronized (lock) {
            ids.above(left.highestId());
            queue.stale(left.stale(), from);
        }
    }

    /** Who takes what is left of the topic's own queue or a channel; {@code null} where there is no such channel. */
    Replay.Target target(String channelName) {
        if (channelName.isEmpty()) {
            return this::restore;
        }
        BrokerChannel channel = channels.get(channelName);
        return channel == null ? null : channel::restore;
    }

    /** A message that waited here when the daemon ended; as of {@link Replay.Target}. */
    private void restore(long id, long timestampNanos, int attempts, long delayNanos, long position, ByteBuffer body) {
        synchronized (lock) {
            queue.restore(BrokerMessage.of(id, timestampNanos, attempts, position, body), delayNanos);
        }
    }

    /** All of them are here. */
    void restored() {
        for (BrokerChannel channel : channels.values()) {
            channel.restored();
        }
    }

    /** Some messages of the storage are to be held back. */
    void delays(Delays.Found found) {
        if (found.channel().isEmpty()) {
            synchronized (lock) {
                queue.delays(found.table());
            }
            return;
        }
        BrokerChannel channel = channels.get(found.channel());
        if (channel != null) {
            channel.delays(found.table());
        }
    }

    /** They are looked for. */
    void findDelayed() {
        channels.values().forEach(BrokerChannel::findDelayed);
    }

    /** There is room in the journal for what is in the storage to be handed out. */
    void allReadable() {
        readable();
        channels.values().forEach(BrokerChannel::readable);
    }

    @Override
    public void syncStorage() {
        queue.syncStorage();
    }

    @Override
    public void move(int upTo) throws IOException {
        queue.move(upTo);
    }

    // ---- figures

    /** Messages that wait, those on their way included. Called under the lock. */
    private long depth() {
        // What the backend has not forgotten is counted there.
        return queue.depth() + routing.size() - queue.unforgotten();
    }

    TopicStats stats(StatsFilter filter) {
        List<ChannelStats> channelStats = new ArrayList<>();
        for (BrokerChannel channel : channels.values()) {
            if (filter.channel().isEmpty() || filter.channel().get().equals(channel.name())) {
                channelStats.add(channel.stats(filter.includeClients()));
            }
        }
        List<LatencyWindow> latencies = channels.values().stream()
                .map(BrokerChannel::latency)
                .filter(Objects::nonNull)
                .toList();
        synchronized (lock) {
            return new TopicStats(
                    name,
                    List.copyOf(channelStats),
                    depth(),
                    queue.backendDepth(),
                    messageCount,
                    messageBytes,
                    paused,
                    latencies.isEmpty() ? io.nsqd.stats.LatencyStats.NONE : LatencyWindow.merged(latencies),
                    Optional.ofNullable(guard).map(TopicGuard::stats));
        }
    }
}
