package io.nsqd.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.EOFException;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class ErrorsTest {
    static Stream<Arguments> failures() {
        return Stream.of(
                arguments("/x: no such file or directory", new NoSuchFileException("/x")),
                arguments("/x: permission denied", new AccessDeniedException("/x")),
                arguments("/x: file exists", new FileAlreadyExistsException("/x")),
                arguments("/x: directory not empty", new DirectoryNotEmptyException("/x")),
                arguments("/x: not a directory", new NotDirectoryException("/x")),
                arguments("/x: read-only file system", new FileSystemException("/x", null, "Read-only file system")),
                arguments(
                        "/x /y: invalid cross-device link",
                        new FileSystemException("/x", "/y", "Invalid cross-device link")),
                arguments("too many open files", new FileSystemException(null, null, "Too many open files")),
                arguments("/a b (c): permission denied", new FileNotFoundException("/a b (c) (Permission denied)")),
                arguments("no space left on device", new IOException("No space left on device")),
                arguments("connection refused", new ConnectException("Connection refused")),
                arguments("lookup nowhere: no such host", new UnknownHostException("nowhere")),
                arguments(
                        "lookup nowhere: no such host", new UnknownHostException("nowhere: Name or service not known")),
                arguments("unexpected EOF", new EOFException()),
                arguments("already closed", new ClosedChannelException()),
                arguments("interrupted", new ClosedByInterruptException()),
                arguments("timed out", new TimeoutException()),
                arguments("ID is empty", new NsqdException(Reason.BAD_OPTION, "ID is empty")),
                arguments("java.lang.IllegalStateException", new IllegalStateException()),
                arguments("java.lang.OutOfMemoryError: Java heap space", new OutOfMemoryError("Java heap space")),
                arguments("/x: permission denied", new CompletionException(new AccessDeniedException("/x"))),
                arguments("/x: permission denied", new UncheckedIOException(new AccessDeniedException("/x"))),
                arguments("/x: permission denied", new IOException(new AccessDeniedException("/x"))),
                arguments(
                        "/x: permission denied",
                        new ExecutionException(new UncheckedIOException("oh", new AccessDeniedException("/x")))),
                arguments("saved nothing", new IOException("saved nothing", new AccessDeniedException("/x"))));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void aFailureIsSaidInWordsWithItsFile(String expected, Throwable failure) {
        assertEquals(expected, Errors.describe(failure));
    }

    @Test
    void whatWasTriedComesFirst(@TempDir Path directory) throws IOException {
        Path missing = directory.resolve("missing");
        Path full = Files.createDirectories(directory.resolve("full/inner")).getParent();

        assertTried("open " + missing + ": no such file or directory", () -> FileChannel.open(missing)
                .close());
        assertTried("open " + full + ": is a directory", () -> new FileInputStream(full.toFile()).close());
        assertTried("open " + full + ": is a directory", () -> FileChannel.open(full, StandardOpenOption.WRITE)
                .close());
        assertTried("open " + missing + ": no such file or directory", () -> Files.delete(missing));
        assertTried("open " + full + ": directory not empty", () -> Files.delete(full));
    }

    private static void assertTried(String expected, Executable what) {
        assertEquals(expected, Errors.describe("open", "something", assertThrows(IOException.class, what)));
    }

    @Test
    void aFailureThatNamesNoFileGetsTheOneThatIsKnown() {
        IOException failure = Errors.failed("write", Path.of("/x"), new IOException("No space left on device"));

        assertEquals("write /x: no space left on device", failure.getMessage());
        assertEquals("write /x: no space left on device", Errors.describe(failure));
        assertEquals("No space left on device", failure.getCause().getMessage());
    }
}
