package io.nsqd.launcher;

import io.nsqd.api.Errors;
import io.nsqd.api.LogLevel;
import io.nsqd.spi.OutOfMemory;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.ZoneId;

/**
 * Where all that the process logs goes: standard error, from the set level upwards (O-50, O-51).
 *
 * <p>Safe for all threads; a line is one write.
 */
final class LogOutput {
    /**
     * The log of the process. It is static because SLF4J makes its provider by itself, and unbuffered because the last
     * line before the end counts most.
     */
    static final LogOutput STANDARD_ERROR =
            new LogOutput(new FileOutputStream(FileDescriptor.err), Clock.system(ZoneId.systemDefault()));

    private final OutputStream stream;
    private final Clock clock;
    private volatile LineFormat fatalFormat;
    private volatile LineFormat format;
    private volatile LogLevel level = LogLevel.INFO;

    LogOutput(OutputStream stream, Clock clock) {
        this.stream = stream;
        this.clock = clock;
        fatalFormat = new LogFormat(LogFormat.DEFAULT_PREFIX, clock);
        format = fatalFormat;
    }

    /** Lines of text with a prefix. */
    void text(String prefix) {
        format = new LogFormat(prefix, clock);
    }

    /** Lines of JSON, the fatal one too. */
    void json() {
        format = new JsonLogFormat(clock);
        fatalFormat = format;
    }

    void level(LogLevel least) {
        level = least;
    }

    /** Whether a line of that level is written. */
    boolean writes(LogLevel lineLevel) {
        return lineLevel.compareTo(level) >= 0;
    }

    /**
     * Writes a line if its level is high enough.
     *
     * @param cause what went wrong, or {@code null}; of a warning or an error its message is shown too, and its stack
     *     trace if debug lines are written
     */
    void write(LogLevel lineLevel, String text, Throwable cause) {
        write(lineLevel, text, cause, false);
    }

    /** @param traced whether the stack trace is written in any case */
    void write(LogLevel lineLevel, String text, Throwable cause, boolean traced) {
        // Libraries log what they have caught, and go on.
        OutOfMemory.check(cause);
        if (writes(lineLevel)) {
            Throwable shown = traced || writes(LogLevel.DEBUG) ? cause : null;
            write(format.line(lineLevel, withCause(lineLevel, text, cause), shown));
        }
    }

    /** Writes an error with what the failure says, and its cause. */
    void failure(String text, Exception failure) {
        write(LogLevel.ERROR, text + " - " + Errors.describe(failure), failure.getCause());
    }

    /** Writes the line about what ends the process: at every level, and with the default prefix (O-29). */
    void fatal(String text) {
        write(fatalFormat.line(LogLevel.FATAL, text, null));
    }

    private static String withCause(LogLevel lineLevel, String text, Throwable cause) {
        if (cause == null || lineLevel.compareTo(LogLevel.WARN) < 0) {
            return text;
        }
        String message = Errors.describe(cause);
        return text.contains(message) ? text : text + " - " + message;
    }

    private synchronized void write(String lines) {
        try {
            stream.write(lines.getBytes(StandardCharsets.UTF_8));
            stream.flush();
        } catch (IOException e) {
            // Nobody reads standard error any more. There is no other place to say so, and messages matter more.
        }
    }
}
