package io.nsqd.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;

/**
 * Keys for a cluster, in a folder: {@code node.p12} of all that belongs to it, {@code guest.p12} of somebody who may connect and no more,
 * {@code trusted.p12} with the certificates of both, {@code password} of all three. What is the node's is there as PEM, too.
 */
final class ClusterKeys {
    private static final String PASSWORD = "changeit";

    private final Path folder;

    private ClusterKeys(Path folder) {
        this.folder = folder;
    }

    static ClusterKeys make(Path folder) throws IOException, InterruptedException, GeneralSecurityException {
        Files.createDirectories(folder);
        ClusterKeys keys = new ClusterKeys(folder);
        Files.writeString(keys.file("password"), PASSWORD + "\n");
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        // Bookies ask for a role, which they find there.
        KeyStore node = keys.make("node", "CN=nsqd, OU=0:nsqd");
        trusted.setCertificateEntry("node", node.getCertificate("a"));
        trusted.setCertificateEntry("guest", keys.make("guest", "CN=guest").getCertificate("a"));
        try (OutputStream out = Files.newOutputStream(keys.file("trusted.p12"))) {
            trusted.store(out, PASSWORD.toCharArray());
        }
        keys.pem("node.pem", "CERTIFICATE", node.getCertificate("a").getEncoded());
        keys.pem(
                "node-key.pem",
                "PRIVATE KEY",
                node.getKey("a", PASSWORD.toCharArray()).getEncoded());
        return keys;
    }

    private KeyStore make(String name, String subject)
            throws IOException, InterruptedException, GeneralSecurityException {
        Path store = file(name + ".p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "a",
                        "-dname",
                        subject,
                        "-ext",
                        "san=ip:127.0.0.1,dns:localhost",
                        "-keyalg",
                        "EC",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        PASSWORD)
                .redirectErrorStream(true)
                .redirectOutput(file("keytool.log").toFile())
                .start();
        assertEquals(0, keytool.waitFor());
        KeyStore made = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            made.load(in, PASSWORD.toCharArray());
        }
        return made;
    }

    private void pem(String name, String type, byte[] bytes) throws IOException {
        String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
        Files.writeString(file(name), "-----BEGIN " + type + "-----\n" + lines + "\n-----END " + type + "-----\n");
    }

    Path file(String name) {
        return folder.resolve(name);
    }

    /** What a bookie is told of them. */
    List<String> bookie() {
        return List.of(
                "tlsProviderFactoryClass=org.apache.bookkeeper.tls.TLSContextFactory",
                "tlsProvider=JDK",
                "tlsClientAuthentication=true",
                "tlsKeyStoreType=PKCS12",
                "tlsKeyStore=" + file("node.p12"),
                "tlsKeyStorePasswordPath=" + file("password"),
                "tlsTrustStoreType=PKCS12",
                "tlsTrustStore=" + file("trusted.p12"),
                "tlsTrustStorePasswordPath=" + file("password"));
    }

    /** What ZooKeeper is told of them. */
    List<String> zooKeeper() {
        return List.of(
                "ssl.keyStore.location=" + file("node.p12"),
                "ssl.keyStore.passwordPath=" + file("password"),
                "ssl.trustStore.location=" + file("trusted.p12"),
                "ssl.trustStore.passwordPath=" + file("password"));
    }

    /**
     * Options of the JVM of a client of ZooKeeper.
     *
     * @param whose {@code node} or {@code guest}
     */
    List<String> zooKeeperClient(String whose) {
        return List.of(
                "-Dzookeeper.client.secure=true",
                "-Dzookeeper.clientCnxnSocket=org.apache.zookeeper.ClientCnxnSocketNetty",
                "-Dzookeeper.ssl.keyStore.location=" + file(whose + ".p12"),
                "-Dzookeeper.ssl.keyStore.passwordPath=" + file("password"),
                "-Dzookeeper.ssl.trustStore.location=" + file("trusted.p12"),
                "-Dzookeeper.ssl.trustStore.passwordPath=" + file("password"));
    }
}
