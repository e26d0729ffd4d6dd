package io.nsqd.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nsqd.launcher.Daemon;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Packages of pip that a file of ours names, in environments of their own in {@code target/interop}. */
final class PythonPackages {
    private PythonPackages() {}

    /**
     * Installs what {@code src/test/interop/<wanted>} names, unless that has been done; returns the Python that has them.
     *
     * @param environment the name of the environment
     */
    static Path install(String environment, String wanted) throws IOException, InterruptedException {
        Path target = Files.createDirectories(Daemon.home().resolveSibling("interop"));
        Path home = target.resolve(environment);
        Path python = home.resolve("bin/python");
        Path packages = Path.of("src/test/interop", wanted).toAbsolutePath();
        Path installed = home.resolve("installed.txt");
        if (!Files.exists(installed) || Files.mismatch(packages, installed) >= 0) {
            succeed("python3", "-m", "venv", home.toString());
            succeed(python.toString(), "-m", "pip", "install", "-q", "-r", packages.toString());
            Files.writeString(installed, Files.readString(packages));
        }
        return python;
    }

    private static void succeed(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), () -> String.join(" ", command) + ": " + output);
    }
}
