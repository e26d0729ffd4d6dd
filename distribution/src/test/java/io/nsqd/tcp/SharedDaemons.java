package io.nsqd.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nsqd.launcher.Daemon;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.TestInstancePostProcessor;

/** Gives each test a running daemon; classes with the same flags share one until all tests are over. */
final class SharedDaemons implements TestInstancePostProcessor {
    private record Running(Daemon daemon, Path data) implements AutoCloseable {
        static Running start(List<String> flags) {
            try {
                Path data = Files.createTempDirectory("nsqd-data-");
                return new Running(
                        Daemon.of(data)
                                .flags(flags.stream()
                                        .map(flag -> flag.replace(
                                                DaemonFlags.CERTIFICATES,
                                                Certificates.folder().toString()))
                                        .toArray(String[]::new))
                                .environment("NSQD_JAVA_OPTS", "-ea")
                                .start(),
                        data);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() throws IOException {
            try {
                assertEquals(0, daemon.stop());
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            try (Stream<Path> left = Files.walk(data)) {
                left.sorted(Comparator.reverseOrder())
                        .forEach(path -> path.toFile().delete());
            }
        }
    }

    @Override
    public void postProcessTestInstance(Object test, ExtensionContext context) {
        DaemonFlags asked = test.getClass().getAnnotation(DaemonFlags.class);
        List<String> flags = asked == null ? List.of() : List.of(asked.value());
        Running running = context.getRoot()
                .getStore(Namespace.create(SharedDaemons.class))
                .getOrComputeIfAbsent(flags, Running::start, Running.class);
        ((DaemonCase) test).use(running.daemon());
    }
}
