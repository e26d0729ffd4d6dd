package io.nsqd.api;

/**
 * The text form of a message id: 16 lowercase hexadecimal digits of a 64-bit number (P-4, B-40).
 *
 * <p>Inside the broker an id is a {@code long}; only the wire and the disk know the text. Not every 16 bytes are an id,
 * so parsing tells with {@link #isValid} first.
 */
public final class MessageId {
    /** Bytes of the text form. */
    public static final int LENGTH = 16;

    private static final byte[] DIGITS = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'
    };

    private MessageId() {}

    /** Writes the 16 digits of {@code id} to {@code target} from {@code offset} on. */
    public static void write(long id, byte[] target, int offset) {
        for (int i = LENGTH - 1; i >= 0; i--) {
            target[offset + i] = DIGITS[(int) id & 0xf];
            id >>>= 4;
        }
    }

    /** Whether the 16 bytes of {@code source} from {@code offset} on are digits as {@link #write} makes them. */
    public static boolean isValid(byte[] source, int offset) {
        for (int i = offset; i < offset + LENGTH; i++) {
            if (digit(source[i]) < 0) {
                return false;
            }
        }
        return true;
    }

    /** The id whose valid digits stand in {@code source} from {@code offset} on; what is no digit counts as 0. */
    public static long parse(byte[] source, int offset) {
        long id = 0;
        for (int i = offset; i < offset + LENGTH; i++) {
            id = id << 4 | Math.max(0, digit(source[i]));
        }
        return id;
    }

    /** The 16 digits of {@code id} as a string, for logs and people. */
    public static String toString(long id) {
        byte[] text = new byte[LENGTH];
        write(id, text, 0);
        return new String(text, java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    private static int digit(byte b) {
        if (b >= '0' && b <= '9') {
            return b - '0';
        }
        if (b >= 'a' && b <= 'f') {
            return b - 'a' + 10;
        }
        return -1;
    }
}
