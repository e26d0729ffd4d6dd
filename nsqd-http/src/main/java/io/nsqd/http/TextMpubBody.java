package io.nsqd.http;

import io.netty.buffer.ByteBuf;

/** Messages as lines; empty ones are dropped, a carriage return is part of the message (H-52). */
final class TextMpubBody extends MpubBody {
    private final long maxBody;
    private final long maxMessage;
    private long total;

    TextMpubBody(long announced, long maxBody, long maxMessage, Sink sink) {
        super(announced, sink);
        this.maxBody = maxBody;
        this.maxMessage = maxMessage;
    }

    @Override
    public void add(ByteBuf piece) throws HttpException {
        total += piece.readableBytes();
        while (piece.isReadable()) {
            int length = piece.bytesBefore((byte) '\n');
            boolean complete = length >= 0;
            length = complete ? length : piece.readableBytes();
            if (blocks().length() + (long) length > maxMessage) {
                throw new HttpException(413, "MSG_TOO_BIG");
            }
            blocks().append(piece, length);
            if (complete) {
                piece.skipBytes(1);
                endLine();
            }
        }
        if (total > maxBody) {
            throw new HttpException(413, "BODY_TOO_BIG");
        }
    }

    private void endLine() {
        if (blocks().length() > 0) {
            blocks().endMessage();
        }
    }

    @Override
    public void end(Exchange exchange) {
        endLine();
        publish(exchange);
    }
}
