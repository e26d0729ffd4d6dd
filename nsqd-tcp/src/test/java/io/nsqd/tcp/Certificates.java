package io.nsqd.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Base64;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/** Certificates and keys, made once, in a folder: {@code <name>.pem}, {@code <name>-key.pem}. Each signs itself. */
public final class Certificates {
    private static final char[] PASSWORD = "changeit".toCharArray();

    /** Bytes of PKCS#8 around a PKCS#1 key of 2048 bits, and around the SEC1 key of P-256. */
    private static final int AROUND_RSA = 26;

    private static final int AROUND_EC = 28;

    private static final Path FOLDER = make();

    private Certificates() {}

    static Path folder() {
        return FOLDER;
    }

    /** One of the files. */
    public static Path file(String name) {
        return FOLDER.resolve(name);
    }

    private static Path make() {
        try {
            Path folder = Files.createTempDirectory("nsqd-certificates-");
            make(folder, "rsa", "-keyalg", "RSA", "-keysize", "2048");
            make(folder, "ec", "-keyalg", "EC", "-groupname", "secp256r1");
            make(folder, "client", "-keyalg", "EC");
            make(folder, "stranger", "-keyalg", "EC");
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void make(Path folder, String name, String... algorithm)
            throws IOException, InterruptedException, GeneralSecurityException {
        Path store = folder.resolve(name + ".p12");
        String keytool =
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        ProcessBuilder builder = new ProcessBuilder(keytool, "-genkeypair", "-alias", "a", "-dname", "CN=" + name);
        builder.command().addAll(Arrays.asList(algorithm));
        builder.command().addAll(Arrays.asList("-storetype", "PKCS12", "-keystore", store.toString()));
        builder.command().addAll(Arrays.asList("-storepass", new String(PASSWORD)));
        Process process = builder.redirectErrorStream(true)
                .redirectOutput(folder.resolve("keytool.log").toFile())
                .start();
        assertEquals(0, process.waitFor());
        KeyStore keys = load(store);
        byte[] key = keys.getKey("a", PASSWORD).getEncoded();
        pem(
                folder.resolve(name + ".pem"),
                "CERTIFICATE",
                keys.getCertificate("a").getEncoded());
        pem(folder.resolve(name + "-key.pem"), "PRIVATE KEY", key);
        if (name.equals("rsa")) {
            pem(folder.resolve("rsa-key-pkcs1.pem"), "RSA PRIVATE KEY", tail(key, AROUND_RSA));
        } else if (name.equals("ec")) {
            pem(folder.resolve("ec-key-sec1.pem"), "EC PRIVATE KEY", tail(key, AROUND_EC));
        }
    }

    private static byte[] tail(byte[] bytes, int from) {
        return Arrays.copyOfRange(bytes, from, bytes.length);
    }

    private static KeyStore load(Path store) throws IOException, GeneralSecurityException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD);
        }
        return keys;
    }

    private static void pem(Path file, String type, byte[] bytes) throws IOException {
        String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
        Files.writeString(file, "-----BEGIN " + type + "-----\n" + lines + "\n-----END " + type + "-----\n");
    }

    /**
     * What a client needs that trusts everybody.
     *
     * @param own the name of its certificate, empty for none
     */
    static SSLContext client(String own) {
        try {
            KeyManager[] keys = null;
            if (!own.isEmpty()) {
                KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
                factory.init(load(FOLDER.resolve(own + ".p12")), PASSWORD);
                keys = factory.getKeyManagers();
            }
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys, new TrustManager[] {new Trusting()}, null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static final class Trusting extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
