package io.nsqd.net.compression;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPipeline;

/**
 * Puts compression between the socket, or TLS, and the handler that decodes commands. It belongs to the connection and not to a
 * transport: it stays in the pipeline when the connection is handed over. Called on the connection's loop.
 */
public final class StreamCompression {
    private StreamCompression() {}

    /**
     * Raw deflate, with a sync marker at each flush (P-39).
     *
     * @param level 1 to 9
     */
    public static void deflate(ChannelPipeline pipeline, ChannelHandler before, int level) {
        add(pipeline, before, new DeflateDecompressor(), new DeflateCompressor(level));
    }

    /** The snappy framing format (P-40). */
    public static void snappy(ChannelPipeline pipeline, ChannelHandler before) {
        add(pipeline, before, new SnappyDecompressor(), new SnappyCompressor());
    }

    private static void add(
            ChannelPipeline pipeline, ChannelHandler before, Decompressor decompressor, Compressor compressor) {
        String name = pipeline.context(before).name();
        pipeline.addBefore(name, null, decompressor);
        pipeline.addBefore(name, null, compressor);
    }

    /** Nothing that comes matters any more, as the connection ends: where it is compressed it is no longer expanded. */
    public static void discardInput(ChannelPipeline pipeline) {
        Decompressor decompressor = pipeline.get(Decompressor.class);
        if (decompressor != null) {
            decompressor.discard();
        }
    }
}
