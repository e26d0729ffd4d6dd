package io.nsqd.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;
import java.util.List;

/** Netty's decoder with this server's limits; knows besides whether it has a part of something. */
final class RequestDecoder extends HttpRequestDecoder {
    /** The request line and the headers may each be so long (H-12). */
    private static final int MAX_HEAD = 1 << 20;

    /** Bodies come in pieces of at most this size. */
    private static final int MAX_PIECE = 32 * 1024;

    private boolean partial;

    RequestDecoder() {
        super(new HttpDecoderConfig()
                .setMaxInitialLineLength(MAX_HEAD)
                .setMaxHeaderSize(MAX_HEAD)
                .setMaxChunkSize(MAX_PIECE)
                .setStrictLineParsing(false));
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
        int before = out.size();
        super.decode(ctx, in, out);
        partial = out.size() == before;
    }

    /** Whether the last bytes did not complete anything: then a head, or the line before a chunk, is on its way. */
    boolean isPartial() {
        return partial;
    }
}
