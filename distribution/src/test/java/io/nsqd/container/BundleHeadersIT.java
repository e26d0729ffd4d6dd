package io.nsqd.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import aQute.bnd.osgi.Builder;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Version;

/** What our bundles say of themselves. */
class BundleHeadersIT {
    private static final List<String> HEADERS = List.of(
            "Bundle-Name",
            "Bundle-Description",
            "Bundle-Vendor",
            "Bundle-DocURL",
            "Bundle-Developers",
            "Bundle-License");

    @Test
    void theySayWhatTheyAreAndWhoseTheyAre() throws IOException {
        int seen = 0;
        Path bundles = Path.of(System.getProperty("nsqd.home"), "bundles");
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(bundles, "nsqd-*.jar")) {
            for (Path path : jars) {
                try (JarFile jar = new JarFile(path.toFile())) {
                    Attributes headers = jar.getManifest().getMainAttributes();
                    for (String header : HEADERS) {
                        assertNotNull(headers.getValue(header), () -> path + " " + header);
                    }
                    assertTrue(headers.getValue("Bundle-SymbolicName").startsWith("io.nsqd."), path::toString);
                }
                seen++;
            }
        }
        assertEquals(9, seen);
    }

    /** In OSGi a version without a qualifier is below all that have one: a snapshot would be above its release. */
    @Test
    void aSnapshotIsBelowItsReleaseAndAboveTheReleaseBefore() throws IOException {
        Matcher property = Pattern.compile("<Bundle-Version>(.*)</Bundle-Version>")
                .matcher(Files.readString(Path.of("..", "parent-pom.xml")));
        assertTrue(property.find());
        String macro = property.group(1);
        Version before = version(macro, "1.1.9");
        Version snapshot = version(macro, "1.2.0-SNAPSHOT");
        Version release = version(macro, "1.2.0");
        assertTrue(before.compareTo(snapshot) < 0, before + " " + snapshot);
        assertTrue(snapshot.compareTo(release) < 0, snapshot + " " + release);
        assertTrue(release.compareTo(version(macro, "1.2.1-SNAPSHOT")) < 0, release::toString);
    }

    private static Version version(String macro, String mavens) throws IOException {
        try (Builder bnd = new Builder()) {
            bnd.setProperty("project.version", mavens);
            return Version.parseVersion(bnd.getReplacer().process(macro));
        }
    }
}
