package io.nsqd.launcher;

import io.nsqd.api.LogLevel;
import org.apache.felix.framework.Logger;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceReference;

/** Takes the framework's own messages to the log of the process; it would print them to standard output. */
final class FrameworkLogger extends Logger {
    private final LogOutput log;

    FrameworkLogger(LogOutput log) {
        this.log = log;
    }

    @Override
    @SuppressWarnings("rawtypes")
    protected void doLog(Bundle bundle, ServiceReference reference, int level, String message, Throwable throwable) {
        String speaker = bundle == null ? "FRAMEWORK: " : "FRAMEWORK(" + bundle.getSymbolicName() + "): ";
        log.write(levelOf(level), speaker + message, throwable);
    }

    private static LogLevel levelOf(int level) {
        return switch (level) {
            case LOG_ERROR -> LogLevel.ERROR;
            case LOG_WARNING -> LogLevel.WARN;
            case LOG_INFO -> LogLevel.INFO;
            default -> LogLevel.DEBUG;
        };
    }
}
