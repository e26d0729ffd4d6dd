package io.nsqd.http;

import io.netty.buffer.ByteBuf;

/** Messages as a count and, for each, size and bytes (H-53, H-54). What follows the last is ignored. */
final class BinaryMpubBody extends MpubBody {
    /** The smallest message on the wire: a size and one byte. */
    private static final int MIN_MESSAGE = 5;

    private static final int INT = 4;

    private final long maxCount;
    private final long maxMessage;
    /** Messages still to come; negative until the count is known. */
    private int left = -1;
    /** Bytes of the current message still to come; 0 while its size is awaited. */
    private int missing;
    /** Bytes of an integer that has come in part. */
    private int integer;

    private int integerBytes;

    BinaryMpubBody(long announced, long maxBody, long maxMessage, Sink sink) {
        super(announced, sink);
        maxCount = (maxBody - INT) / MIN_MESSAGE;
        this.maxMessage = maxMessage;
    }

    @Override
    public void add(ByteBuf piece) throws HttpException {
        while (piece.isReadable() && left != 0) {
            if (missing > 0) {
                message(piece);
            } else if (integer(piece)) {
                if (left < 0) {
                    count(integer);
                } else {
                    size(integer);
                }
            }
        }
        piece.skipBytes(piece.readableBytes());
    }

    /** Reads on in a big-endian integer; true when it is complete. */
    private boolean integer(ByteBuf piece) {
        while (integerBytes < INT && piece.isReadable()) {
            integer = integer << 8 | piece.readUnsignedByte();
            integerBytes++;
        }
        if (integerBytes < INT) {
            return false;
        }
        integerBytes = 0;
        return true;
    }

    private void count(int count) throws HttpException {
        if (count <= 0 || count > maxCount) {
            throw badBody();
        }
        left = count;
    }

    private void size(int size) throws HttpException {
        if (size <= 0 || size > maxMessage) {
            throw badMessage();
        }
        missing = size;
    }

    private void message(ByteBuf piece) {
        int length = Math.min(missing, piece.readableBytes());
        blocks().append(piece, length);
        missing -= length;
        if (missing == 0) {
            blocks().endMessage();
            left--;
        }
    }

    @Override
    public void end(Exchange exchange) throws HttpException {
        if (left != 0) {
            throw broken();
        }
        publish(exchange);
    }

    @Override
    public HttpException broken() {
        return left < 0 ? badBody() : badMessage();
    }

    private static HttpException badBody() {
        return new HttpException(413, "BAD_BODY");
    }

    private static HttpException badMessage() {
        return new HttpException(413, "BAD_MESSAGE");
    }
}
