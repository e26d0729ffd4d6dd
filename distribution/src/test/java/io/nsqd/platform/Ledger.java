package io.nsqd.platform;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;

/** Who was promised what, and what came of it: each message has a number. Any thread. */
final class Ledger {
    private static final int CAPACITY = 8_000_000;

    private final AtomicInteger next = new AtomicInteger();
    private final AtomicIntegerArray acknowledged = new AtomicIntegerArray(CAPACITY);
    private final AtomicIntegerArray finished = new AtomicIntegerArray(CAPACITY);
    private final AtomicInteger acknowledgedCount = new AtomicInteger();
    private final AtomicInteger finishedCount = new AtomicInteger();
    private final AtomicInteger unsure = new AtomicInteger();

    /** A number for a new message. */
    int number() {
        return next.getAndIncrement();
    }

    void acknowledged(int number) {
        acknowledged.set(number, 1);
        acknowledgedCount.incrementAndGet();
    }

    /** A message was sent and nothing is known of it: it is going to be sent again. */
    void unsure() {
        unsure.incrementAndGet();
    }

    void finished(int number) {
        finished.incrementAndGet(number);
        finishedCount.incrementAndGet();
    }

    int acknowledged() {
        return acknowledgedCount.get();
    }

    int finishedCount() {
        return finishedCount.get();
    }

    int unsureCount() {
        return unsure.get();
    }

    /** Messages that were acknowledged and never finished. */
    int lost() {
        int lost = 0;
        for (int number = 0; number < next.get(); number++) {
            lost += acknowledged.get(number) > finished.get(number) ? 1 : 0;
        }
        return lost;
    }

    /** How many times more than once messages were finished. */
    int duplicates() {
        int duplicates = 0;
        for (int number = 0; number < next.get(); number++) {
            duplicates += Math.max(0, finished.get(number) - 1);
        }
        return duplicates;
    }
}
