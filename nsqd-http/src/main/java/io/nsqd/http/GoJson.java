package io.nsqd.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;
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
            .build();

    /** From here on Go's floats have an exponent, which no figure of ours reaches. */
    private static final int INTEGRAL_SCALE = 0;

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

    /** Writes a float with the fewest digits that tell it apart, integral ones without a point (T-21). */
    static void writeFloat(JsonGenerator json, double value) throws IOException {
        json.writeNumber(floatText(value));
    }

    private static String floatText(double value) {
        BigDecimal decimal = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        return decimal.scale() < INTEGRAL_SCALE ? decimal.setScale(0).toPlainString() : decimal.toPlainString();
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
