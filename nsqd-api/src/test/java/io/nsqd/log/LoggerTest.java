package io.nsqd.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where lines go, and what they look like there: in worlds with and without SLF4J, each with classes of its own. */
final class LoggerTest {
    private static final List<String> PLATFORM = List.of(
            "INFO text null",
            "INFO 1 of 2 null",
            "WARNING a b c d java.lang.IllegalStateException: with a trace",
            "SEVERE braces {} in 0 null",
            "SEVERE too few x {} null",
            "SEVERE too many x null",
            "SEVERE fails [io.nsqd.log.Speaker$1: java.lang.UnsupportedOperationException] null",
            "SEVERE the end: out of memory null",
            "INFO message format null");

    @TempDir
    Path directory;

    private final java.util.logging.Logger root = java.util.logging.Logger.getLogger("");
    private final List<LogRecord> records = new CopyOnWriteArrayList<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord logged) {
            logged.getSourceClassName(); // looked up while the caller is still there
            records.add(logged);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    private final List<Handler> others = List.of(root.getHandlers());

    @BeforeEach
    void listen() {
        others.forEach(root::removeHandler);
        root.addHandler(handler);
    }

    @AfterEach
    void listenNoMore() {
        root.removeHandler(handler);
        others.forEach(root::addHandler);
    }

    /** Classes that see the API, these tests, and what else is named. */
    private static URLClassLoader world(Class<?>... libraries) throws IOException {
        List<URL> places = new ArrayList<>();
        places.add(place(Logger.class));
        places.add(place(Speaker.class));
        for (Class<?> library : libraries) {
            places.add(place(library));
        }
        return new URLClassLoader(places.toArray(new URL[0]), ClassLoader.getPlatformClassLoader());
    }

    private static URL place(Class<?> member) {
        return member.getProtectionDomain().getCodeSource().getLocation();
    }

    private static void speak(ClassLoader world, String name) throws ReflectiveOperationException {
        PrintStream standardError = System.err;
        System.setErr(new PrintStream(PrintStream.nullOutputStream())); // SLF4J tells there what it has not found
        try {
            @SuppressWarnings("unchecked")
            Consumer<String> speaker = (Consumer<String>)
                    world.loadClass(Speaker.class.getName()).getConstructor().newInstance();
            speaker.accept(name);
        } finally {
            System.setErr(standardError);
        }
    }

    private List<String> platformLines(String name) {
        return records.stream()
                .filter(logged -> Objects.equals(logged.getLoggerName(), name))
                .map(logged -> logged.getLevel() + " " + logged.getMessage() + " " + logged.getThrown())
                .toList();
    }

    @Test
    void withoutSlf4jLinesGoToThePlatform() throws Exception {
        try (URLClassLoader world = world()) {
            speak(world, "without.slf4j");
        }
        assertEquals(PLATFORM, platformLines("without.slf4j"));
    }

    @Test
    void thePlatformSeesWhoHasWrittenALine() throws Exception {
        try (URLClassLoader world = world()) {
            speak(world, "who");
        }
        for (LogRecord logged : records) {
            if ("who".equals(logged.getLoggerName())) {
                assertEquals(
                        Speaker.class.getName() + " accept",
                        logged.getSourceClassName() + " " + logged.getSourceMethodName());
            }
        }
    }

    @Test
    void slf4jWithoutAProviderIsNotTheEndOfLines() throws Exception {
        try (URLClassLoader world = world(org.slf4j.Logger.class)) {
            speak(world, "without.provider");
        }
        assertEquals(PLATFORM, platformLines("without.provider"));
    }

    @Test
    void whoPutsTheSilentProviderThereWantsSilence() throws Exception {
        try (URLClassLoader world = world(org.slf4j.Logger.class, Class.forName("org.slf4j.nop.NOPServiceProvider"))) {
            speak(world, "silence");
        }
        assertEquals(List.of(), platformLines("silence"));
    }

    private List<String> provided(String name) throws Exception {
        Path services = Files.createDirectories(directory.resolve("META-INF/services"));
        Files.writeString(
                services.resolve("org.slf4j.spi.SLF4JServiceProvider"), RecordingProvider.class.getName() + "\n");
        try (URLClassLoader library = world(org.slf4j.Logger.class)) {
            List<URL> places = new ArrayList<>(List.of(library.getURLs()));
            places.add(directory.toUri().toURL());
            try (URLClassLoader world =
                    new URLClassLoader(places.toArray(new URL[0]), ClassLoader.getPlatformClassLoader())) {
                speak(world, name);
                assertEquals(List.of(), platformLines(name));
                @SuppressWarnings("unchecked")
                Supplier<List<String>> provider =
                        (Supplier<List<String>>) world.loadClass(RecordingProvider.class.getName())
                                .getConstructor()
                                .newInstance();
                return provider.get();
            }
        }
    }

    private static List<String> expected(String how) {
        return List.of(
                how + " INFO null text [] null",
                how + " INFO null {} of {} [1, 2] null",
                how + " WARN null {} {} {} {} [a, b, c, d] java.lang.IllegalStateException: with a trace",
                how + " ERROR null braces {} in {} [{}, 0] null",
                how + " ERROR null too few {} {} [x] null",
                how + " ERROR null too many {} [x, y] null",
                how + " ERROR null fails {} [anonymous] null",
                how + " ERROR FATAL the end: {} [out of memory] null",
                how + " INFO null {} [message format] null");
    }

    @Test
    void slf4jGetsPatternsAndArguments() throws Exception {
        assertEquals(expected("plain"), provided("plain"));
    }

    @Test
    void slf4jIsToldBehindWhomToLookForTheCaller() throws Exception {
        assertEquals(expected("behind io.nsqd.log.Logger"), provided("aware"));
    }
}
