package io.nsqd.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BundleFileTest {
    @TempDir
    Path directory;

    private Path jar(String manifest) throws IOException {
        Path jar = directory.resolve("some.jar");
        try (OutputStream out = Files.newOutputStream(jar);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            if (!manifest.isEmpty()) {
                zip.putNextEntry(new ZipEntry("META-INF/MANIFEST.MF"));
                zip.write(("Manifest-Version: 1.0\n" + manifest + "\n").getBytes(StandardCharsets.UTF_8));
            }
            zip.putNextEntry(new ZipEntry("content"));
            byte[] content = new byte[10_000];
            new Random(1).nextBytes(content);
            zip.write(content);
        }
        return jar;
    }

    private static String refusal(Path jar) {
        Refusal refusal = assertThrows(Refusal.class, () -> BundleFile.check(jar, "com.example"));
        assertEquals("NOT_THE_BUNDLE", refusal.code());
        assertTrue(refusal.getMessage().startsWith("nothing was changed: "), refusal.getMessage());
        return refusal.getMessage();
    }

    @Test
    void aBundleIsKnownByItsName() throws Exception {
        Path jar = jar(
                "Bundle-ManifestVersion: 2\nBundle-SymbolicName: com.example; singleton:=true\nBundle-Version: 1.2\n");
        assertEquals("1.2", BundleFile.check(jar, "com.example"));
    }

    @Test
    void anotherIsNotTakenForIt() throws IOException {
        assertTrue(refusal(jar("Bundle-ManifestVersion: 2\nBundle-SymbolicName: com.other\n"))
                .contains("it is the bundle com.other"));
    }

    @Test
    void whatIsNoBundleIsNone() throws IOException {
        refusal(jar(""));
        refusal(jar("Created-By: me\n"));
        refusal(jar("Bundle-SymbolicName: com.example\n"));
        Path text = directory.resolve("text.jar");
        Files.writeString(text, "this is no jar");
        refusal(text);
        Files.write(text, new byte[0]);
        refusal(text);
    }

    @Test
    void halfOfOneIsNone() throws IOException {
        Path jar = jar("Bundle-ManifestVersion: 2\nBundle-SymbolicName: com.example\n");
        byte[] whole = Files.readAllBytes(jar);
        for (int length : new int[] {10, 100, 1000, whole.length - 30, whole.length - 1}) {
            Files.write(jar, java.util.Arrays.copyOf(whole, length));
            refusal(jar);
        }
        byte[] flipped = whole.clone();
        flipped[whole.length / 2] ^= 1;
        Files.write(jar, flipped);
        refusal(jar);
    }
}
