package io.nsqd.tcp;

import io.netty.buffer.ByteBuf;
import io.nsqd.api.Message;
import java.nio.charset.StandardCharsets;

/** Writes frames: size, type, data (P-2, P-3). */
final class FrameEncoder {
    static final byte[] OK = ascii("OK");
    static final byte[] HEARTBEAT = ascii("_heartbeat_");
    static final byte[] CLOSE_WAIT = ascii("CLOSE_WAIT");

    /** Bytes of a frame with a message, without the body. */
    static final int MESSAGE_OVERHEAD = 4 + 4 + 8 + 2 + 16;

    private static final int RESPONSE = 0;
    private static final int ERROR = 1;
    private static final int MESSAGE = 2;

    /** Two hexadecimal digits for each byte. */
    private static final short[] HEX = hex();

    private FrameEncoder() {}

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static short[] hex() {
        byte[] digits = ascii("0123456789abcdef");
        short[] pairs = new short[256];
        for (int i = 0; i < pairs.length; i++) {
            pairs[i] = (short) (digits[i >> 4] << 8 | digits[i & 0xf]);
        }
        return pairs;
    }

    static void response(byte[] data, ByteBuf out) {
        frame(RESPONSE, data, out);
    }

    /** An error, each character of which stands for a byte: what the client sent goes back unchanged. */
    static void error(String text, ByteBuf out) {
        frame(ERROR, text.getBytes(StandardCharsets.ISO_8859_1), out);
    }

    /** A text in UTF-8, a character for each byte: what an error may be made of. */
    static String bytes(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    /** What people are to read of an error. */
    static String readable(String bytes) {
        return new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    private static void frame(int type, byte[] data, ByteBuf out) {
        out.ensureWritable(8 + data.length);
        out.writeInt(4 + data.length);
        out.writeInt(type);
        out.writeBytes(data);
    }

    static void message(Message message, ByteBuf out) {
        out.ensureWritable(MESSAGE_OVERHEAD + message.length());
        messageHeader(message, out);
        out.writeBytes(message.block(), message.offset(), message.length());
    }

    /** Everything but the body. */
    static void messageHeader(Message message, ByteBuf out) {
        out.writeInt(MESSAGE_OVERHEAD - 4 + message.length());
        out.writeInt(MESSAGE);
        out.writeLong(message.timestampNanos());
        out.writeShort(message.attempts());
        out.writeLong(digits((int) (message.id() >>> 32)));
        out.writeLong(digits((int) message.id()));
    }

    /** The eight digits of a number as eight bytes. */
    private static long digits(int number) {
        return (long) HEX[number >>> 24] << 48
                | (long) HEX[number >>> 16 & 0xff] << 32
                | (long) HEX[number >>> 8 & 0xff] << 16
                | HEX[number & 0xff];
    }
}
