package io.nsqd.embedding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.container.MessageKit;
import io.nsqd.launcher.Daemon;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The jars of the distribution as named modules, without OSGi: a program of somebody's, as docs/EMBEDDING.md has it. */
class ModulePathIT {
    private static final String MODULE = "com.example.embedding";

    /** What the module path is made of: see docs/EMBEDDING.md. */
    private static final String LIBRARIES = "{jackson-annotations,jackson-core,jackson-databind,jna-jpms,netty-*}.jar";

    private static final List<String> LEFT_OUT = List.of("tcnative", "native-io_uring", "native-epoll-linux-aarch_64");

    private static final Path JDK = Path.of(System.getProperty("java.home"));

    @TempDir
    Path directory;

    private String modulePath;

    @BeforeEach
    void compile() throws Exception {
        Path modules = Files.createDirectory(directory.resolve("mods"));
        copy(Daemon.home().resolve("bundles"), "*.jar", modules);
        copy(Daemon.home().resolve("lib"), LIBRARIES, modules);
        Path source = Files.createDirectories(directory.resolve("src"));
        Files.writeString(source.resolve("module-info.java"), "module " + MODULE + " { requires io.nsqd.api; }");
        Files.writeString(
                Files.createDirectories(source.resolve("com/example/embedding")).resolve("Main.java"), """
                package com.example.embedding;

                import io.nsqd.api.EmbeddedNsqd;
                import io.nsqd.api.Option;
                import io.nsqd.api.Options;
                import java.util.Map;

                public final class Main {
                    public static void main(String[] args) throws Exception {
                        Options options = Options.defaults().with(Map.of(
                                Option.TCP_ADDRESS, "127.0.0.1:0",
                                Option.HTTP_ADDRESS, "127.0.0.1:0",
                                Option.DATA_PATH, args[0]));
                        try (EmbeddedNsqd daemon = EmbeddedNsqd.start(options)) {
                            System.out.println(daemon.nsqd().port("tcp") + " " + daemon.nsqd().port("http"));
                            while (System.in.read() >= 0) {}
                        }
                    }
                }
                """);
        Path out = directory.resolve("out");
        run(
                "javac",
                "-d",
                out.toString(),
                "-p",
                modules.toString(),
                source.resolve("module-info.java").toString(),
                source.resolve("com/example/embedding/Main.java").toString());
        modulePath = modules + File.pathSeparator + out;
    }

    private static void copy(Path from, String glob, Path to) throws IOException {
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(from, glob)) {
            for (Path jar : jars) {
                String name = jar.getFileName().toString();
                if (LEFT_OUT.stream().noneMatch(name::contains)) {
                    Files.copy(jar, to.resolve(name));
                }
            }
        }
    }

    private static void run(String tool, String... arguments) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of(JDK.resolve("bin").resolve(tool).toString()));
        command.addAll(Arrays.asList(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
    }

    /** Starts a daemon, has it do its work, and lets it end. */
    private void assertServes(Path java, String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of(java.toString()));
        command.addAll(Arrays.asList(options));
        command.addAll(List.of(
                "-m",
                MODULE + "/com.example.embedding.Main",
                Files.createTempDirectory(directory, "data").toString()));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String line = output.readLine();
            assertTrue(line != null && line.matches("\\d+ \\d+"), line);
            String[] ports = line.split(" ", -1);
            MessageKit kit = new MessageKit(Integer.parseInt(ports[0]), Integer.parseInt(ports[1]));
            kit.run("t");
            assertTrue(kit.http("GET", "/metrics", "").contains("nsqd_info"));
            process.getOutputStream().close();
            assertEquals(0, process.waitFor());
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void aProgramOnTheModulePathHasADaemonInIt() throws Exception {
        assertServes(JDK.resolve("bin/java"), "-p", modulePath);
    }

    @Test
    void soDoesAnImage() throws Exception {
        Path image = directory.resolve("image");
        run(
                "jlink",
                "--module-path",
                modulePath,
                "--output",
                image.toString(),
                "--strip-debug",
                "--no-header-files",
                "--no-man-pages",
                "--add-modules",
                MODULE + ",io.nsqd.core,io.nsqd.net,io.nsqd.tcp,io.nsqd.http,io.nsqd.metrics");
        assertServes(image.resolve("bin/java"));
        try (Stream<Path> files = Files.walk(image)) {
            long bytes = files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
            System.out.println("image with the daemon in it: " + bytes / 1_000_000 + " MB");
        }
    }
}
