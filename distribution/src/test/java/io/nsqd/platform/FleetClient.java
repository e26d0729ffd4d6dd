package io.nsqd.platform;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.compression.JdkZlibDecoder;
import io.netty.handler.codec.compression.JdkZlibEncoder;
import io.netty.handler.codec.compression.SnappyFrameDecoder;
import io.netty.handler.codec.compression.SnappyFrameEncoder;
import io.netty.handler.codec.compression.ZlibWrapper;
import io.netty.handler.ssl.SslContext;
import java.nio.charset.StandardCharsets;

/** A client of the fleet: connects, upgrades, says who it is, and tells of frames. Confined to the fleet's loop. */
abstract class FleetClient extends ChannelInboundHandlerAdapter {
    /** What a connection is wrapped in. */
    enum Wrapping {
        PLAIN(false, ""),
        TLS(true, ""),
        DEFLATE(false, "deflate"),
        SNAPPY(false, "snappy"),
        TLS_DEFLATE(true, "deflate");

        private final boolean tls;
        private final String compression;

        Wrapping(boolean tls, String compression) {
            this.tls = tls;
            this.compression = compression;
        }
    }

    private enum Stage {
        IDENTIFYING,
        STARTING_TLS,
        STARTING_COMPRESSION,
        AUTHENTICATING,
        SERVED
    }

    private static final int ERROR = 1;
    private static final int MESSAGE = 2;

    private final Fleet fleet;
    private final Wrapping wrapping;
    private Stage stage = Stage.IDENTIFYING;
    private ByteBuf pending;
    private ChannelHandlerContext context;

    FleetClient(Fleet fleet, Wrapping wrapping) {
        this.fleet = fleet;
        this.wrapping = wrapping;
    }

    /** Everything is negotiated. */
    abstract void served();

    abstract void response(String text);

    /** @param message what follows the frame's type */
    abstract void message(ByteBuf message);

    /** An answer that says what went wrong, on a connection that goes on. */
    abstract void error(String text);

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        context = ctx;
        String identify =
                "{\"feature_negotiation\":true,\"heartbeat_interval\":10000,\"msg_timeout\":600000,\"tls_v1\":"
                        + wrapping.tls + ",\"deflate\":" + wrapping.compression.equals("deflate") + ",\"snappy\":"
                        + wrapping.compression.equals("snappy") + "}";
        ByteBuf out = buffer(100 + identify.length());
        line(out, "  V2IDENTIFY").writeInt(identify.length());
        write(text(out, identify));
        flush();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (pending != null) {
            pending.release();
            pending = null;
        }
        fleet.ended(this, "end of stream");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        fleet.ended(this, cause.toString());
        var unused = ctx.close();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object read) {
        ByteBuf in = (ByteBuf) read;
        pending = pending == null ? in : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), pending, in);
        // There is none left once what follows has gone through a decompressor that was put in front.
        while (pending != null && pending.readableBytes() >= Integer.BYTES) {
            int size = pending.getInt(pending.readerIndex());
            if (pending.readableBytes() < Integer.BYTES + size) {
                return;
            }
            pending.skipBytes(Integer.BYTES);
            frame(pending.readSlice(size));
        }
        if (pending != null && !pending.isReadable()) {
            pending.release();
            pending = null;
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        flush();
    }

    private void frame(ByteBuf frame) {
        int type = frame.readInt();
        if (type == MESSAGE) {
            message(frame);
            return;
        }
        String text = frame.toString(StandardCharsets.ISO_8859_1);
        if (type == ERROR) {
            error(text);
        } else if (text.equals("_heartbeat_")) {
            write(line(buffer(8), "NOP"));
        } else if (stage == Stage.SERVED) {
            response(text);
        } else {
            negotiate(text);
        }
    }

    private void negotiate(String answer) {
        if (stage == Stage.IDENTIFYING && wrapping.tls) {
            stage = Stage.STARTING_TLS;
            startTls();
        } else if (stage.compareTo(Stage.STARTING_TLS) <= 0 && !wrapping.compression.isEmpty()) {
            stage = Stage.STARTING_COMPRESSION;
            startCompression();
        } else if (stage != Stage.AUTHENTICATING && !fleet.secret().isEmpty()) {
            stage = Stage.AUTHENTICATING;
            ByteBuf out = line(buffer(64), "AUTH").writeInt(fleet.secret().length());
            write(text(out, fleet.secret()));
        } else {
            if (!answer.startsWith(stage == Stage.IDENTIFYING || stage == Stage.AUTHENTICATING ? "{" : "OK")) {
                fleet.ended(this, answer);
            }
            stage = Stage.SERVED;
            served();
        }
        flush();
    }

    private void startTls() {
        SslContext tls = fleet.tls();
        context.pipeline().addFirst(tls.newHandler(context.alloc()));
    }

    private void startCompression() {
        ChannelPipeline pipeline = context.pipeline();
        String own = context.name();
        ChannelInboundHandlerAdapter wire = new ChannelInboundHandlerAdapter();
        pipeline.addBefore(own, "wire", wire);
        if (wrapping.compression.equals("deflate")) {
            pipeline.addBefore(own, "inflater", new JdkZlibDecoder(ZlibWrapper.NONE, 0));
            pipeline.addBefore(own, "deflater", new JdkZlibEncoder(ZlibWrapper.NONE, 1));
        } else {
            pipeline.addBefore(own, "uncompressor", new SnappyFrameDecoder());
            pipeline.addBefore(own, "compressor", new SnappyFrameEncoder());
        }
        // What has come behind the answer is compressed.
        ByteBuf rest = pending;
        pending = null;
        pipeline.context(wire).fireChannelRead(rest);
    }

    Fleet fleet() {
        return fleet;
    }

    Channel channel() {
        return context.channel();
    }

    ByteBuf buffer(int bytes) {
        return context.alloc().heapBuffer(bytes);
    }

    void write(ByteBuf bytes) {
        var unused = context.write(bytes);
    }

    void flush() {
        context.flush();
    }

    static ByteBuf text(ByteBuf out, String text) {
        out.writeCharSequence(text, StandardCharsets.ISO_8859_1);
        return out;
    }

    static ByteBuf line(ByteBuf out, String line) {
        return text(out, line).writeByte('\n');
    }
}
