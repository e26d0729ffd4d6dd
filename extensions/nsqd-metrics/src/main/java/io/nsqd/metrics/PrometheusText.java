package io.nsqd.metrics;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Prometheus's text format, version 0.0.4. The samples of one metric stand together, behind what is said of it. It is bytes from the
 * first, as there may be very many samples. Not safe for use by several threads at once.
 */
final class PrometheusText {
    static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    /** No labels. */
    static final byte[] NONE = {};

    /** The digits of the longest number, and its sign. */
    private static final int LONGEST_NUMBER = 20;

    private byte[] bytes = new byte[64 * 1024];
    private int length;

    private byte[] common = NONE;

    /** The name of the last sample, as the next has the same more often than not. */
    private String lastName = "";

    private byte[] lastNameBytes = {};

    /** Begins a metric. */
    PrometheusText metric(MetricType type, String name, String help) {
        append("# HELP " + name + ' ' + help + '\n');
        append("# TYPE " + name + ' ' + type.word() + '\n');
        return this;
    }

    /** Labels that all samples from here on have in front of their own. */
    PrometheusText common(byte[] labels) {
        common = labels;
        return this;
    }

    /** Labels to be used for many samples: names and values in turn. */
    static byte[] labels(String... pairs) {
        StringBuilder labels = new StringBuilder();
        for (int i = 0; i < pairs.length; i += 2) {
            labels.append(i == 0 ? "" : ",").append(pairs[i]).append("=\"");
            appendEscaped(labels, pairs[i + 1]);
            labels.append('"');
        }
        return utf8(labels.toString());
    }

    /** Labels and more of them. */
    static byte[] and(byte[] labels, String... pairs) {
        byte[] more = labels(pairs);
        byte[] all = Arrays.copyOf(labels, labels.length + 1 + more.length);
        all[labels.length] = ',';
        System.arraycopy(more, 0, all, labels.length + 1, more.length);
        return all;
    }

    private static void appendEscaped(StringBuilder labels, String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '\\' -> labels.append("\\\\");
                case '"' -> labels.append("\\\"");
                case '\n' -> labels.append("\\n");
                default -> labels.append(c);
            }
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** @param labels as made by {@link #labels}, or {@link #NONE} */
    PrometheusText sample(String name, byte[] labels, long value) {
        begin(name, labels);
        appendNumber(value);
        append((byte) '\n');
        return this;
    }

    /** @param labels as made by {@link #labels}, or {@link #NONE} */
    PrometheusText sample(String name, byte[] labels, double value) {
        begin(name, labels);
        append(number(value));
        append((byte) '\n');
        return this;
    }

    private void begin(String name, byte[] labels) {
        if (!name.equals(lastName)) {
            lastName = name;
            lastNameBytes = utf8(name);
        }
        append(lastNameBytes);
        if (labels.length > 0 || common.length > 0) {
            append((byte) '{');
            append(common);
            if (labels.length > 0 && common.length > 0) {
                append((byte) ',');
            }
            append(labels);
            append((byte) '}');
        }
        append((byte) ' ');
    }

    /** A number as Go reads it. */
    static String number(double value) {
        if (Double.isInfinite(value)) {
            return value > 0 ? "+Inf" : "-Inf";
        }
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    private void appendNumber(long value) {
        if (value < 0) {
            append(Long.toString(value));
            return;
        }
        room(LONGEST_NUMBER);
        int end = length;
        for (long rest = value; rest > 0 || end == length; rest /= 10) {
            bytes[end++] = (byte) ('0' + rest % 10);
        }
        // The last digit came first.
        for (int i = length, j = end - 1; i < j; i++, j--) {
            byte digit = bytes[i];
            bytes[i] = bytes[j];
            bytes[j] = digit;
        }
        length = end;
    }

    private void append(String text) {
        append(utf8(text));
    }

    private void append(byte[] more) {
        room(more.length);
        System.arraycopy(more, 0, bytes, length, more.length);
        length += more.length;
    }

    private void append(byte one) {
        room(1);
        bytes[length++] = one;
    }

    private void room(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(length + more, bytes.length * 2));
        }
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }
}
