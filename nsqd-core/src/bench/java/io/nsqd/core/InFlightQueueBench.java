package io.nsqd.core;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The messages in flight to a consumer whose window is always full. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class InFlightQueueBench {
    private static final byte[] NO_BODY = {};

    /** A tick of {@link MessageIds} is about a millisecond: a topic of 100,000 messages a second. */
    private static final int IDS_OF_A_TICK = 100;

    private static final int TICK_SHIFT = 22;
    private static final long FIRST_TICK = 1_700_000_000_000L;

    /** Messages in flight. */
    @Param({"64", "2500"})
    private int window;

    private final InFlightQueue queue = new InFlightQueue();
    private long[] ids;
    private int next;
    private long now;

    /** Fills the window with ids as the topic makes them: of many ticks, each from 0 on. */
    @Setup
    public void fill() {
        ids = new long[window];
        for (int i = 0; i < window; i++) {
            ids[i] = FIRST_TICK + i / IDS_OF_A_TICK << TICK_SHIFT | i % IDS_OF_A_TICK;
            add(new BrokerMessage(ids[i], 0, 1, NO_BODY, 0, 0));
        }
    }

    private void add(BrokerMessage message) {
        now++;
        message.deadline = now;
        queue.add(message);
    }

    /** The oldest is finished, and another takes its place. */
    @Benchmark
    public void removeAndAdd() {
        add(queue.remove(ids[next]));
        next = next + 1 == window ? 0 : next + 1;
    }

    /** The oldest is touched: its deadline becomes the latest. */
    @Benchmark
    public void touch() {
        BrokerMessage message = queue.get(ids[next]);
        now++;
        message.deadline = now;
        queue.deadlineChanged(message);
        next = next + 1 == window ? 0 : next + 1;
    }
}
