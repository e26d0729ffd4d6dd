package io.nsqd.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Signals that mean a stop, at whatever moment, and all the others; the one with the real nsqd beside it is in the interop tests. */
@EnabledOnOs(OS.LINUX)
class SignalsIT {
    private static final int SIGHUP_BIT = 1;
    private static final int SIGTERM_BIT = 1 << 14;

    @TempDir
    private static Path shared;

    /** One for all signals that do nothing; anew after one that did something. */
    private static Daemon survivor;

    @TempDir
    private Path directory;

    @BeforeEach
    void start() throws IOException {
        if (survivor == null || !survivor.isAlive()) {
            survivor = Daemon.of(shared).start();
        }
    }

    @AfterAll
    static void stop() throws InterruptedException {
        assertEquals(0, survivor.stop());
    }

    static Stream<String> signalsThatMeanNothing() {
        return Stream.concat(
                Stream.of(
                        "PIPE",
                        "ALRM",
                        "USR1",
                        "USR2",
                        "CHLD",
                        "CONT",
                        "URG",
                        "XCPU",
                        "XFSZ",
                        "VTALRM",
                        "PROF",
                        "WINCH",
                        // IO and PWR, which have other names as well, and the real-time signals.
                        "29",
                        "30"),
                IntStream.rangeClosed(34, 64).mapToObj(Integer::toString));
    }

    @ParameterizedTest
    @MethodSource("signalsThatMeanNothing")
    @Tag("O-61")
    void aStraySignalDoesNothing(String signal) throws Exception {
        survivor.signal(signal);
        // One that kills does so before the answer: twice, as the first time might be the last.
        for (int i = 0; i < 2; i++) {
            assertEquals("200 OK", PluginUser.http(survivor, "/ping", ""), signal);
        }
        assertTrue(survivor.isAlive(), signal);
    }

    /** How far a start has come, as the system shows it. */
    enum Stage {
        SCRIPT_HANDLES_SIGNALS {
            @Override
            boolean isReached(Path process) throws IOException {
                return handles(SIGTERM_BIT, process);
            }
        },
        SCRIPT_HAS_BECOME_THE_JVM {
            @Override
            boolean isReached(Path process) throws IOException {
                return Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1)
                        .split("\0", 2)[0]
                        .endsWith("/java");
            }
        },
        LIBRARY_OF_THE_JVM_IS_LOADED {
            @Override
            boolean isReached(Path process) throws IOException {
                return Files.readString(process.resolve("maps")).contains("/libjvm.so");
            }
        },
        JVM_HANDLES_SIGNALS {
            @Override
            boolean isReached(Path process) throws IOException {
                return SCRIPT_HAS_BECOME_THE_JVM.isReached(process) && handles(SIGHUP_BIT, process);
            }
        },
        LAUNCHER_RUNS {
            @Override
            boolean isReached(Path process) throws IOException {
                return hasThread("nsqd-signals", process);
            }
        },
        FRAMEWORK_RUNS {
            @Override
            boolean isReached(Path process) throws IOException {
                return hasThread("FelixStartLevel", process);
            }
        },
        CORE_RUNS {
            @Override
            boolean isReached(Path process) throws IOException {
                return hasThread("nsqd-core", process);
            }
        },
        HTTP_IS_COMING {
            @Override
            boolean isReached(Path process) throws IOException {
                return hasThread("nsqd-accept-1", process);
            }
        };

        abstract boolean isReached(Path process) throws IOException;
    }

    private static boolean handles(int bit, Path process) throws IOException {
        return Files.readAllLines(process.resolve("status")).stream()
                .filter(line -> line.startsWith("SigCgt:"))
                .anyMatch(line -> (Long.parseUnsignedLong(line.substring(8), 16) & bit) != 0);
    }

    private static boolean hasThread(String name, Path process) throws IOException {
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(process.resolve("task"))) {
            for (Path thread : threads) {
                if (Files.readString(thread.resolve("comm")).strip().equals(name)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Polls without a pause, as a stage is over in no time. */
    private static void await(Stage stage, Daemon daemon) {
        Path process = Path.of("/proc/" + daemon.pid());
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(() -> stage.isReached(process));
    }

    @ParameterizedTest
    @EnumSource(value = Stage.class, names = "SCRIPT_HANDLES_SIGNALS", mode = EnumSource.Mode.EXCLUDE)
    @Tag("O-60")
    void aStopThatIsAskedForDuringTheStartIsAStop(Stage stage) throws Exception {
        assumeTrue(canHoldSignals(), "env cannot hold signals back here");
        try (Daemon daemon = Daemon.of(directory).launch()) {
            await(stage, daemon);
            assertEquals(0, daemon.stop(), daemon.log()::toString);
            assertTrue(daemon.log().stream().noneMatch(line -> line.contains("ERROR")), daemon.log()::toString);
        }
    }

    @Test
    @Tag("O-60")
    void aStopOfTheScriptIsAStop() throws Exception {
        try (Daemon daemon = Daemon.of(directory).launch()) {
            await(Stage.SCRIPT_HANDLES_SIGNALS, daemon);
            assertEquals(0, daemon.stop());
        }
    }

    private static boolean canHoldSignals() throws IOException, InterruptedException {
        return new ProcessBuilder("env", "--block-signal=TERM", "--ignore-signal=TERM", "true")
                        .start()
                        .waitFor()
                == 0;
    }

    /** A shell without job control has what it starts in the background ignore INT. */
    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM"})
    @Tag("O-60")
    void oneThatRunsInTheBackgroundStopsToo(String signal) throws Exception {
        assumeTrue(canHoldSignals(), "env cannot hold signals back here");
        try (Daemon daemon = Daemon.of(directory).after("trap '' INT TERM").start()) {
            daemon.signal(signal);
            assertEquals(0, daemon.awaitExit());
            daemon.awaitLog(" INFO: NSQ: bye$");
        }
    }
}
