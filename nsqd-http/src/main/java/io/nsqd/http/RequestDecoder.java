package io.nsqd.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpConstants;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.List;

/**
 * Netty's decoder with this server's limits, and as strict with the request line as the Go daemon: what others may read
 * differently is not read at all (H-12). Knows besides whether it has a part of something.
 */
final class RequestDecoder extends HttpRequestDecoder {
    /** The request line and the headers may each be so long (H-12). */
    private static final int MAX_HEAD = 1 << 20;

    /** Bodies come in pieces of at most this size. */
    private static final int MAX_PIECE = 32 * 1024;

    /** Some clients send an empty line behind a body, which the next request is not to suffer from (RFC 9112, 2.2). */
    private static final int MAX_EMPTY = 2;

    private static final int VERSION_LENGTH = "HTTP/1.1".length();

    private boolean partial;

    /** Whether the next byte begins a request. */
    private boolean between = true;

    /** Bytes of line ends before it. */
    private int empty;

    /** Whether a request began as none does. */
    private boolean malformed;

    /** Where the last word of the request line ended. */
    private int wordEnd;

    RequestDecoder() {
        super(new HttpDecoderConfig()
                .setMaxInitialLineLength(MAX_HEAD)
                .setMaxHeaderSize(MAX_HEAD)
                .setMaxChunkSize(MAX_PIECE)
                .setHeadersFactory(new RequestHeaders.Factory())
                .setStrictLineParsing(false));
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
        if (between && !begins(in)) {
            partial = false;
            return;
        }
        int before = out.size();
        super.decode(ctx, in, out);
        partial = out.size() == before;
        between = !partial && out.get(out.size() - 1) instanceof LastHttpContent;
        empty = between ? 0 : empty;
    }

    /** Skips an empty line, and looks at the first byte behind it, which Netty would take no offence at. */
    private boolean begins(ByteBuf in) {
        while (in.isReadable()) {
            byte first = in.getByte(in.readerIndex());
            boolean lineEnd = first == HttpConstants.CR || first == HttpConstants.LF;
            if (!lineEnd || empty == MAX_EMPTY) {
                malformed = first <= HttpConstants.SP;
                return true;
            }
            in.skipBytes(1);
            empty++;
        }
        return false;
    }

    /** Whether the last bytes did not complete anything: then a head, or the line before a chunk, is on its way. */
    boolean isPartial() {
        return partial;
    }

    // ---- the request line: three words, a space between them

    @Override
    protected String splitFirstWordInitialLine(byte[] line, int start, int length) {
        if (malformed) {
            throw new IllegalArgumentException("no request begins so");
        }
        wordEnd = start + length;
        return super.splitFirstWordInitialLine(line, start, length);
    }

    @Override
    protected String splitSecondWordInitialLine(byte[] line, int start, int length) {
        requireSpace(line, start);
        wordEnd = start + length;
        return super.splitSecondWordInitialLine(line, start, length);
    }

    @Override
    protected String splitThirdWordInitialLine(byte[] line, int start, int length) {
        requireSpace(line, start);
        // Netty would take it in small letters, too.
        if (length != VERSION_LENGTH
                || line[start] != 'H'
                || line[start + 1] != 'T'
                || line[start + 2] != 'T'
                || line[start + 3] != 'P') {
            throw new IllegalArgumentException("malformed version of HTTP");
        }
        return super.splitThirdWordInitialLine(line, start, length);
    }

    private void requireSpace(byte[] line, int start) {
        if (start != wordEnd + 1 || line[wordEnd] != HttpConstants.SP) {
            throw new IllegalArgumentException("more than a space between two words");
        }
    }
}
