package io.nsqd.console;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.CRC32;
import java.util.zip.ZipException;

/** A jar that was uploaded: is it whole, and is it the bundle that it is to be? */
final class BundleFile {
    /** Of all that is in it, unpacked: a small file may stand for very much. */
    private static final long MOST_BYTES = 512L << 20;

    private static final int MOST_ENTRIES = 50_000;

    private BundleFile() {}

    /**
     * Reads all of it.
     *
     * @return its version, as its manifest has it
     * @throws Refusal with a sentence that says what is wrong with it
     */
    static String check(Path jar, String symbolicName) throws Refusal {
        try (JarFile file = new JarFile(jar.toFile(), false)) {
            Manifest manifest = file.getManifest();
            if (manifest == null) {
                throw bad("it is no bundle: there is no manifest in it");
            }
            Attributes headers = manifest.getMainAttributes();
            String name = headers.getValue("Bundle-SymbolicName");
            if (name == null || !"2".equals(headers.getValue("Bundle-ManifestVersion"))) {
                throw bad("it is no bundle: its manifest has no Bundle-SymbolicName, or is not of version 2");
            }
            String plain = name.split(";", -1)[0].strip();
            if (!plain.equals(symbolicName)) {
                throw bad("it is the bundle " + plain + " and not " + symbolicName);
            }
            readAll(file);
            String version = headers.getValue("Bundle-Version");
            return version == null ? "0.0.0" : version.strip();
        } catch (ZipException e) {
            throw bad("it is no jar, or not all of one: " + e.getMessage());
        } catch (IOException | SecurityException e) {
            throw bad("it cannot be read: " + e.getMessage());
        }
    }

    private static void readAll(JarFile file) throws IOException, Refusal {
        if (file.size() > MOST_ENTRIES) {
            throw bad("there are more than " + MOST_ENTRIES + " files in it");
        }
        long left = MOST_BYTES;
        byte[] buffer = new byte[1 << 16];
        for (Enumeration<JarEntry> entries = file.entries(); entries.hasMoreElements(); ) {
            JarEntry entry = entries.nextElement();
            CRC32 crc = new CRC32();
            try (InputStream in = file.getInputStream(entry)) {
                for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                    crc.update(buffer, 0, count);
                    left -= count;
                    if (left < 0) {
                        throw bad("there are more than " + MOST_BYTES + " bytes in it");
                    }
                }
            }
            // Nobody else looks.
            if (entry.getCrc() >= 0 && entry.getCrc() != crc.getValue()) {
                throw bad("it is damaged: " + entry.getName() + " is not what was put into it");
            }
        }
    }

    private static Refusal bad(String why) {
        return new Refusal(422, "NOT_THE_BUNDLE", "nothing was changed: " + why);
    }
}
