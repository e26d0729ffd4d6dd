package io.nsqd.interop;

import io.nsqd.testing.SelfSigned;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;

/**
 * Keys for a cluster, in a folder: {@code node.p12} of all that belongs to it, {@code guest.p12} of somebody who may connect and no more,
 * {@code trusted.p12} with the certificates of both, {@code password} of all three. What is the node's is there as PEM, too.
 */
final class ClusterKeys {
    private final Path folder;

    private ClusterKeys(Path folder) {
        this.folder = folder;
    }

    static ClusterKeys make(Path folder) throws IOException, InterruptedException, GeneralSecurityException {
        Files.createDirectories(folder);
        ClusterKeys keys = new ClusterKeys(folder);
        Files.writeString(keys.file("password"), new String(SelfSigned.password()) + "\n");
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        // Bookies ask for a role, which they find there.
        KeyStore node = SelfSigned.make(keys.file("node.p12"), "CN=nsqd, OU=0:nsqd");
        KeyStore guest = SelfSigned.make(keys.file("guest.p12"), "CN=guest");
        trusted.setCertificateEntry("node", node.getCertificate(SelfSigned.ALIAS));
        trusted.setCertificateEntry("guest", guest.getCertificate(SelfSigned.ALIAS));
        try (OutputStream out = Files.newOutputStream(keys.file("trusted.p12"))) {
            trusted.store(out, SelfSigned.password());
        }
        SelfSigned.writePem(
                keys.file("node.pem"),
                "CERTIFICATE",
                node.getCertificate(SelfSigned.ALIAS).getEncoded());
        SelfSigned.writePem(
                keys.file("node-key.pem"),
                "PRIVATE KEY",
                node.getKey(SelfSigned.ALIAS, SelfSigned.password()).getEncoded());
        return keys;
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
