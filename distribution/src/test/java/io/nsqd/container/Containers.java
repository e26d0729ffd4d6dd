package io.nsqd.container;

import static org.ops4j.pax.exam.CoreOptions.bundle;
import static org.ops4j.pax.exam.CoreOptions.cleanCaches;
import static org.ops4j.pax.exam.CoreOptions.composite;
import static org.ops4j.pax.exam.CoreOptions.frameworkProperty;
import static org.ops4j.pax.exam.CoreOptions.junitBundles;
import static org.ops4j.pax.exam.CoreOptions.systemPackages;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.ops4j.pax.exam.Option;

/** What the containers of the tests are made of. */
final class Containers {
    /** The libraries in {@code lib/} that the README has installed beside our bundles. */
    static final String LIBRARIES = "{jackson-annotations,jackson-core,jackson-databind,netty-*}.jar";

    private Containers() {}

    /** A Felix with what the tests themselves need. */
    static Option plain() {
        return composite(
                cleanCaches(true),
                junitBundles(),
                systemPackages("org.awaitility;version=4.3.0", "org.awaitility.core;version=4.3.0"));
    }

    /** The distribution's bundles, and the libraries, which the launcher has on its class path. */
    static Option nsqd() {
        Path home = Path.of(System.getProperty("nsqd.home"));
        return composite(bundles(home.resolve("lib"), LIBRARIES), bundles(home.resolve("bundles"), "*.jar"));
    }

    /** Configuration Admin, File Install, Metatype, and what that needs. */
    static Option compendium() {
        return bundles(Path.of(System.getProperty("nsqd.home")).resolveSibling("container"), "*.jar");
    }

    /** Gogo, which reads no input, and the health checks' API, which gets the SLF4J that it wants from what Pax Exam has installed. */
    static Option consoles() {
        Path home = Path.of(System.getProperty("nsqd.home"));
        return composite(
                frameworkProperty("gosh.args").value("--nointeractive --noshutdown"),
                bundles(home.resolve("shell"), "*.jar"),
                bundles(home.resolveSibling("container").resolve("health"), "*.jar"));
    }

    private static Option bundles(Path directory, String glob) {
        List<Option> bundles = new ArrayList<>();
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(directory, glob)) {
            for (Path jar : jars) {
                // The native parts are fragments, which cannot be started.
                boolean fragment = jar.getFileName().toString().contains("-linux-");
                bundles.add(
                        fragment
                                ? bundle(jar.toUri().toString()).noStart()
                                : bundle(jar.toUri().toString()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return composite(bundles.toArray(new Option[0]));
    }
}
