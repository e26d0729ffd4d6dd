package io.nsqd.api;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;

/** A point in the past, as people say it: a time of day, so long ago, or the beginning. */
public final class PointInTime {
    /** The word for as far back as there is anything. */
    public static final String BEGINNING = "beginning";

    private PointInTime() {}

    /**
     * Understands {@code 2026-11-30T08:00:00Z} or another offset (RFC 3339), a duration of NSQ's flags such as {@code 90m}, which is that
     * long before now, and {@value #BEGINNING}.
     *
     * @param text what was said; the {@code +} of an offset may have become a space, as it does in a query
     * @param now the present
     * @return {@link Instant#MIN} for the beginning
     * @throws IllegalArgumentException with a sentence that says what is understood
     */
    public static Instant parse(String text, Instant now) {
        if (text.equals(BEGINNING)) {
            return Instant.MIN;
        }
        try {
            return OffsetDateTime.parse(text.trim().replace(' ', '+')).toInstant();
        } catch (DateTimeParseException e) {
            return ago(text, now);
        }
    }

    private static Instant ago(String text, Instant now) {
        long nanos = -1;
        try {
            nanos = GoDuration.parse(text);
        } catch (NsqdException e) {
            // Said below.
        }
        if (nanos < 0) {
            throw new IllegalArgumentException("'" + Printable.of(text)
                    + "' is neither a time such as 2026-11-30T08:00:00Z, nor a duration such as 90m, nor " + BEGINNING);
        }
        return now.minusNanos(nanos);
    }
}
