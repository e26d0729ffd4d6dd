package io.nsqd.launcher;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;

/** A distribution that a test may change. */
public final class DistributionCopy {
    private final Path home;

    /** How often a file was replaced: each is to look newer than the one before. */
    private int replaced;

    /** Makes one. */
    public DistributionCopy(Path home) throws IOException {
        this.home = home;
        Files.createDirectories(home.resolve("plugins"));
        Path bin = Files.createDirectories(home.resolve("bin"));
        Files.copy(Daemon.home().resolve("bin/nsqd"), bin.resolve("nsqd"), StandardCopyOption.COPY_ATTRIBUTES);
        for (String name : List.of("lib", "bundles")) {
            Path directory = Files.createDirectories(home.resolve(name));
            for (Path jar : list(Daemon.home().resolve(name))) {
                linkOrCopy(jar, directory.resolve(jar.getFileName()));
            }
        }
    }

    /** Adds a bundle that is started where an option asks for it, such as {@code nsqd-console}; returns its file. */
    public Path addOptional(String name) throws IOException {
        Path jar = Files.createDirectories(home.resolve("optional")).resolve(name + ".jar");
        linkOrCopy(Daemon.home().resolve("optional").resolve(jar.getFileName()), jar);
        return jar;
    }

    /** Adds what {@code --shell} needs. */
    void addShell() throws IOException {
        Path etc = Files.createDirectories(home.resolve("shell/etc"));
        Path shell = Daemon.home().resolve("shell");
        Files.copy(shell.resolve("etc/gosh_profile"), etc.resolve("gosh_profile"));
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(shell, "*.jar")) {
            for (Path jar : jars) {
                linkOrCopy(jar, home.resolve("shell").resolve(jar.getFileName()));
            }
        }
    }

    /** Adds what plug-ins may ask for. */
    void addServices() throws IOException {
        Path services = Files.createDirectories(home.resolve("lib/services"));
        for (Path jar : list(Daemon.home().resolve("lib/services"))) {
            linkOrCopy(jar, services.resolve(jar.getFileName()));
        }
    }

    private static void linkOrCopy(Path jar, Path target) throws IOException {
        try {
            Files.createLink(target, jar);
        } catch (IOException | UnsupportedOperationException e) {
            // Another file system.
            Files.copy(jar, target);
        }
    }

    private static List<Path> list(Path directory) throws IOException {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            stream.forEach(entries::add);
        }
        return entries;
    }

    /** Where it is. */
    public Path home() {
        return home;
    }

    Path bundle(String name) {
        return home.resolve("bundles").resolve(name);
    }

    /** Takes a bundle of ours away, such as {@code nsqd-tcp}. */
    public void take(String name) throws IOException {
        Files.move(bundle(name + ".jar"), taken(name));
    }

    /** Brings back what was {@linkplain #take taken}. */
    public void bringBack(String name) throws IOException {
        Files.move(taken(name), bundle(name + ".jar"));
    }

    private Path taken(String name) {
        return home.resolve(name + ".taken");
    }

    /** Makes the file of a bundle of ours look new, as a copy of another build would. */
    public void replace(String name) throws IOException {
        replace(name, jar -> jar);
    }

    /** Replaces the file of a bundle of ours with what is made of the one that was built. */
    void replace(String name, UnaryOperator<ChangedJar> change) throws IOException {
        Path built = Daemon.home().resolve("bundles").resolve(name + ".jar");
        ChangedJar changed = change.apply(new ChangedJar(Files.readAllBytes(built)));
        Path copy = Files.write(home.resolve(name + ".new"), changed.bytes());
        replaced++;
        Files.setLastModifiedTime(copy, FileTime.from(Instant.now().plusSeconds(5 + replaced)));
        Files.move(copy, bundle(name + ".jar"), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    Path plugin(String name) {
        return home.resolve("plugins").resolve(name);
    }

    /** Moves a bundle of one class into the plug-in directory under the given name, replacing what is there. */
    void drop(String name, String version, Class<?> activator, String... moreHeaders) throws IOException {
        write(name, version, activator, activator == null ? "" : activator.getName(), Map.of(), moreHeaders);
    }

    /** Moves a bundle of one class, which is no activator, and some text files into the plug-in directory. */
    void drop(String name, String version, Class<?> type, Map<String, String> files, String... moreHeaders)
            throws IOException {
        write(name, version, type, "", files, moreHeaders);
    }

    private void write(
            String name,
            String version,
            Class<?> type,
            String activator,
            Map<String, String> files,
            String... moreHeaders)
            throws IOException {
        Path unfinished = home.resolve(name + ".new");
        Manifest manifest = new Manifest();
        Attributes headers = manifest.getMainAttributes();
        headers.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        headers.putValue("Bundle-ManifestVersion", "2");
        headers.putValue("Bundle-SymbolicName", "test." + name.replace(".jar", ""));
        headers.putValue("Bundle-Version", version);
        if (!activator.isEmpty()) {
            headers.putValue("Bundle-Activator", activator);
        }
        headers.putValue("Import-Package", "org.osgi.framework,org.slf4j");
        for (String header : moreHeaders) {
            int colon = header.indexOf(": ");
            headers.putValue(header.substring(0, colon), header.substring(colon + 2));
        }
        try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(unfinished), manifest)) {
            if (type != null) {
                String path = type.getName().replace('.', '/') + ".class";
                jar.putNextEntry(new ZipEntry(path));
                jar.write(type.getResourceAsStream("/" + path).readAllBytes());
            }
            for (Map.Entry<String, String> file : files.entrySet()) {
                jar.putNextEntry(new ZipEntry(file.getKey()));
                jar.write(file.getValue().getBytes(StandardCharsets.UTF_8));
            }
        }
        Files.move(unfinished, plugin(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
