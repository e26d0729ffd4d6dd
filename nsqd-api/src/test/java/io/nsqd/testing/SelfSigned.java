package io.nsqd.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;

/** A certificate for {@code localhost} and 127.0.0.1 that vouches for itself, with its key, made by the JDK's keytool. */
public final class SelfSigned {
    /** The alias of both. */
    public static final String ALIAS = "a";

    private static final String PASSWORD = "changeit";

    private SelfSigned() {}

    /** The password of the store and of the key. */
    public static char[] password() {
        return PASSWORD.toCharArray();
    }

    /** Makes one, in a folder. */
    public static KeyStore make(Path folder) throws IOException, GeneralSecurityException, InterruptedException {
        return make(folder.resolve("keys.p12"), "CN=localhost");
    }

    /**
     * Makes one.
     *
     * @param store the file, in the format PKCS12
     * @param subject its distinguished name
     */
    public static KeyStore make(Path store, String subject)
            throws IOException, GeneralSecurityException, InterruptedException {
        String keytool =
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        Process process = new ProcessBuilder(
                        keytool,
                        "-genkeypair",
                        "-alias",
                        ALIAS,
                        "-keyalg",
                        "EC",
                        "-dname",
                        subject,
                        "-ext",
                        "san=dns:localhost,ip:127.0.0.1",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        PASSWORD)
                .redirectErrorStream(true)
                .redirectOutput(store.resolveSibling("keytool.log").toFile())
                .start();
        assertEquals(0, process.waitFor());
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, password());
        }
        return keys;
    }

    /** Writes something as a PEM file. */
    public static void writePem(Path file, String type, byte[] bytes) throws IOException {
        String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
        Files.writeString(file, "-----BEGIN " + type + "-----\n" + lines + "\n-----END " + type + "-----\n");
    }
}
