package io.nsqd.launcher;

import io.nsqd.api.Errors;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Collections;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipException;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.Version;

/**
 * What a jar says that it is. Of two with the same name and version a framework takes only one.
 *
 * @param host the bundle that it is a fragment of, empty for none
 */
record BundleJar(String symbolicName, Version version, String host) {
    /**
     * Reads a jar to its end, so that one that is only half there, or damaged, is not taken for whole.
     *
     * @throws IOException saying what is wrong with it
     */
    static BundleJar read(Path jar) throws IOException {
        Attributes headers;
        try (JarFile content = new JarFile(jar.toFile())) {
            Manifest manifest = content.getManifest();
            if (manifest == null) {
                throw new IOException("it is no bundle: it has no manifest");
            }
            headers = manifest.getMainAttributes();
            checkSums(content);
        }
        String name = first(headers.getValue(Constants.BUNDLE_SYMBOLICNAME));
        if (name.isEmpty()) {
            throw new IOException("it is no bundle: its manifest has no " + Constants.BUNDLE_SYMBOLICNAME);
        }
        try {
            Version version = Version.parseVersion(headers.getValue(Constants.BUNDLE_VERSION));
            return new BundleJar(name, version, first(headers.getValue(Constants.FRAGMENT_HOST)));
        } catch (IllegalArgumentException e) {
            throw new IOException("it is no bundle: " + Errors.describe(e), e);
        }
    }

    private static void checkSums(JarFile content) throws IOException {
        for (JarEntry entry : Collections.list(content.entries())) {
            CRC32 sum = new CRC32();
            try (InputStream bytes = new CheckedInputStream(content.getInputStream(entry), sum)) {
                bytes.transferTo(OutputStream.nullOutputStream());
            }
            if (sum.getValue() != entry.getCrc()) {
                throw new ZipException(entry.getName() + " in it is damaged");
            }
        }
    }

    /** What the jar was that a bundle was made of. */
    static BundleJar of(Bundle bundle) {
        return new BundleJar(
                bundle.getSymbolicName(),
                bundle.getVersion(),
                first(bundle.getHeaders("").get(Constants.FRAGMENT_HOST)));
    }

    /** A header's value without attributes and directives. */
    private static String first(String header) {
        return header == null ? "" : header.replaceFirst(";.*", "").strip();
    }

    /** Whether it only adds to another bundle. */
    boolean isFragment() {
        return !host.isEmpty();
    }

    /** Whether a framework takes it for the same. */
    boolean isSameBundle(BundleJar other) {
        return symbolicName.equals(other.symbolicName) && version.equals(other.version);
    }

    @Override
    public String toString() {
        return symbolicName + " " + version;
    }
}
