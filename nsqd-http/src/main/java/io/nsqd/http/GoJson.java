package io.nsqd.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Locale;

/** Writes JSON as the Go daemon does, byte for byte (H-8). */
final class GoJson {
    /** No recycling of buffers: it would leave them with threads that are not ours. */
    static final JsonFactory FACTORY = JsonFactory.builder()
            .recyclerPool(JsonRecyclerPools.nonRecyclingPool())
            .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
            .build();

    private GoJson() {}

    /** Something that writes one value. */
    @FunctionalInterface
    interface Writer {
        void write(JsonGenerator json) throws IOException;
    }

    /** The bytes of one value. */
    static byte[] bytes(Writer writer) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(512);
        try (JsonGenerator json = FACTORY.createGenerator(out)) {
            json.setCharacterEscapes(new Escapes());
            writer.write(json);
        } catch (IOException e) {
            throw new UncheckedIOException("memory cannot fail", e);
        }
        return out.toByteArray();
    }

    /** Writes a field with text of a client's, which may be anything. */
    static void writeString(JsonGenerator json, String name, String value) throws IOException {
        json.writeStringField(name, wellFormed(value));
    }

    /** Half a character, which has no UTF-8, becomes the replacement character. */
    private static String wellFormed(String text) {
        if (text.chars().noneMatch(c -> Character.isSurrogate((char) c))) {
            return text;
        }
        int[] points = text.codePoints()
                .map(c -> Character.isBmpCodePoint(c) && Character.isSurrogate((char) c) ? 0xfffd : c)
                .toArray();
        return new String(points, 0, points.length);
    }

    /** Writes a float with the fewest digits that tell it apart, integral ones without a point (T-21). */
    static void writeFloat(JsonGenerator json, double value) throws IOException {
        json.writeNumber(floatText(value));
    }

    private static String floatText(double value) {
        BigDecimal decimal = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        return decimal.scale() < 0 ? decimal.setScale(0).toPlainString() : decimal.toPlainString();
    }

    /** Go escapes what could hurt in a page, and spells escapes in lower case. */
    private static final class Escapes extends CharacterEscapes {
        private static final long serialVersionUID = 1L;

        @Override
        public int[] getEscapeCodesForAscii() {
            int[] codes = CharacterEscapes.standardAsciiEscapesForJSON();
            Arrays.fill(codes, 0, ' ', ESCAPE_CUSTOM);
            for (char kept : new char[] {'\n', '\r', '\t'}) {
                codes[kept] = CharacterEscapes.standardAsciiEscapesForJSON()[kept];
            }
            for (char unsafe : new char[] {'<', '>', '&'}) {
                codes[unsafe] = ESCAPE_CUSTOM;
            }
            return codes;
        }

        @Override
        public SerializableString getEscapeSequence(int c) {
            boolean escaped = c < ' ' || c == '<' || c == '>' || c == '&' || c == 0x2028 || c == 0x2029;
            return escaped ? new SerializedString(String.format(Locale.ROOT, "\\u%04x", c)) : null;
        }
    }
}
