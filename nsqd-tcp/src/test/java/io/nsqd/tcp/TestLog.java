package io.nsqd.tcp;

import io.nsqd.api.LogLevel;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.helpers.NOPMDCAdapter;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/**
 * The log of the tests: keeps what nothing that a client sends may cause, errors with a stack trace and buffers that Netty
 * misses, and as soon as there is a daemon all lines, in the form of the process. SLF4J finds and makes it.
 */
public final class TestLog implements SLF4JServiceProvider {
    private static final List<String> FAILURES = new CopyOnWriteArrayList<>();

    /** Guarded by itself. */
    private static final List<String> LINES = new ArrayList<>();

    /** Whether there is a daemon. Without one only failures are kept: a fuzzer has neither time nor memory for more. */
    private static volatile boolean daemons;

    private static volatile LogLevel least = LogLevel.WARN;

    private final IMarkerFactory markers = new BasicMarkerFactory();
    private final MDCAdapter contexts = new NOPMDCAdapter();

    /** What was kept of failures so far. */
    static List<String> failures() {
        return FAILURES;
    }

    /** Keeps lines from this level on, for a daemon that starts; returns where its lines begin. */
    static int begin(LogLevel level) {
        least = level;
        daemons = true;
        // What ends a thread is printed by nobody else.
        Thread.setDefaultUncaughtExceptionHandler(
                (thread, failure) -> keep(LogLevel.ERROR, "Exception in thread " + thread.getName(), failure));
        synchronized (LINES) {
            return LINES.size();
        }
    }

    /** Keeps what a daemon usually writes. */
    static void usual() {
        least = LogLevel.INFO;
    }

    /** The lines from one on. */
    static List<String> lines(int from) {
        synchronized (LINES) {
            return List.copyOf(LINES.subList(from, LINES.size()));
        }
    }

    /** Adds a line, and those of a stack trace. */
    static void keep(LogLevel level, String text, Throwable cause) {
        List<String> lines = new ArrayList<>();
        lines.add("[test] " + (level == LogLevel.WARN ? "WARNING" : level.name()) + ": " + text);
        if (cause != null) {
            StringWriter trace = new StringWriter();
            cause.printStackTrace(new PrintWriter(trace));
            lines.addAll(trace.toString().lines().toList());
        }
        synchronized (LINES) {
            LINES.addAll(lines);
        }
    }

    private static final class Recorder extends LegacyAbstractLogger {
        private static final long serialVersionUID = 1L;

        /** Debug lines of libraries are about themselves. */
        private final boolean ours;

        Recorder(String name) {
            this.name = name;
            ours = name.startsWith("io.nsqd.");
        }

        private static boolean writes(LogLevel level) {
            return level.compareTo(least) >= 0;
        }

        @Override
        public boolean isTraceEnabled() {
            return false;
        }

        @Override
        public boolean isDebugEnabled() {
            return ours && writes(LogLevel.DEBUG);
        }

        @Override
        public boolean isInfoEnabled() {
            return writes(LogLevel.INFO);
        }

        @Override
        public boolean isWarnEnabled() {
            return true;
        }

        @Override
        public boolean isErrorEnabled() {
            return true;
        }

        @Override
        protected String getFullyQualifiedCallerName() {
            return null;
        }

        @Override
        protected void handleNormalizedLoggingCall(
                Level level, Marker marker, String pattern, Object[] arguments, Throwable cause) {
            boolean grave = level == Level.WARN || level == Level.ERROR;
            if (grave && (cause != null || pattern.startsWith("LEAK"))) {
                FAILURES.add(pattern + " " + cause);
            }
            if (daemons) {
                keep(LogLevel.valueOf(level.name()), MessageFormatter.basicArrayFormat(pattern, arguments), cause);
            }
        }
    }

    @Override
    public ILoggerFactory getLoggerFactory() {
        return Recorder::new;
    }

    @Override
    public IMarkerFactory getMarkerFactory() {
        return markers;
    }

    @Override
    public MDCAdapter getMDCAdapter() {
        return contexts;
    }

    @Override
    public String getRequestedApiVersion() {
        return "2.0";
    }

    @Override
    public void initialize() {}
}
