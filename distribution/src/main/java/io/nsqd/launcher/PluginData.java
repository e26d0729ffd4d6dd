package io.nsqd.launcher;

import io.nsqd.api.Errors;
import io.nsqd.api.LogLevel;
import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.osgi.framework.Bundle;

/**
 * The data areas of plug-ins, which outlive the daemon: what a bundle gets from {@code BundleContext.getDataFile} lies in
 * {@code plugins/<symbolic name>} in the data path, whatever becomes of the bundle cache, of the bundle's number and of its jar.
 *
 * <p>The framework has the area in its cache; there it becomes a symbolic link. Uninstalling a bundle deletes its area, and Felix
 * would follow the link: so the link goes first.
 */
final class PluginData {
    /** What a symbolic name may be made of, so that it is the name of a directory and of no other. */
    private static final String NAME = "[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*";

    private final Path directory;
    private final LogOutput log;

    PluginData(Path dataPath, LogOutput log) {
        directory = dataPath.resolve("plugins");
        this.log = log;
    }

    /** Has a bundle that was just installed find what it has left earlier. */
    void keep(Bundle bundle) {
        String name = String.valueOf(bundle.getSymbolicName());
        File area = bundle.getDataFile("");
        if (!name.matches(NAME) || area == null) {
            return;
        }
        Path kept = directory.resolve(name).toAbsolutePath();
        Path link = area.toPath();
        try {
            Files.createDirectories(kept);
            if (!Files.isSymbolicLink(link)) {
                Files.delete(link);
                Files.createSymbolicLink(link, kept);
            }
        } catch (IOException | UnsupportedOperationException e) {
            log.write(
                    LogLevel.WARN,
                    "PLUGINS: what " + name + " stores will not outlive the daemon - "
                            + Errors.describe("link", kept, e),
                    null);
        }
    }

    /** Keeps what a bundle has stored from being deleted with it. To be called before it is uninstalled. */
    void release(Bundle bundle) throws IOException {
        File area = bundle.getDataFile("");
        if (area != null && Files.isSymbolicLink(area.toPath())) {
            Files.delete(area.toPath());
        }
    }

    /** Removes the directories in which nothing was stored. */
    void tidy() {
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (DirectoryStream<Path> areas = Files.newDirectoryStream(directory)) {
            for (Path area : areas) {
                deleteIfEmpty(area);
            }
        } catch (IOException e) {
            // Empty directories are in nobody's way.
            return;
        }
        deleteIfEmpty(directory);
    }

    private static void deleteIfEmpty(Path area) {
        if (Files.isDirectory(area, LinkOption.NOFOLLOW_LINKS)) {
            try {
                Files.delete(area);
            } catch (IOException e) {
                // It has something in it.
                return;
            }
        }
    }
}
