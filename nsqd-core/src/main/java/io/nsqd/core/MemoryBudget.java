package io.nsqd.core;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How much memory the messages of a broker take, all queues together, and how much they may: beyond, they go to the storage. Bodies
 * that several channels share count in each of them, so it is rather too much than too little. Any thread.
 */
final class MemoryBudget {
    /** What a message takes beside its body: its columns in a queue, or its entry in flight. */
    static final int MESSAGE_BYTES = 64;

    /** A heap in so many parts: messages may have one of them by default, the rest is for all else, and for the collector. */
    private static final int DEFAULT_SHARE = 3;

    /** Of a heap, this much of a hundred at the most may be for messages. */
    private static final int MAX_PERCENT = 75;

    /** What waits may take this much of a hundred: the rest is for what is delivered, or nothing would move any more. */
    private static final int WAITING_PERCENT = 75;

    private final long limit;
    private final long waitingLimit;
    private final AtomicLong used = new AtomicLong();

    /** @param limit bytes that messages may take */
    MemoryBudget(long limit) {
        this.limit = limit;
        waitingLimit = limit / 100 * WAITING_PERCENT;
    }

    /**
     * The limit for a heap.
     *
     * @param wanted what the option says; 0 for a share of the heap
     * @param heap what the heap may become
     */
    static long limit(long wanted, long heap) {
        return wanted == 0 ? heap / DEFAULT_SHARE : Math.min(wanted, heap / 100 * MAX_PERCENT);
    }

    /** What a message takes whose body has so many bytes. */
    static long cost(int bodyBytes) {
        return (long) bodyBytes + MESSAGE_BYTES;
    }

    /** What so many messages take whose bodies have so many bytes together. */
    static long cost(int messages, long bodyBytes) {
        return (long) messages * MESSAGE_BYTES + bodyBytes;
    }

    /** Memory is taken, or, by a negative number, free again. */
    void add(long bytes) {
        if (bytes != 0) {
            used.addAndGet(bytes);
        }
    }

    long limit() {
        return limit;
    }

    long used() {
        return used.get();
    }

    /** How many bytes more may wait in memory; negative when it is too much already. */
    long roomToWait() {
        return waitingLimit - used.get();
    }

    /** How many bytes more may be taken out of the storage, or held back; negative when it is too much already. */
    long room() {
        return limit - used.get();
    }
}
