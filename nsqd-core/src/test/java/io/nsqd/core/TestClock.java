package io.nsqd.core;

import java.util.concurrent.atomic.AtomicLong;

/** The real clock, which a test can step. */
final class TestClock implements Clock {
    private final AtomicLong epochStep = new AtomicLong();
    private final AtomicLong nanoStep = new AtomicLong();

    /** Steps the wall clock, forward or back. */
    void stepEpoch(long nanos) {
        epochStep.addAndGet(nanos);
    }

    /** Lets time pass for deadlines. */
    void pass(long nanos) {
        nanoStep.addAndGet(nanos);
    }

    @Override
    public long epochNanos() {
        return Clock.system().epochNanos() + epochStep.get();
    }

    @Override
    public long nanoTime() {
        return System.nanoTime() + nanoStep.get();
    }
}
