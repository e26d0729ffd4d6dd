package io.nsqd.metrics;

import java.nio.charset.StandardCharsets;

/**
 * Prometheus's text format, version 0.0.4. The samples of one metric stand together, behind what is said of it. Not safe for use
 * by several threads at once.
 */
final class PrometheusText {
    static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final StringBuilder text = new StringBuilder(64 * 1024);

    /** Begins a metric. */
    PrometheusText metric(MetricType type, String name, String help) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(' ').append(type.word()).append('\n');
        return this;
    }

    /** Labels to be used for many samples: names and values in turn. */
    static String labels(String... pairs) {
        StringBuilder labels = new StringBuilder();
        for (int i = 0; i < pairs.length; i += 2) {
            labels.append(i == 0 ? "" : ",").append(pairs[i]).append("=\"");
            appendEscaped(labels, pairs[i + 1]);
            labels.append('"');
        }
        return labels.toString();
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

    /** @param labels as made by {@link #labels}, may be empty */
    PrometheusText sample(String name, String labels, long value) {
        begin(name, labels);
        text.append(value).append('\n');
        return this;
    }

    /** @param labels as made by {@link #labels}, may be empty */
    PrometheusText sample(String name, String labels, double value) {
        begin(name, labels);
        text.append(number(value)).append('\n');
        return this;
    }

    private void begin(String name, String labels) {
        text.append(name);
        if (!labels.isEmpty()) {
            text.append('{').append(labels).append('}');
        }
        text.append(' ');
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

    byte[] toBytes() {
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }
}
