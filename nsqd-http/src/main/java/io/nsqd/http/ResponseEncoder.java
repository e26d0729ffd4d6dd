package io.nsqd.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;

/**
 * Makes bytes of an answer. Netty's own encoder would want a map of headers for each; here nearly all of the head is a
 * constant. Shared by all connections of a transport.
 */
final class ResponseEncoder {
    private static final DateTimeFormatter HTTP_DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH);
    private static final byte[] CONTINUE = ascii("HTTP/1.1 100 Continue\r\n\r\n");
    private static final byte[] CONTENT_LENGTH = ascii("Content-Length: ");
    private static final byte[] CHUNKED = ascii("Transfer-Encoding: chunked");
    private static final byte[] CLOSE = ascii("\r\nConnection: close\r\n\r\n");
    private static final byte[] KEEP_ALIVE = ascii("\r\nConnection: keep-alive\r\n\r\n");
    private static final byte[] END = ascii("\r\n\r\n");
    private static final byte[] LINE_END = ascii("\r\n");
    private static final byte[] LAST_CHUNK = ascii("0\r\n\r\n");
    private static final byte[] OK_1_1 = statusLine(200, false);
    /** Room for the digits of any length. */
    private static final int DIGITS = 19;

    private final Clock clock;
    /** The header of the current second. Written by any loop: whoever comes first or last, the content is the same. */
    private volatile Date date = new Date(Long.MIN_VALUE, new byte[0]);

    private static final class Date {
        private final long second;
        private final byte[] line;

        Date(long second, byte[] line) {
            this.second = second;
            this.line = line;
        }
    }

    ResponseEncoder(Clock clock) {
        this.clock = clock;
    }

    /**
     * Encodes an answer into a buffer of its own.
     *
     * @param http10 whether the request was of version 1.0 (H-1)
     * @param close whether the connection ends with it
     * @param bodiless whether the body is only announced, as HEAD wants it (H-23)
     */
    ByteBuf encode(ByteBufAllocator allocator, Response response, boolean http10, boolean close, boolean bodiless) {
        byte[] status = response.status() == 200 && !http10 ? OK_1_1 : statusLine(response.status(), http10);
        byte[] dateLine = dateLine();
        byte[] body = response.body();
        byte[] end = end(http10, close);
        int size = status.length + response.headers().length + dateLine.length + CONTENT_LENGTH.length + DIGITS;
        ByteBuf out = allocator.ioBuffer(size + end.length + body.length);
        out.writeBytes(status);
        out.writeBytes(response.headers());
        out.writeBytes(dateLine);
        if (response.length() >= 0) {
            out.writeBytes(CONTENT_LENGTH);
            writeDecimal(out, response.length());
        } else if (!http10) {
            out.writeBytes(CHUNKED);
        } else {
            // The end of the connection is that of the body.
            out.writerIndex(out.writerIndex() - LINE_END.length);
        }
        out.writeBytes(end);
        if (!bodiless) {
            out.writeBytes(body);
        }
        return out;
    }

    /** What is not a matter of course is said: in version 1.0 that the connection stays, later that it does not (H-1). */
    private static byte[] end(boolean http10, boolean close) {
        if (http10) {
            return close ? END : KEEP_ALIVE;
        }
        return close ? CLOSE : END;
    }

    /** A piece of a body of unknown length. */
    static ByteBuf encodeChunk(ByteBufAllocator allocator, ByteBuffer piece) {
        byte[] length = ascii(Integer.toHexString(piece.remaining()));
        ByteBuf out = allocator.ioBuffer(length.length + 2 * LINE_END.length + piece.remaining());
        return out.writeBytes(length).writeBytes(LINE_END).writeBytes(piece).writeBytes(LINE_END);
    }

    /** What ends such a body. */
    static ByteBuf encodeLastChunk(ByteBufAllocator allocator) {
        return allocator.ioBuffer(LAST_CHUNK.length).writeBytes(LAST_CHUNK);
    }

    /** That the connection goes on with another protocol. */
    ByteBuf encodeUpgrade(ByteBufAllocator allocator, Map<String, String> headers) {
        StringBuilder head = new StringBuilder("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n");
        headers.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        byte[] bytes = ascii(head.toString());
        byte[] dateLine = dateLine();
        ByteBuf out = allocator.ioBuffer(bytes.length + dateLine.length + LINE_END.length);
        return out.writeBytes(bytes).writeBytes(dateLine).writeBytes(LINE_END);
    }

    /** The go-ahead for a body (H-10). */
    ByteBuf encodeContinue(ByteBufAllocator allocator) {
        return allocator.ioBuffer(CONTINUE.length).writeBytes(CONTINUE);
    }

    private byte[] dateLine() {
        long second = Math.floorDiv(clock.millis(), 1000L);
        Date current = date;
        if (current.second != second) {
            String text = HTTP_DATE.format(Instant.ofEpochSecond(second).atOffset(ZoneOffset.UTC));
            current = new Date(second, ascii("Date: " + text + "\r\n"));
            date = current;
        }
        return current.line;
    }

    private static void writeDecimal(ByteBuf out, long value) {
        long unit = 1;
        while (value / unit >= 10) {
            unit *= 10;
        }
        for (; unit > 0; unit /= 10) {
            out.writeByte((int) ('0' + value / unit % 10));
        }
    }

    private static byte[] statusLine(int status, boolean http10) {
        return ascii("HTTP/1." + (http10 ? "0 " : "1 ") + HttpResponseStatus.valueOf(status) + "\r\n");
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
