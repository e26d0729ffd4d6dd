package io.nsqd.launcher;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.nsqd.api.LogLevel;
import io.nsqd.api.Printable;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/**
 * A line of the log as a JSON object, for what collects logs: {@code time} (UTC, microseconds), {@code level} (the word of a
 * text line), {@code message}, {@code thread}, and {@code stackTrace} where a text log would have one. Immutable.
 */
record JsonLogFormat(Clock clock) implements LineFormat {
    private static final JsonFactory JSON = new JsonFactory();

    @Override
    public String line(LogLevel level, String text, Throwable traced) {
        StringWriter line = new StringWriter(text.length() + 128);
        try (JsonGenerator json = JSON.createGenerator(line)) {
            json.writeStartObject();
            json.writeStringField(
                    "time", Instant.now(clock).truncatedTo(ChronoUnit.MICROS).toString());
            json.writeStringField("level", LogFormat.word(level));
            json.writeStringField("message", text);
            json.writeStringField("thread", Thread.currentThread().getName());
            if (traced != null) {
                json.writeStringField("stackTrace", LogFormat.trace(traced));
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return escaped(line.getBuffer()) + '\n';
    }

    /** With what Jackson leaves as it is and a terminal does not; outside of strings there is none of it. */
    private static String escaped(StringBuffer json) {
        StringBuilder safe = new StringBuilder(json.length());
        for (int i = 0; i < json.length(); i++) {
            char c = json.charAt(i);
            if (Printable.isSafe(c)) {
                safe.append(c);
            } else {
                safe.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            }
        }
        return safe.toString();
    }
}
