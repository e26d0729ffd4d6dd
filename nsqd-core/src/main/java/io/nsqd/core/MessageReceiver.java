package io.nsqd.core;

/**
 * Receives messages that leave a {@link MessageQueue}, column by column, until it has enough. Used by one thread at a time, under the
 * queue's lock.
 */
abstract class MessageReceiver {
    private int room;
    private long byteRoom;
    private int received;
    private long kept;

    /**
     * Begins anew.
     *
     * @param messages how many it takes at the most
     * @param bytes it has enough once the bodies together have this many
     */
    final void limit(int messages, long bytes) {
        room = messages;
        byteRoom = bytes;
        received = 0;
        kept = 0;
    }

    /** How many more messages it takes, as long as {@link #byteRoom} is above 0. */
    final int room() {
        return room;
    }

    /** How many more bytes it takes, the last message's not counted. */
    final long byteRoom() {
        return byteRoom;
    }

    final boolean hasEnough() {
        return room <= 0 || byteRoom <= 0;
    }

    /**
     * How many bytes it may have of the backend now.
     *
     * @param budgetRoom what messages may take beside what they take already; not above 0 when that is too much
     * @return 0 for none; with 1, one message
     */
    long backendRoom(long budgetRoom) {
        return byteRoom;
    }

    /** The memory of the messages taken over that stay on the broker's account, as {@link MemoryBudget} counts it. */
    final long kept() {
        return kept;
    }

    /** Messages that left the queue since {@link #limit}. */
    final int received() {
        return received;
    }

    /**
     * Takes over one message: once this has returned it is the queue's no more. What the parameters mean is as in {@link
     * io.nsqd.api.MessageBatch#add}.
     *
     * @param position where it lies in the journal; 0 when it does not
     */
    final void receive(
            long id,
            long timestampNanos,
            int attempts,
            long delayNanos,
            long position,
            byte[] block,
            int offset,
            int length) {
        if (accept(id, timestampNanos, attempts, delayNanos, position, block, offset, length)) {
            kept += MemoryBudget.cost(length);
        }
        room--;
        byteRoom -= length;
        received++;
    }

    /**
     * A message has left the queue that is not to be handed on.
     *
     * @param length bytes of its body
     */
    final void passed(int length) {
        byteRoom -= length;
        received++;
    }

    /**
     * Finds the message a new home, or drops it; one that throws leaves it in the queue.
     *
     * @return whether its memory stays on the broker's account
     */
    abstract boolean accept(
            long id,
            long timestampNanos,
            int attempts,
            long delayNanos,
            long position,
            byte[] block,
            int offset,
            int length);
}
