package io.nsqd.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.osgi.framework.Constants;

/**
 * The packages that bundles get from the launcher's class path, {@code lib/}: those that the third-party libraries there
 * export. The build writes them to a file, since to read all manifests would take a fair part of a start.
 *
 * <p>Libraries are never swapped; on the class path their classes are in the archive that makes the start short, and no
 * framework has to install and resolve them. See docs/decisions/libraries-on-the-class-path.md.
 */
final class LibraryPackages {
    private static final String FILE = "packages";

    /** By which nsqd-core tells the launcher's JNA from anybody else's, which it does not use. */
    private static final String PROVIDER = ";provider=nsqd-launcher";

    /** A clause of a header, and a path, attribute or directive of a clause: separators in quotes do not count. */
    private static final Pattern CLAUSE = Pattern.compile("(?:[^,\"]|\"[^\"]*\")+");

    private static final Pattern PART = Pattern.compile("(?:[^;\"]|\"[^\"]*\")+");

    private LibraryPackages() {}

    /** Writes the file. The one argument is the directory of the libraries. */
    public static void main(String[] arguments) throws IOException {
        Path lib = Path.of(arguments[0]);
        List<String> packages = new ArrayList<>();
        for (Path jar : BundleDirectory.list(lib)) {
            // Ours are bundles or the launcher itself; the framework exports its own packages.
            String name = jar.getFileName().toString();
            if (!name.startsWith("nsqd-") && !name.startsWith("org.apache.felix.framework")) {
                packages.addAll(exported(jar));
            }
        }
        Files.writeString(lib.resolve(FILE), String.join(",\n", packages) + "\n");
    }

    private static List<String> exported(Path jar) throws IOException {
        List<String> packages = new ArrayList<>();
        try (JarFile file = new JarFile(jar.toFile())) {
            String header = file.getManifest().getMainAttributes().getValue(Constants.EXPORT_PACKAGE);
            Matcher clause = CLAUSE.matcher(header == null ? "" : header);
            while (clause.find()) {
                packages.addAll(packages(clause.group()));
            }
        }
        return packages;
    }

    /** Each package of a clause with its version and who provides it, and nothing else. */
    private static List<String> packages(String clause) {
        List<String> names = new ArrayList<>();
        String version = "";
        Matcher part = PART.matcher(clause);
        while (part.find()) {
            String text = part.group().strip();
            if (text.startsWith(Constants.VERSION_ATTRIBUTE + "=")) {
                version = ";" + text;
            } else if (!text.contains("=")) {
                names.add(text);
            }
        }
        String attribute = version;
        return names.stream().map(name -> name + attribute + PROVIDER).toList();
    }

    /** What the build has written, as the framework takes it. */
    static String read(Path lib) throws IOException {
        return Files.readString(lib.resolve(FILE)).replace("\n", "");
    }
}
