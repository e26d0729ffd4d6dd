package io.nsqd.net;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Verifies the certificates of clients (O-41): as the JDK does it, and as the Go daemon does it none that is signed by way of a hash
 * for which signatures can be made up. The JDK refuses those of servers only.
 */
final class ClientCertificates extends X509ExtendedTrustManager {
    private static final List<String> BROKEN = List.of("SHA1", "MD5", "MD2");

    private final X509ExtendedTrustManager jdk;

    private ClientCertificates(X509ExtendedTrustManager jdk) {
        this.jdk = jdk;
    }

    /** @param signers those who may sign; none stand for the system's */
    static ClientCertificates signedBy(List<X509Certificate> signers) throws IOException {
        try {
            KeyStore trusted = null;
            if (!signers.isEmpty()) {
                trusted = KeyStore.getInstance(KeyStore.getDefaultType());
                trusted.load(null, null);
                for (int i = 0; i < signers.size(); i++) {
                    trusted.setCertificateEntry(Integer.toString(i), signers.get(i));
                }
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(trusted);
            for (TrustManager manager : factory.getTrustManagers()) {
                if (manager instanceof X509ExtendedTrustManager extended) {
                    return new ClientCertificates(extended);
                }
            }
            throw new IOException("this Java verifies no certificates");
        } catch (GeneralSecurityException e) {
            throw new IOException("tls: " + e.getMessage(), e);
        }
    }

    /** Whoever is trusted without a signature may have signed itself as it likes. */
    private static void requireSound(X509Certificate... chain) throws CertificateException {
        for (X509Certificate certificate : chain) {
            String algorithm =
                    certificate.getSigAlgName().toUpperCase(Locale.ROOT).replace("-", "");
            boolean ownSignature = certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
            if (!ownSignature && BROKEN.stream().anyMatch(algorithm::startsWith)) {
                throw new CertificateException(
                        "x509: cannot verify signature: insecure algorithm " + certificate.getSigAlgName());
            }
        }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        jdk.checkClientTrusted(chain, authType, engine);
        requireSound(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        jdk.checkClientTrusted(chain, authType, socket);
        requireSound(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        jdk.checkClientTrusted(chain, authType);
        requireSound(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        jdk.checkServerTrusted(chain, authType, engine);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        jdk.checkServerTrusted(chain, authType, socket);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        jdk.checkServerTrusted(chain, authType);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return jdk.getAcceptedIssuers();
    }
}
