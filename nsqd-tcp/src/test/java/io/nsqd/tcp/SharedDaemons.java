package io.nsqd.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.TestInstancePostProcessor;

/**
 * Gives each test that asks for one a running daemon; classes with the same flags share one until all tests are over. In the end it is seen
 * that no buffer was lost, as Netty watches each of them.
 */
final class SharedDaemons implements TestInstancePostProcessor {
    private static final DaemonStarter STARTER =
            ServiceLoader.load(DaemonStarter.class).findFirst().orElseThrow();

    /** Connections on as many as there are event loops, and more. */
    private static final int CONNECTIONS = 16;

    /** What a daemon is started with. */
    private record Setting(List<String> flags, String java) {
        static Setting of(DaemonFlags asked) {
            return asked == null ? new Setting(List.of(), "") : new Setting(List.of(asked.value()), asked.java());
        }
    }

    /** Starts a daemon that is not shared. */
    static TestedDaemon start(Path data, List<String> flags, String java) throws IOException {
        return STARTER.start(data, flags.stream().map(SharedDaemons::named).toList(), java);
    }

    /** Makes certificates only where they are asked for, as that takes a while. */
    private static String named(String flag) {
        return flag.contains(DaemonFlags.CERTIFICATES)
                ? flag.replace(DaemonFlags.CERTIFICATES, Certificates.folder().toString())
                : flag;
    }

    private record Running(TestedDaemon daemon, Path data) implements AutoCloseable {
        static Running start(Setting setting) {
            try {
                Path data = Files.createTempDirectory("nsqd-data-");
                return new Running(SharedDaemons.start(data, setting.flags(), setting.java()), data);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() throws IOException {
            try {
                assertNothingLeaked();
                assertEquals(0, daemon.stop());
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            try (Stream<Path> left = Files.walk(data)) {
                left.sorted(Comparator.reverseOrder())
                        .forEach(path -> path.toFile().delete());
            }
        }

        /** A buffer that was lost is told of after it was collected, when the next ones are taken. */
        private void assertNothingLeaked() throws IOException, InterruptedException {
            daemon.collectGarbage();
            for (int i = 0; i < CONNECTIONS; i++) {
                try (V2Client client = V2Client.connect(daemon.tcpPort())) {
                    // With an answer, else nothing may have been taken yet.
                    client.send("none").refuses("E_BAD_PROTOCOL");
                }
            }
            assertTrue(
                    daemon.log().stream().noneMatch(line -> line.contains("LEAK")),
                    () -> String.join("\n", daemon.log()));
        }
    }

    @Override
    public void postProcessTestInstance(Object test, ExtensionContext context) {
        Setting setting = Setting.of(test.getClass().getAnnotation(DaemonFlags.class));
        ExtensionContext.Store store = context.getRoot().getStore(Namespace.create(SharedDaemons.class));
        ((DaemonCase) test).use(() -> store.getOrComputeIfAbsent(setting, Running::start, Running.class)
                .daemon());
    }
}
