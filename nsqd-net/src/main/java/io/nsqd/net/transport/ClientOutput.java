package io.nsqd.net.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;

/**
 * What a connection is about to send. Frames are written one behind the other into one buffer, which goes out when it is
 * full and whenever {@link #flush} is called; a resting connection has none. What a slow reader has not taken yet is bounded by whoever
 * writes: he looks at {@link #isWritable} before he adds more than an answer. Confined to the connection's loop.
 */
public final class ClientOutput {
    /** A buffer that holds this much goes out: what one system call carries well. */
    public static final int FULL_BYTES = 64 * 1024;

    private static final int FIRST_BYTES = 512;

    private final Channel channel;
    private final ChannelFutureListener written = future -> written();
    private ByteBuf buffer;
    /** Whether something was written that was not flushed yet. */
    private boolean queued;

    private int unwritten;
    /** Since when the kernel has taken nothing of what is to be sent; in nanoseconds of the loop's clock. */
    private long stalledSince;

    private boolean stalled;

    /** The output of a connection. */
    public ClientOutput(Channel channel) {
        this.channel = channel;
    }

    private void written() {
        unwritten--;
        stalled = false;
    }

    /**
     * A buffer for a frame, to be written to at once and not kept; what is there already goes out first where both would be too much.
     *
     * @param bytes how much it must hold at the least
     */
    public ByteBuf frame(int bytes) {
        if (buffer != null && buffer.readableBytes() + bytes > FULL_BYTES) {
            send();
        }
        return room(bytes);
    }

    /** Adds bytes that are copied: as many buffers as it takes, as buffers of one size are used again, and huge ones are not. */
    public void write(byte[] bytes, int from, int length) {
        if (length <= FULL_BYTES) {
            frame(length).writeBytes(bytes, from, length);
            return;
        }
        int offset = from;
        int end = from + length;
        while (offset < end) {
            ByteBuf target = room(FULL_BYTES);
            int piece = Math.min(Math.max(0, FULL_BYTES - target.readableBytes()), end - offset);
            target.writeBytes(bytes, offset, piece);
            offset += piece;
            if (target.readableBytes() >= FULL_BYTES) {
                queue();
            }
        }
    }

    private ByteBuf room(int bytes) {
        if (buffer == null) {
            buffer = channel.alloc().directBuffer(Math.max(FIRST_BYTES, bytes));
        }
        return buffer;
    }

    private void send() {
        queue();
        queued = false;
        channel.flush();
    }

    private void queue() {
        unwritten++;
        ByteBuf sent = buffer;
        buffer = null;
        queued = true;
        channel.write(sent).addListener(written);
    }

    /** Sends what there is. */
    public void flush() {
        assert channel.eventLoop().inEventLoop();
        if (buffer != null) {
            send();
        } else if (queued) {
            queued = false;
            channel.flush();
        }
    }

    /** Sends what there is, the last of all; tells when the kernel has it, or never will. */
    public void finish(ChannelFutureListener finished) {
        flush();
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(finished);
    }

    /** Whether more may be added: below the channel's high-water mark, or below the low one after that was reached. */
    public boolean isWritable() {
        return channel.isWritable();
    }

    /** Time in which nothing could be sent is not the client's. */
    public void stoodStill(long nanos) {
        stalledSince += nanos;
    }

    /**
     * Whether the client has taken nothing of what is to be sent for too long (P-47). To be asked now and then: the time begins with
     * the first question that finds something unsent.
     *
     * @param now nanoseconds of {@link System#nanoTime}
     * @param limitNanos for how long it may
     */
    public boolean isStalled(long now, long limitNanos) {
        if (unwritten == 0) {
            stalled = false;
            return false;
        }
        if (!stalled) {
            stalled = true;
            stalledSince = now;
        }
        return now - stalledSince > limitNanos;
    }

    /** Drops what was not sent; the connection is closed. */
    public void release() {
        if (buffer != null) {
            buffer.release();
            buffer = null;
        }
    }
}
