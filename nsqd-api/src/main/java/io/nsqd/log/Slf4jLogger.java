package io.nsqd.log;

import java.lang.System.Logger.Level;
import org.slf4j.Marker;
import org.slf4j.MarkerFactory;
import org.slf4j.spi.LocationAwareLogger;

/** One of SLF4J's loggers. */
final class Slf4jLogger {
    /** Behind whom a backend looks for who has written a line. */
    private static final String BOUNDARY = Logger.class.getName();

    private final org.slf4j.Logger logger;
    private final boolean lasting;

    Slf4jLogger(org.slf4j.Logger logger, boolean lasting) {
        this.logger = logger;
        this.lasting = lasting;
    }

    /** Whether SLF4J will not have another one of this name. */
    boolean isLasting() {
        return lasting;
    }

    boolean isLoggable(Level level) {
        return switch (level) {
            case ALL, TRACE -> logger.isTraceEnabled();
            case DEBUG -> logger.isDebugEnabled();
            case INFO -> logger.isInfoEnabled();
            case WARNING -> logger.isWarnEnabled();
            case ERROR -> logger.isErrorEnabled();
            case OFF -> false;
        };
    }

    void write(Level level, String pattern, Object[] arguments) {
        if (isLoggable(level)) {
            write(null, level, pattern, arguments);
        }
    }

    void fatal(String pattern, Object[] arguments) {
        Marker marker = MarkerFactory.getMarker("FATAL");
        if (logger.isErrorEnabled(marker)) {
            write(marker, Level.ERROR, pattern, arguments);
        }
    }

    private void write(Marker marker, Level level, String pattern, Object[] arguments) {
        if (logger instanceof LocationAwareLogger aware) {
            Throwable thrown = MessagePattern.throwable(arguments);
            Object[] others = MessagePattern.others(arguments);
            aware.log(marker, BOUNDARY, number(level), pattern, others, thrown);
        } else {
            // It tells a throwable from the other arguments by the same rule.
            switch (level) {
                case ALL, TRACE -> logger.trace(marker, pattern, arguments);
                case DEBUG -> logger.debug(marker, pattern, arguments);
                case INFO -> logger.info(marker, pattern, arguments);
                case WARNING -> logger.warn(marker, pattern, arguments);
                case ERROR -> logger.error(marker, pattern, arguments);
                case OFF -> {}
            }
        }
    }

    private static int number(Level level) {
        return switch (level) {
            case ALL, TRACE, OFF -> LocationAwareLogger.TRACE_INT;
            case DEBUG -> LocationAwareLogger.DEBUG_INT;
            case INFO -> LocationAwareLogger.INFO_INT;
            case WARNING -> LocationAwareLogger.WARN_INT;
            case ERROR -> LocationAwareLogger.ERROR_INT;
        };
    }
}
