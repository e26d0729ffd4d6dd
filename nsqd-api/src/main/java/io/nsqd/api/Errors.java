package io.nsqd.api;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Failures in words for people: what was tried, on what, and why it failed, as the Go daemon puts it: {@code open
 * /var/lib/nsqd/nsqd.dat: permission denied}. Many of Java's own messages leave half of that out: of a file that may not be read
 * the message is its path, of a channel that was closed there is none at all.
 */
public final class Errors {
    /** The exceptions of which the type is the reason. */
    private static final Map<Class<?>, String> REASONS = Map.of(
            NoSuchFileException.class, "no such file or directory",
            AccessDeniedException.class, "permission denied",
            FileAlreadyExistsException.class, "file exists",
            DirectoryNotEmptyException.class, "directory not empty",
            NotDirectoryException.class, "not a directory",
            FileSystemLoopException.class, "too many levels of symbolic links",
            EOFException.class, "unexpected EOF",
            ClosedByInterruptException.class, "interrupted",
            ClosedChannelException.class, "already closed",
            TimeoutException.class, "timed out");

    /** {@link FileNotFoundException}: the path, then what the operating system says. */
    private static final Pattern WITH_REASON = Pattern.compile("(.*) \\(([^()]+)\\)", Pattern.DOTALL);

    private Errors() {}

    /**
     * Says why something failed, and on what file if it was one.
     *
     * @param failure wrappers that say nothing of their own are looked through
     * @return one or more words, never nothing
     */
    public static String describe(Throwable failure) {
        Throwable cause = unwrapped(failure);
        String file = file(cause);
        return file.isEmpty() ? reason(cause) : file + ": " + reason(cause);
    }

    /**
     * Says what was tried, on what, and why it failed.
     *
     * @param tried a verb, such as {@code open}
     * @param on what it was tried on, such as a path; a failure that names a file itself knows better
     */
    public static String describe(String tried, Object on, Throwable failure) {
        Throwable cause = unwrapped(failure);
        String file = file(cause);
        return tried + " " + (file.isEmpty() ? on : file) + ": " + reason(cause);
    }

    /**
     * An exception whose message is {@link #describe(String, Object, Throwable)}, for what is passed on to somebody who does not
     * know what was tried.
     */
    public static IOException failed(String tried, Object on, IOException failure) {
        return new IOException(describe(tried, on, failure), failure);
    }

    private static Throwable unwrapped(Throwable failure) {
        Throwable cause = failure.getCause();
        boolean saysNothing = failure instanceof ExecutionException
                || failure instanceof CompletionException
                || failure instanceof UncheckedIOException
                || (cause != null && cause.toString().equals(failure.getMessage()));
        return saysNothing && cause != null ? unwrapped(cause) : failure;
    }

    /** The file, or the two files, that a failure names; empty if it names none. */
    private static String file(Throwable failure) {
        if (failure instanceof FileSystemException named && named.getFile() != null) {
            return named.getOtherFile() == null ? named.getFile() : named.getFile() + " " + named.getOtherFile();
        }
        if (failure instanceof FileNotFoundException) {
            Matcher matcher = WITH_REASON.matcher(String.valueOf(failure.getMessage()));
            return matcher.matches() ? matcher.group(1) : "";
        }
        if (failure instanceof UnknownHostException && failure.getMessage() != null) {
            return "lookup " + failure.getMessage().replaceFirst(": .*", "");
        }
        return "";
    }

    private static String reason(Throwable failure) {
        String message = failure.getMessage();
        if (failure instanceof FileSystemException named) {
            message = named.getReason();
        } else if (failure instanceof FileNotFoundException && message != null) {
            Matcher matcher = WITH_REASON.matcher(message);
            message = matcher.matches() ? matcher.group(2) : message;
        } else if (failure instanceof UnknownHostException) {
            return "no such host";
        }
        if (message == null || message.isBlank()) {
            String reason = REASONS.get(failure.getClass());
            return reason == null ? failure.getClass().getName() : reason;
        }
        // Of an error, or of a mistake in a program, the type says more than the message: "java.lang.OutOfMemoryError:
        // Java heap space".
        boolean mistake = failure instanceof Error
                || failure instanceof NullPointerException
                || failure instanceof ClassCastException
                || failure instanceof IndexOutOfBoundsException;
        return mistake ? failure.toString() : uncapitalized(failure, message);
    }

    /** What the operating system says begins with a capital letter; in the midst of a line it need not. */
    private static String uncapitalized(Throwable failure, String message) {
        boolean ofSystem = failure instanceof IOException
                && failure.getClass().getName().startsWith("java.")
                && message.length() > 1
                && Character.isUpperCase(message.charAt(0))
                && Character.isLowerCase(message.charAt(1));
        return ofSystem ? Character.toLowerCase(message.charAt(0)) + message.substring(1) : message;
    }
}
