package io.nsqd.core;

import io.nsqd.api.MessageBatch;
import io.nsqd.api.MessageSink;
import io.nsqd.api.SubscribeOptions;
import io.nsqd.core.journal.Entries;
import io.nsqd.core.journal.QueueJournal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What one poll of a subscription brings: messages move from the channel's queue into flight, under the locks of both, and are
 * handed over afterwards, under none. There is one for each subscription, used again and again by the thread that polls.
 */
final class Delivery extends MessageReceiver {
    private static final int FIRST_CAPACITY = 8;

    private final BrokerChannel channel;
    private final InFlightQueue inFlight;
    private final SubscribeOptions options;
    private final SplittableRandom sampling;

    /** What the poll may still bring. */
    private int wanted;

    private long wantedBytes;

    /** When the messages of this turn are delivered. */
    private long now;

    /** What lies in the journal of that which was taken and not booked: sampled out, or a copy of what is in flight. */
    private final Entries gone = new Entries();

    private final Entries copies = new Entries();

    /** What was taken and is not due. */
    private final MessageBatch heldBack = new MessageBatch();

    /** What was taken and is of no use any more. */
    private final List<Letter> unfit = new ArrayList<>(0);

    /** What policies want of the channel; {@code null} where they want nothing. */
    private ChannelGuard guard;

    /** When the messages of this turn time out. */
    private long timeoutNanos;

    /** The time of day of this turn, where it matters. */
    private long epochNanos;

    private BrokerMessage[] booked = new BrokerMessage[0];
    private int count;

    /** @param inFlight what is in flight to the subscription */
    Delivery(BrokerChannel channel, InFlightQueue inFlight, SubscribeOptions options) {
        this.channel = channel;
        this.inFlight = inFlight;
        this.options = options;
        sampling = options.sampleRate() > 0 ? new SplittableRandom() : null;
    }

    /** A poll begins; what it may bring is as in {@link io.nsqd.api.Subscription#poll}. */
    void begin(int maxMessages, long maxBytes) {
        wanted = maxMessages;
        // At least one message, whatever its size.
        wantedBytes = Math.max(1, maxBytes);
    }

    /** Whether the poll may bring more. */
    boolean wantsMore() {
        return wanted > 0 && wantedBytes > 0;
    }

    /**
     * A turn: books messages in flight, as many as are wanted and as the queue has now. What is sampled out leaves the queue without
     * being booked. Called under the locks of the channel and the subscription.
     */
    void take(MessageQueue queue, long nanoTime) {
        now = nanoTime;
        guard = channel.guard();
        timeoutNanos = channel.messageTimeoutNanos(options);
        epochNanos = guard == null ? 0 : channel.epochNanos();
        limit(wanted, wantedBytes);
        queue.take(this);
    }

    /** One message at least has who has none: whatever memory is short of, everybody's messages go on. */
    @Override
    long backendRoom(long budgetRoom) {
        if (budgetRoom > 0) {
            return Math.min(byteRoom(), budgetRoom);
        }
        return inFlight.size() == 0 ? 1 : 0;
    }

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
        if (delayNanos > 0) {
            // It comes out of the storage, where it waited over a stop, and is not due yet.
            heldBack.add(id, timestampNanos, attempts, delayNanos, block, offset, length);
            heldBack.place(heldBack.size() - 1, position);
            return false;
        }
        // P-58: the rate N lets N + 1 of 100 pass.
        if (sampling != null && sampling.nextInt(100) > options.sampleRate()) {
            gone.add(id, position, length);
            return false;
        }
        if (channel.isCopy(id)) {
            copies.add(id, position, length);
            return false;
        }
        Letter.Cause cause = guard == null ? null : guard.judge(timestampNanos, attempts, epochNanos);
        if (cause != null) {
            unfit.add(new Letter(cause, id, timestampNanos, attempts, block, offset, length, position));
            return false;
        }
        BrokerMessage message = new BrokerMessage(id, timestampNanos, (attempts + 1) & 0xffff, block, offset, length);
        message.deliveredAt = now;
        message.position = position;
        message.deadline = now + timeoutNanos;
        if (count == booked.length) {
            booked = Arrays.copyOf(booked, Math.max(FIRST_CAPACITY, count * 2));
        }
        if (!inFlight.add(message)) {
            channel.copyDropped(id);
            copies.add(id, position, length);
            return false;
        }
        booked[count++] = message;
        wanted--;
        wantedBytes -= length;
        return true;
    }

    /** Messages that are still wanted. */
    int wanted() {
        return wanted;
    }

    /** In this turn so many at the most. */
    void most(int messages) {
        wanted = Math.min(wanted, messages);
    }

    /** The turn is over; before it so many were wanted. */
    void more(int before) {
        wanted = before - count;
    }

    /** What was taken in this turn and is of no use any more; to be cleared. */
    List<Letter> unfit() {
        return unfit;
    }

    /** What was taken in this turn and is not due; to be cleared. */
    MessageBatch heldBack() {
        return heldBack;
    }

    /** Takes down in the journal what was booked in this turn. Called as {@link #take} is, behind it. */
    void keep(QueueJournal journal) {
        if (!gone.isEmpty()) {
            journal.finished(gone);
            gone.clear();
        }
        if (!copies.isEmpty()) {
            journal.dropped(copies);
            copies.clear();
        }
        Entries known = journal.entries();
        MessageBatch unknown = journal.batch();
        for (int i = 0; i < count; i++) {
            BrokerMessage message = booked[i];
            if (message.position != 0) {
                known.add(message.id(), message.position, message.length());
            } else {
                message.addTo(unknown);
            }
        }
        journal.booked(known);
        known.clear();
        if (!unknown.isEmpty()) {
            keep(journal, unknown);
            unknown.clear();
        }
    }

    /** What comes out of the storage is in the journal before the storage forgets it. */
    private void keep(QueueJournal journal, MessageBatch unknown) {
        try {
            journal.addAgain(unknown);
        } catch (IOException e) {
            // They are in flight all the same: the journal says what is wrong with it.
            channel.unkept(unknown.size());
        }
        int next = 0;
        for (int i = 0; i < count; i++) {
            if (booked[i].position == 0) {
                booked[i].position = unknown.position(next++);
            }
        }
    }

    /** Messages booked in this turn and not handed over yet. */
    int booked() {
        return count;
    }

    /**
     * Hands over what was booked; no lock may be held. What a sink that throws does not take stays in flight, and times out.
     *
     * @return how many
     */
    int handOver(MessageSink sink) {
        int booking = count;
        count = 0;
        int i = 0;
        try {
            while (i < booking) {
                BrokerMessage message = booked[i];
                booked[i++] = null;
                sink.message(message);
            }
        } finally {
            if (i < booking) {
                Arrays.fill(booked, i, booking, null);
            }
        }
        return booking;
    }
}
