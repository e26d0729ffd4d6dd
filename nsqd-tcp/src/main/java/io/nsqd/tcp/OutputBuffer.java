package io.nsqd.tcp;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.nsqd.api.Message;
import io.nsqd.net.transport.ClientOutput;

/** A connection's output in frames of the protocol. Confined to the connection's loop. */
final class OutputBuffer {
    private final ClientOutput output;

    OutputBuffer(Channel channel) {
        output = new ClientOutput(channel);
    }

    ClientOutput client() {
        return output;
    }

    void response(byte[] data) {
        FrameEncoder.response(data, output.frame(8 + data.length));
    }

    void error(String text) {
        FrameEncoder.error(text, output.frame(8 + text.length()));
    }

    void message(Message message) {
        int size = FrameEncoder.MESSAGE_OVERHEAD + message.length();
        if (size > ClientOutput.FULL_BYTES) {
            // A whole buffer at once, as the body fills it.
            FrameEncoder.messageHeader(message, output.frame(ClientOutput.FULL_BYTES));
            output.write(message.block(), message.offset(), message.length());
        } else {
            FrameEncoder.message(message, output.frame(size));
        }
    }

    void flush() {
        output.flush();
    }

    void finish(ChannelFutureListener finished) {
        output.finish(finished);
    }

    void stoodStill(long nanos) {
        output.stoodStill(nanos);
    }

    boolean isStalled(long now, long limitNanos) {
        return output.isStalled(now, limitNanos);
    }

    void release() {
        output.release();
    }
}
