package io.nsqd.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.nsqd.api.Message;

/**
 * What a connection is about to send. Frames are written one behind the other into one buffer, which goes out when it is
 * full and whenever {@link #flush} is called; a resting connection has none. Confined to the connection's loop.
 */
final class OutputBuffer {
    /** A buffer that holds this much goes out: what one system call carries well. */
    private static final int FULL_BYTES = 64 * 1024;

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

    OutputBuffer(Channel channel) {
        this.channel = channel;
    }

    private void written() {
        unwritten--;
        stalled = false;
    }

    void response(byte[] data) {
        FrameEncoder.response(data, frameRoom(8 + data.length));
    }

    void error(String text) {
        FrameEncoder.error(text, frameRoom(8 + text.length()));
    }

    void message(Message message) {
        int size = FrameEncoder.MESSAGE_OVERHEAD + message.length();
        if (size > FULL_BYTES) {
            sendUnlessRoom(size);
            bigMessage(message);
        } else {
            FrameEncoder.message(message, frameRoom(size));
        }
    }

    /** Room for a frame; a buffer that it would not fit in goes out first. */
    private ByteBuf frameRoom(int size) {
        sendUnlessRoom(size);
        return room(size);
    }

    private void sendUnlessRoom(int size) {
        if (buffer != null && buffer.readableBytes() + size > FULL_BYTES) {
            send();
        }
    }

    /** A message that is bigger than a buffer goes into several: buffers of one size are used again, huge ones are not. */
    private void bigMessage(Message message) {
        FrameEncoder.messageHeader(message, room(FULL_BYTES));
        int offset = message.offset();
        int end = offset + message.length();
        while (offset < end) {
            ByteBuf target = room(FULL_BYTES);
            int piece = Math.min(FULL_BYTES - target.readableBytes(), end - offset);
            target.writeBytes(message.block(), offset, piece);
            offset += piece;
            if (target.readableBytes() == FULL_BYTES) {
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
    void flush() {
        assert channel.eventLoop().inEventLoop();
        if (buffer != null) {
            send();
        } else if (queued) {
            queued = false;
            channel.flush();
        }
    }

    /** Sends what there is, the last of all; tells when the kernel has it, or never will. */
    void finish(ChannelFutureListener finished) {
        flush();
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(finished);
    }

    /** Whether more may be added: what a slow reader has not taken yet is bounded. */
    boolean isWritable() {
        return channel.isWritable();
    }

    /** Time in which nothing could be sent is not the client's. */
    void stoodStill(long nanos) {
        stalledSince += nanos;
    }

    /** Whether a send has made no progress for {@code limitNanos} (P-47); called by the tick. */
    boolean isStalled(long now, long limitNanos) {
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
    void release() {
        if (buffer != null) {
            buffer.release();
            buffer = null;
        }
    }
}
