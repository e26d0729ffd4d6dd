package io.nsqd.launcher;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The jars that make up the daemon, in the order of their installation. The framework stops bundles in the opposite
 * order: transports before the core, the core before what it stands on. A jar that is missing is not missed.
 */
final class BundleDirectory {
    /** The beginnings of file names in the order of installation; what is not named here comes last. */
    private static final List<String> ORDER = List.of(
            "jackson-",
            "jna",
            "netty-",
            "nsqd-api",
            "nsqd-net",
            "nsqd-core",
            "nsqd-lookup",
            "nsqd-statsd",
            "nsqd-http",
            "nsqd-tcp");

    private BundleDirectory() {}

    /** The jars of a directory, in order. */
    static List<Path> list(Path directory) throws IOException {
        List<Path> jars = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, "*.jar")) {
            entries.forEach(jars::add);
        }
        jars.sort(Comparator.comparingInt(BundleDirectory::rank).thenComparing(Path::getFileName));
        return jars;
    }

    /** A jar's place in the order. */
    static int rank(Path jar) {
        String name = jar.getFileName().toString();
        for (int rank = 0; rank < ORDER.size(); rank++) {
            if (name.startsWith(ORDER.get(rank))) {
                return rank;
            }
        }
        return ORDER.size();
    }
}
