package io.nsqd.log;

import java.text.MessageFormat;
import java.util.ResourceBundle;

/**
 * Writes lines for one name, to SLF4J or to the platform's logger, whichever the first line finds; see the package. In a pattern each
 * <code>{}</code> stands for the next argument, and a {@link Throwable} behind the others is logged with its stack trace.
 *
 * <p>It is a {@link java.lang.System.Logger} itself, and its methods are the last before the platform's logger: so
 * {@code java.util.logging} passes over it when it looks for who has written a line.
 */
public final class Logger implements System.Logger {
    private static final Object[] NONE = {};

    private final String name;

    /** One of the two is set once it is known which it will be, and stays. */
    private volatile Slf4jLogger slf4j;

    private volatile System.Logger platform;

    Logger(String name) {
        this.name = name;
    }

    @Override
    public String getName() {
        return name;
    }

    /** Whether lines of this level are written. */
    @Override
    public boolean isLoggable(Level level) {
        Slf4jLogger library = slf4j();
        return library != null ? library.isLoggable(level) : platform.isLoggable(level);
    }

    /** SLF4J's logger, or {@code null} where the platform's is to be used, which is set then. */
    private Slf4jLogger slf4j() {
        Slf4jLogger library = slf4j;
        if (library == null && platform == null) {
            library = Slf4j.logger(name);
            if (library == null) {
                platform = System.getLogger(name);
            } else if (library.isLasting()) {
                slf4j = library;
            }
        }
        return library;
    }

    private void write(Level level, String pattern, Object... arguments) {
        Slf4jLogger library = slf4j();
        if (library != null) {
            library.write(level, pattern, arguments);
        } else if (platform.isLoggable(level)) {
            platform.log(level, MessagePattern.format(pattern, arguments), MessagePattern.throwable(arguments));
        }
    }

    /** Whether debug lines are written, for whoever would have to prepare them. */
    public boolean isDebugEnabled() {
        return isLoggable(Level.DEBUG);
    }

    /** Whether informational lines are written, for whoever would have to prepare them. */
    public boolean isInfoEnabled() {
        return isLoggable(Level.INFO);
    }

    /** Writes a debug line. */
    public void debug(String text) {
        if (isDebugEnabled()) {
            write(Level.DEBUG, text, NONE);
        }
    }

    /** Writes a debug line. */
    public void debug(String pattern, Object argument) {
        if (isDebugEnabled()) {
            write(Level.DEBUG, pattern, argument);
        }
    }

    /** Writes a debug line. */
    public void debug(String pattern, Object first, Object second) {
        if (isDebugEnabled()) {
            write(Level.DEBUG, pattern, first, second);
        }
    }

    /** Writes a debug line. */
    public void debug(String pattern, Object first, Object second, Object third) {
        if (isDebugEnabled()) {
            write(Level.DEBUG, pattern, first, second, third);
        }
    }

    /** Writes a debug line. */
    public void debug(String pattern, Object... arguments) {
        write(Level.DEBUG, pattern, arguments);
    }

    /** Writes an informational line. */
    public void info(String text) {
        if (isInfoEnabled()) {
            write(Level.INFO, text, NONE);
        }
    }

    /** Writes an informational line. */
    public void info(String pattern, Object argument) {
        if (isInfoEnabled()) {
            write(Level.INFO, pattern, argument);
        }
    }

    /** Writes an informational line. */
    public void info(String pattern, Object first, Object second) {
        if (isInfoEnabled()) {
            write(Level.INFO, pattern, first, second);
        }
    }

    /** Writes an informational line. */
    public void info(String pattern, Object first, Object second, Object third) {
        if (isInfoEnabled()) {
            write(Level.INFO, pattern, first, second, third);
        }
    }

    /** Writes an informational line. */
    public void info(String pattern, Object... arguments) {
        write(Level.INFO, pattern, arguments);
    }

    /** Writes a warning. */
    public void warn(String pattern, Object... arguments) {
        write(Level.WARNING, pattern, arguments);
    }

    /** Writes an error. */
    public void error(String pattern, Object... arguments) {
        write(Level.ERROR, pattern, arguments);
    }

    /**
     * Writes an error with which the daemon ends. SLF4J is told so with the marker {@code FATAL}, which many backends know; ours
     * shows the stack trace of such a line at any level.
     */
    public void fatal(String pattern, Object... arguments) {
        Slf4jLogger library = slf4j();
        if (library != null) {
            library.fatal(pattern, arguments);
        } else {
            write(Level.ERROR, pattern, arguments);
        }
    }

    /** As callers of {@link java.lang.System.Logger} have it: the text is written as it is. */
    @Override
    public void log(Level level, ResourceBundle bundle, String text, Throwable thrown) {
        write(level, "{}", localized(bundle, text), thrown);
    }

    /** As callers of {@link java.lang.System.Logger} have it: the pattern is one of {@link java.text.MessageFormat}. */
    @Override
    public void log(Level level, ResourceBundle bundle, String pattern, Object... arguments) {
        if (isLoggable(level)) {
            String text = localized(bundle, pattern);
            boolean plain = arguments == null || arguments.length == 0;
            write(level, "{}", plain ? text : MessageFormat.format(text, arguments));
        }
    }

    private static String localized(ResourceBundle bundle, String text) {
        return bundle != null && text != null && bundle.containsKey(text) ? bundle.getString(text) : text;
    }
}
