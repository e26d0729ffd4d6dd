package io.nsqd.launcher;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.jar.JarEntry;
import java.util.jar.JarInputStream;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** A bundle's jar, changed so that it does not work. Immutable. */
final class ChangedJar {
    private final byte[] bytes;

    ChangedJar(byte[] bytes) {
        this.bytes = bytes.clone();
    }

    byte[] bytes() {
        return bytes.clone();
    }

    /** Without one of its files. */
    ChangedJar without(String path) {
        return copy(path, "");
    }

    /** Needs a package more. */
    ChangedJar importing(String wanted) {
        return copy("", wanted);
    }

    /** {@code nothing} of it is left, or {@code half}, or a byte in the middle is {@code flipped}. */
    ChangedJar damaged(String damage) {
        byte[] damaged = bytes.clone();
        damaged[damaged.length / 2] ^= 0x55;
        return new ChangedJar(
                switch (damage) {
                    case "nothing" -> new byte[0];
                    case "half" -> Arrays.copyOf(bytes, bytes.length / 2);
                    default -> damaged;
                });
    }

    private ChangedJar copy(String without, String wanted) {
        ByteArrayOutputStream changed = new ByteArrayOutputStream();
        boolean left = without.isEmpty();
        try (JarInputStream in = new JarInputStream(new ByteArrayInputStream(bytes))) {
            Manifest manifest = new Manifest(in.getManifest());
            if (!wanted.isEmpty()) {
                String imports = manifest.getMainAttributes().getValue("Import-Package");
                manifest.getMainAttributes().putValue("Import-Package", imports + "," + wanted);
            }
            try (JarOutputStream out = new JarOutputStream(changed, manifest)) {
                for (JarEntry entry = in.getNextJarEntry(); entry != null; entry = in.getNextJarEntry()) {
                    if (entry.getName().equals(without)) {
                        left = true;
                    } else {
                        out.putNextEntry(new JarEntry(entry.getName()));
                        in.transferTo(out);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (!left) {
            throw new IllegalArgumentException("there is no " + without);
        }
        return new ChangedJar(changed.toByteArray());
    }
}
