package io.nsqd.net.compression;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.nsqd.api.Addresses;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.net.InputEnd;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * Hands on what compressed bytes stand for, a piece at a time. What comes out may be a thousand times what went in, so it
 * makes no more than is listened to: it rests while the channel does not read on its own account, which is how the connection
 * says that it waits or that its answers are not taken. And as it may be very much work, it rests after each batch until the
 * loop has seen to its other connections. Confined to the connection's loop.
 */
abstract class Decompressor extends ChannelDuplexHandler {
    private static final Logger LOG = LoggerFactory.getLogger(Decompressor.class);

    /** After so many bytes a read batch ends, in which answers gather, and it is the others' turn. */
    private static final int BATCH_BYTES = 64 * 1024;

    /** Whether nothing that comes matters any more. */
    private boolean discarding;

    private ByteBuf input;
    private boolean pumping;
    /** There may be more in {@link #input} that nobody listens to now. */
    private boolean resting;

    private boolean resuming;
    private boolean broken;
    /** That the client has said all it will; told when what it said has been handed on. */
    private Object inputEnd;

    /** Throws away what comes from now on: the connection has ended. */
    void discard() {
        discarding = true;
    }

    /**
     * The next piece.
     *
     * @param in what has come; what the piece is made of is taken off
     * @return {@code null} when more must come first
     * @throws IOException when this is no compressed data, or its end
     */
    abstract ByteBuf next(ByteBuf in, ByteBufAllocator allocator) throws IOException;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        if (broken || discarding) {
            in.release();
            return;
        }
        input = input == null ? in : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), input, in);
        if (!resting) {
            pump(ctx);
        }
    }

    @Override
    public void read(ChannelHandlerContext ctx) {
        if (pumping) {
            return;
        }
        if (resting) {
            resumeLater(ctx);
        } else {
            ctx.read();
        }
    }

    /** Not now: the connection may be in the middle of something, and the loop has others. */
    private void resumeLater(ChannelHandlerContext ctx) {
        if (!resuming) {
            resuming = true;
            // Unlike a task, what is due at once waits until the loop has looked at its sockets.
            ctx.executor().schedule(() -> resume(ctx), 0, TimeUnit.NANOSECONDS);
        }
    }

    private void resume(ChannelHandlerContext ctx) {
        resuming = false;
        if (ctx.isRemoved()) {
            return;
        }
        pump(ctx);
        ctx.fireChannelReadComplete();
        if (!resting) {
            ctx.read();
        }
    }

    private void pump(ChannelHandlerContext ctx) {
        pumping = true;
        try {
            resting = !handOn(ctx);
        } catch (IOException e) {
            LOG.debug("PROTOCOL(V2): [{}] {}", Addresses.of(ctx.channel().remoteAddress()), e.getMessage());
            // As if the client had said no more.
            broken = true;
            resting = false;
            releaseInput();
            inputEnd = ChannelInputShutdownEvent.INSTANCE;
        } finally {
            pumping = false;
        }
        if (resting && ctx.channel().config().isAutoRead()) {
            resumeLater(ctx);
        }
        if (!resting && inputEnd != null) {
            Object told = inputEnd;
            inputEnd = null;
            ctx.fireUserEventTriggered(told);
        }
    }

    /** Hands a batch of pieces on; false when there may be more. */
    private boolean handOn(ChannelHandlerContext ctx) throws IOException {
        int batch = 0;
        while (input != null) {
            if (discarding) {
                releaseInput();
                return true;
            }
            if (batch >= BATCH_BYTES || !ctx.channel().config().isAutoRead()) {
                return false;
            }
            ByteBuf piece = next(input, ctx.alloc());
            if (piece == null) {
                if (!input.isReadable()) {
                    releaseInput();
                }
                return true;
            }
            batch += piece.readableBytes();
            ctx.fireChannelRead(piece);
        }
        return true;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (resting && InputEnd.is(event)) {
            inputEnd = event;
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        releaseInput();
    }

    private void releaseInput() {
        if (input != null) {
            input.release();
            input = null;
        }
    }
}
