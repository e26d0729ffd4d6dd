package io.nsqd.core;

import io.nsqd.api.Message;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.MessageSink;
import io.nsqd.api.SubscribeOptions;
import io.nsqd.api.Subscription;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A message from a channel's memory into flight, and finished. An operation is one message. The time is that of the delivery
 * alone; of the allocation, which is counted between invocations too, {@link PublishBench}'s for batches of 100 is to be
 * subtracted.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class DeliveryBench implements MessageSink {
    private static final int PUBLISHED_AT_ONCE = 100;

    /** As many as a connection takes at once. */
    private static final int POLLED_AT_ONCE = 64;

    private final long[] ids = new long[POLLED_AT_ONCE];
    private int received;
    /** What is promised. */
    @Param({"memory", "written"})
    private String durability;

    private BenchBroker broker;
    private BrokerTopic topic;
    private Subscription subscription;
    private MessageBatch messages;

    /** Makes the channel and its consumer. */
    @Setup
    public void start() throws IOException {
        broker = new BenchBroker(durability);
        topic = broker.topic();
        subscription = topic.channel("c")
                .subscribe(BenchBroker.consumer(), new SubscribeOptions(TimeUnit.MINUTES.toNanos(1), 0));
        messages = BenchBroker.batch(PUBLISHED_AT_ONCE);
    }

    /** Messages that wait. */
    @Setup(Level.Invocation)
    public void fill() {
        BenchBroker.fill(topic, messages);
    }

    /** Takes and finishes them all. */
    @Benchmark
    @OperationsPerInvocation(BenchBroker.MESSAGES)
    public void pollAndFinish() {
        int done = 0;
        while (done < BenchBroker.MESSAGES) {
            received = 0;
            subscription.poll(POLLED_AT_ONCE, Long.MAX_VALUE, this);
            subscription.finish(ids, received, (id, reason) -> {
                throw new IllegalStateException(reason.toString());
            });
            done += received;
        }
    }

    @Override
    public void message(Message message) {
        ids[received++] = message.id();
    }

    /** Leaves nothing behind. */
    @TearDown
    public void stop() throws IOException {
        subscription.close();
        broker.close();
    }
}
