package io.nsqd.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.HttpConstants;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Netty's decoder with this server's limits, and as strict with the request line as the Go daemon: what others may read
 * differently is not read at all (H-12). Knows besides whether it has a part of something, and decodes only what is of use now: what
 * is sent ahead stays as it came, so that it can be given to another decoder.
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

    private ChannelHandlerContext context;

    /** Whether what comes is of use now. */
    private BooleanSupplier wanted = () -> true;

    /** Whether the head of a request is being read. */
    private boolean inHead;

    /** What Netty has taken of an incomplete head; {@code null} where it has taken nothing. */
    private ByteBuf head;

    /** That the client will send no more, which is told behind all that has not been decoded; {@code null} while it may. */
    private Object inputEnd;

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
    public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
        context = ctx;
        super.handlerAdded(ctx);
    }

    /** Has nothing decoded while there is no use for it; {@link #resume} goes on. */
    void decodeWhile(BooleanSupplier useful) {
        wanted = useful;
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
        if (!wanted.getAsBoolean()) {
            return;
        }
        if (between && !begins(in)) {
            partial = false;
            return;
        }
        inHead |= between;
        int start = in.readerIndex();
        int before = out.size();
        super.decode(ctx, in, out);
        partial = out.size() == before;
        if (inHead) {
            if (partial) {
                keep(in, start);
            } else {
                inHead = false;
                head = null;
            }
        }
        between = !partial && out.get(out.size() - 1) instanceof LastHttpContent;
        empty = between ? 0 : empty;
    }

    /** Of an incomplete head Netty takes line by line, and gives none back. */
    private void keep(ByteBuf in, int start) {
        int taken = in.readerIndex() - start;
        if (taken > 0) {
            head = head == null ? Unpooled.buffer(taken) : head;
            head.writeBytes(in, start, taken);
        }
    }

    /** Decodes what came while there was no use for it. */
    void resume() {
        try {
            if (actualReadableBytes() > 0 && wanted.getAsBoolean()) {
                channelRead(context, Unpooled.EMPTY_BUFFER);
            }
            if (inputEnd != null && !isHolding()) {
                Object event = inputEnd;
                inputEnd = null;
                super.userEventTriggered(context, event);
            }
        } catch (Exception e) {
            // As it would be where bytes come from the network.
            context.fireExceptionCaught(e);
        }
    }

    private boolean isHolding() {
        return actualReadableBytes() > 0 && !wanted.getAsBoolean();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
        if (isHolding()) {
            // Where nothing was decoded Netty would have more read.
            discardSomeReadBytes();
            ctx.fireChannelReadComplete();
        } else {
            super.channelReadComplete(ctx);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
        if (event instanceof ChannelInputShutdownEvent && isHolding()) {
            inputEnd = event;
        } else {
            super.userEventTriggered(ctx, event);
        }
    }

    /**
     * What was taken of an incomplete head, for another decoder to begin with. What comes behind it the next handler is given when this
     * one is removed.
     */
    List<ByteBuf> takeHead() {
        ByteBuf taken = head;
        head = null;
        return taken == null ? List.of() : List.of(taken);
    }

    @Override
    protected void handlerRemoved0(ChannelHandlerContext ctx) throws Exception {
        super.handlerRemoved0(ctx);
        if (inputEnd != null) {
            ctx.fireUserEventTriggered(inputEnd);
        }
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
