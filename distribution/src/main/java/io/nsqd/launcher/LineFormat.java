package io.nsqd.launcher;

import io.nsqd.api.LogLevel;

/** The form of what is logged. Immutable. */
interface LineFormat {
    /**
     * What is written, its end included.
     *
     * @param traced whose stack trace is to be shown, or {@code null}
     */
    String line(LogLevel level, String text, Throwable traced);
}
