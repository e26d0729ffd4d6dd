package io.nsqd.launcher;

import io.nsqd.api.LogLevel;
import java.util.List;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

/** An SLF4J logger that writes lines in NSQ's form. A logger's name is not shown: the texts say who speaks (O-53). */
final class LineLogger extends LegacyAbstractLogger {
    private static final long serialVersionUID = 1L;

    /** Libraries whose debug lines are about themselves and would drown those about commands. */
    private static final List<String> CHATTERERS = List.of("io.netty.", "java.", "javax.", "jdk.", "sun.");

    /** Libraries that tell of each step of their own, and of each failure that whoever uses them reports as well. */
    private static final List<String> TALKERS = List.of("org.apache.zookeeper.", "org.apache.bookkeeper.");

    /** The marker of a line that tells of the end: there is no second chance to see the stack trace. */
    private static final String FATAL = "FATAL";

    private final transient LogOutput output;
    private final boolean chatters;
    private final boolean talks;

    LineLogger(String name, LogOutput output) {
        this.name = name;
        this.output = output;
        chatters = CHATTERERS.stream().anyMatch(name::startsWith);
        talks = TALKERS.stream().anyMatch(name::startsWith);
    }

    /** There is no level below debug. */
    @Override
    public boolean isTraceEnabled() {
        return false;
    }

    @Override
    public boolean isDebugEnabled() {
        return !chatters && output.writes(LogLevel.DEBUG);
    }

    @Override
    public boolean isInfoEnabled() {
        return output.writes(talks ? LogLevel.DEBUG : LogLevel.INFO);
    }

    @Override
    public boolean isWarnEnabled() {
        return output.writes(talks ? LogLevel.DEBUG : LogLevel.WARN);
    }

    @Override
    public boolean isErrorEnabled() {
        return output.writes(talks ? LogLevel.DEBUG : LogLevel.ERROR);
    }

    @Override
    protected String getFullyQualifiedCallerName() {
        return null;
    }

    @Override
    protected void handleNormalizedLoggingCall(
            Level level, Marker marker, String pattern, Object[] arguments, Throwable cause) {
        String text = MessageFormatter.basicArrayFormat(pattern, arguments);
        boolean fatal = marker != null && marker.getName().equals(FATAL);
        output.write(levelOf(level), text == null ? "" : text, cause, fatal);
    }

    private static LogLevel levelOf(Level level) {
        return switch (level) {
            case TRACE, DEBUG -> LogLevel.DEBUG;
            case INFO -> LogLevel.INFO;
            case WARN -> LogLevel.WARN;
            case ERROR -> LogLevel.ERROR;
        };
    }
}
