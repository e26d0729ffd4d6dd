package io.nsqd.tcp;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Names as error texts show them: quoted, with everything that is not printable escaped (P-18). The texts have a character
 * for each byte.
 */
final class Quoted {
    private Quoted() {}

    /** Quotes the bytes {@code from} to {@code to}, the latter excluded. */
    static String of(byte[] bytes, int from, int to) {
        StringBuilder text = new StringBuilder("\"");
        for (int i = from; i < to; ) {
            int length = sequenceLength(bytes, i, to);
            if (length == 0) {
                text.append(String.format(Locale.ROOT, "\\x%02x", bytes[i]));
                i++;
            } else {
                append(new String(bytes, i, length, StandardCharsets.UTF_8).codePointAt(0), text);
                i += length;
            }
        }
        return text.append('"').toString();
    }

    /** Bytes of the UTF-8 sequence at {@code at}, 0 when there is none. */
    private static int sequenceLength(byte[] bytes, int at, int to) {
        int first = bytes[at] & 0xff;
        int length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
        if (length == 0 || at + length > to) {
            return 0;
        }
        try {
            CharBuffer decoded = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, at, length));
            return decoded.hasRemaining() ? length : 0;
        } catch (CharacterCodingException e) {
            return 0;
        }
    }

    private static void append(int rune, StringBuilder text) {
        switch (rune) {
            case '"' -> text.append("\\\"");
            case '\\' -> text.append("\\\\");
            case 7 -> text.append("\\a");
            case '\b' -> text.append("\\b");
            case '\f' -> text.append("\\f");
            case '\n' -> text.append("\\n");
            case '\r' -> text.append("\\r");
            case '\t' -> text.append("\\t");
            case 11 -> text.append("\\v");
            default -> appendOther(rune, text);
        }
    }

    private static void appendOther(int rune, StringBuilder text) {
        if (rune < ' ' || rune == 0x7f) {
            text.append(String.format(Locale.ROOT, "\\x%02x", rune));
        } else if (isPrintable(rune)) {
            text.append(FrameEncoder.bytes(Character.toString(rune)));
        } else if (rune < 0x10000) {
            text.append(String.format(Locale.ROOT, "\\u%04x", rune));
        } else {
            text.append(String.format(Locale.ROOT, "\\U%08x", rune));
        }
    }

    private static boolean isPrintable(int rune) {
        return switch (Character.getType(rune)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            case Character.SPACE_SEPARATOR -> rune == ' ';
            default -> true;
        };
    }
}
