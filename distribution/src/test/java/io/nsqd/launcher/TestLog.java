package io.nsqd.launcher;

import io.nsqd.api.LogLevel;

/** The log of the JVM of the tests, where parts of the daemon run in it. */
public final class TestLog {
    private TestLog() {}

    /** Nothing but what is fatal is written from now on. */
    public static void quiet() {
        LogOutput.STANDARD_ERROR.level(LogLevel.FATAL);
    }

    /** As it was. */
    public static void usual() {
        LogOutput.STANDARD_ERROR.level(LogLevel.INFO);
    }
}
