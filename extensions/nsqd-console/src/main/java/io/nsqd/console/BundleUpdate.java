package io.nsqd.console;

import io.nsqd.api.Errors;
import io.nsqd.stats.PluginStats;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;

/**
 * One bundle's replacement. Where the bundle was made of a file that can be written the file is replaced, so that the next start has the
 * new one, too: in a folder that the launcher watches that is all, as the launcher does the rest; elsewhere the framework is told. What does not
 * run within some seconds is replaced by what was there before.
 */
final class BundleUpdate {
    private static final String MANIFEST = "META-INF/MANIFEST.MF";

    private static final long PATIENCE_MILLIS = 20_000;
    private static final long LOOK_MILLIS = 100;

    private final Bundle bundle;
    private final byte[] fresh;
    private final Supplier<List<PluginStats>> plugins;

    /**
     * An update that has not begun.
     *
     * @param fresh the jar of the new version
     * @param plugins how the bundles are
     */
    BundleUpdate(Bundle bundle, byte[] fresh, Supplier<List<PluginStats>> plugins) {
        this.bundle = bundle;
        this.fresh = fresh;
        this.plugins = plugins;
    }

    /** @throws Refusal when the new version could not take the old one's place, which runs again then */
    void run() throws Refusal {
        boolean ran = bundle.getState() == Bundle.ACTIVE;
        boolean wasWell = isWell(now());
        Optional<Path> file = file();
        byte[] old;
        try {
            old = file.isPresent() ? Files.readAllBytes(file.get()) : content();
        } catch (IOException e) {
            throw new Refusal(503, "NOT_UPDATED", "nothing was changed: " + Errors.describe(e));
        }
        boolean watched = file.isPresent() && isWatched();
        String failure = replace(fresh, file, watched, ran, wasWell);
        if (!failure.isEmpty()) {
            String worse = replace(old, file, watched, ran, false);
            throw new Refusal(
                    409,
                    "NOT_UPDATED",
                    "the new version was not taken - " + failure
                            + (worse.isEmpty()
                                    ? "; the old one is there again"
                                    : "; and the old one is not there again - " + worse));
        }
    }

    // ---- how it is

    /** As the daemon says that it is; {@code null} where it does not say. */
    private PluginStats now() {
        return plugins.get().stream()
                .filter(plugin -> plugin.name().equals(bundle.getSymbolicName()))
                .filter(plugin -> plugin.version().equals(bundle.getVersion().toString()))
                .findFirst()
                .orElse(null);
    }

    private static boolean isWell(PluginStats plugin) {
        return plugin == null || plugin.state().equals(PluginStats.ACTIVE);
    }

    /** Whether the launcher minds the file. It calls such files by their folder. */
    private boolean isWatched() {
        PluginStats plugin = now();
        return plugin != null && !plugin.file().equals(bundle.getLocation());
    }

    /** The file that it was made of, if that can be replaced. */
    private Optional<Path> file() {
        String location = bundle.getLocation();
        if (!location.startsWith("file:")) {
            return Optional.empty();
        }
        try {
            Path path = Path.of(URI.create(location));
            boolean replaceable = Files.isRegularFile(path) && Files.isWritable(path.getParent());
            return replaceable ? Optional.of(path) : Optional.empty();
        } catch (IllegalArgumentException | FileSystemNotFoundException e) {
            return Optional.empty();
        }
    }

    // ---- changes

    /** Says what is wrong; empty where all is well. */
    private String replace(byte[] content, Optional<Path> file, boolean watched, boolean ran, boolean wasWell) {
        long before = bundle.getLastModified();
        try {
            if (file.isPresent()) {
                write(content, file.get());
            }
            if (!watched) {
                bundle.update(new ByteArrayInputStream(content));
            }
            return await(before, watched, ran, wasWell);
        } catch (IOException | BundleException | IllegalStateException e) {
            return Errors.describe(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }

    private static void write(byte[] content, Path file) throws IOException {
        // Its name does not end as those of jars do, so that nobody takes it for one.
        Path whole = Files.createTempFile(file.getParent(), ".update", ".tmp");
        try {
            Files.write(whole, content);
            Files.move(whole, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(whole);
        }
    }

    private String await(long before, boolean watched, boolean ran, boolean wasWell) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000;
        String how = "";
        do {
            boolean taken = !watched || bundle.getLastModified() != before;
            boolean runs = !ran || bundle.getState() == Bundle.ACTIVE;
            PluginStats plugin = now();
            if (taken && runs && (!wasWell || isWell(plugin))) {
                return "";
            }
            how = plugin == null || plugin.reason().isEmpty() ? "it does not run" : plugin.reason();
            if (taken && plugin != null && plugin.state().equals("failed")) {
                return how;
            }
            Thread.sleep(LOOK_MILLIS);
        } while (System.nanoTime() < end);
        return how;
    }

    /** What the framework has of it, as a jar: not all were made of a file that can still be read. */
    private byte[] content() throws IOException {
        Map<String, URL> entries = new LinkedHashMap<>();
        URL manifest = bundle.getEntry(MANIFEST);
        if (manifest != null) {
            // First, as some expect it there.
            entries.put(MANIFEST, manifest);
        }
        Enumeration<URL> found = bundle.findEntries("/", "*", true);
        while (found != null && found.hasMoreElements()) {
            URL entry = found.nextElement();
            String name = entry.getPath().replaceFirst("^/+", "");
            if (!name.endsWith("/")) {
                entries.putIfAbsent(name, entry);
            }
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, URL> entry : entries.entrySet()) {
                zip.putNextEntry(new ZipEntry(entry.getKey()));
                try (InputStream in = entry.getValue().openStream()) {
                    in.transferTo(zip);
                }
                zip.closeEntry();
            }
        }
        return bytes.toByteArray();
    }
}
