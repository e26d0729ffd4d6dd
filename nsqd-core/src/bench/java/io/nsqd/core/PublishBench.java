package io.nsqd.core;

import io.nsqd.api.MessageBatch;
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

/** A message from the topic into a channel's memory. An operation is one message; bodies are there already. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PublishBench {
    /** Messages that are published together. */
    @Param({"1", "100"})
    private int batch;

    /** What is promised. */
    @Param({"memory", "written"})
    private String durability;

    private BenchBroker broker;
    private BrokerTopic topic;
    private MessageBatch messages;

    /** Makes the channel. */
    @Setup
    public void start() throws IOException {
        broker = new BenchBroker(durability);
        topic = broker.topic();
        topic.channel("c");
        messages = BenchBroker.batch(batch);
    }

    /** Publishes until memory is nearly full. */
    @Benchmark
    @OperationsPerInvocation(BenchBroker.MESSAGES)
    public void publish() {
        BenchBroker.fill(topic, messages);
    }

    /** Makes room for the next. */
    @TearDown(Level.Invocation)
    public void empty() {
        topic.channel("c").empty();
    }

    /** Leaves nothing behind. */
    @TearDown
    public void stop() throws IOException {
        broker.close();
    }
}
