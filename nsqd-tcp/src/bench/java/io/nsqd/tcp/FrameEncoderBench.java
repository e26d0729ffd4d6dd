package io.nsqd.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.nsqd.api.Message;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Frames into an output buffer, which is used again when it is full. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class FrameEncoderBench {
    private static final int BUFFER_BYTES = 64 * 1024;

    /** Of a message's body. */
    @Param({"100", "1000"})
    private int bytes;

    private final ByteBuf out = Unpooled.directBuffer(BUFFER_BYTES);
    private Message message;

    /** Makes the message. */
    @Setup
    public void start() {
        message = new Message(0x18a476fce3407000L, 1_700_000_000_000_000_000L, 1, new byte[bytes], 0, bytes);
    }

    /** A message. */
    @Benchmark
    public void message() {
        makeRoom(FrameEncoder.MESSAGE_OVERHEAD + bytes);
        FrameEncoder.message(message, out);
    }

    /** The answer to most commands. */
    @Benchmark
    public void ok() {
        makeRoom(Long.BYTES + FrameEncoder.OK.length);
        FrameEncoder.response(FrameEncoder.OK, out);
    }

    private void makeRoom(int size) {
        if (out.writableBytes() < size) {
            out.clear();
        }
    }

    /** Gives the buffer back. */
    @TearDown
    public void stop() {
        out.release();
    }
}
