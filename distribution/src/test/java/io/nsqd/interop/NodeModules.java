package io.nsqd.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nsqd.launcher.Daemon;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/** Packages of npm that a {@code package.json} of ours names, in {@code target/interop}. */
public final class NodeModules {
    private NodeModules() {}

    /**
     * Installs what {@code src/test/interop/<name>/package.json} names; returns the directory {@code node_modules}.
     *
     * @param options further options of {@code npm install}
     */
    public static Path install(String name, String... options) throws IOException, InterruptedException {
        Path directory =
                Files.createDirectories(Daemon.home().resolveSibling("interop").resolve(name));
        Files.copy(
                Path.of("src/test/interop", name, "package.json"),
                directory.resolve("package.json"),
                StandardCopyOption.REPLACE_EXISTING);
        List<String> command =
                new ArrayList<>(List.of("npm", "install", "--no-audit", "--no-fund", "--loglevel=error"));
        command.addAll(List.of(options));
        Process npm = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(npm.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, npm.waitFor(), output);
        return directory.resolve("node_modules");
    }
}
