package io.nsqd.net;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXCertPathBuilderResult;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * Verifies the certificates of clients by the Go daemon's rules (O-41). The JDK finds the path to one who may sign, with its
 * signatures, names and constraints; what Go asks for beyond is asked for here: those who may sign have dates, uses and constraints
 * as everybody else, a use that one of them lacks its clients lack, too, and only hashes count for which nobody makes up signatures.
 *
 * <p>The JDK's own trust manager is not asked: it takes one who may sign at its word, whatever the certificate says of it, and wants
 * usages of a client's key that Go does not.
 */
final class ClientCertificates extends X509ExtendedTrustManager {
    /** The longest path, from a client to one who may sign, that is looked for. */
    private static final int LONGEST = 10;

    /**
     * As many as a client may send, which is as many as the JDK's TLS takes. Of certificates that vouch for one another there are so
     * many paths that an event loop would never come back from looking for the right one.
     */
    private static final int MOST_SENT = 10;

    private static final String PSS = "1.2.840.113549.1.1.10";

    /** RSA, RSA-PSS and ECDSA with SHA-256, SHA-384 and SHA-512, and Ed25519: what Go knows and takes for sound. */
    private static final Set<String> SOUND = Set.of(
            "1.2.840.113549.1.1.11",
            "1.2.840.113549.1.1.12",
            "1.2.840.113549.1.1.13",
            PSS,
            "1.2.840.10045.4.3.2",
            "1.2.840.10045.4.3.3",
            "1.2.840.10045.4.3.4",
            "1.3.101.112");

    private static final String NAME_CONSTRAINTS = "2.5.29.30";
    private static final Set<String> FOR_CLIENTS = Set.of("1.3.6.1.5.5.7.3.2", "2.5.29.37.0");

    /** Where a certificate's key usage says that it signs certificates. */
    private static final int SIGNS_CERTIFICATES = 5;

    private final List<X509Certificate> signers;
    private final Set<X509Certificate> known;

    private ClientCertificates(List<X509Certificate> signers) {
        this.signers = List.copyOf(signers);
        known = new HashSet<>(signers);
    }

    /** @param signers those who may sign; none stand for the system's */
    static ClientCertificates signedBy(List<X509Certificate> signers) throws IOException {
        return new ClientCertificates(signers.isEmpty() ? system() : signers);
    }

    private static List<X509Certificate> system() throws IOException {
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init((KeyStore) null);
            for (TrustManager manager : factory.getTrustManagers()) {
                if (manager instanceof X509TrustManager x509) {
                    return List.of(x509.getAcceptedIssuers());
                }
            }
            throw new IOException("this Java knows nobody who signs certificates");
        } catch (GeneralSecurityException e) {
            throw new IOException("tls: " + e.getMessage(), e);
        }
    }

    /** @param sent what the client has sent: its certificate, and any others in any order */
    private void verify(X509Certificate... sent) throws CertificateException {
        if (sent.length > MOST_SENT) {
            throw new CertificateException("x509: " + sent.length + " certificates are more than " + MOST_SENT);
        }
        Instant now = Instant.now();
        requireValid(sent[0], now);
        if (known.contains(sent[0])) {
            verify(List.of(sent[0]), now);
            return;
        }
        PKIXCertPathBuilderResult found = build(List.of(sent), now);
        List<X509Certificate> path = new ArrayList<>();
        found.getCertPath().getCertificates().forEach(certificate -> path.add((X509Certificate) certificate));
        for (X509Certificate certificate : path) {
            requireSoundSignature(certificate);
        }
        X509Certificate signer = found.getTrustAnchor().getTrustedCert();
        path.add(signer);
        requireSigner(signer);
        verify(path, now);
        if (signer.getExtensionValue(NAME_CONSTRAINTS) != null) {
            requireNames(path, now);
        }
    }

    private PKIXCertPathBuilderResult build(List<X509Certificate> sent, Instant now) throws CertificateException {
        Set<TrustAnchor> anchors = signers.stream()
                .filter(signer -> !isEarly(signer, now) && !isLate(signer, now))
                .map(signer -> new TrustAnchor(signer, null))
                .collect(Collectors.toSet());
        if (anchors.isEmpty()) {
            throw new CertificateException("x509: certificate signed by unknown authority");
        }
        X509CertSelector client = new X509CertSelector();
        client.setCertificate(sent.get(0));
        try {
            PKIXBuilderParameters parameters = new PKIXBuilderParameters(anchors, client);
            parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(sent)));
            parameters.setDate(Date.from(now));
            parameters.setMaxPathLength(LONGEST);
            parameters.setRevocationEnabled(false);
            return (PKIXCertPathBuilderResult)
                    CertPathBuilder.getInstance("PKIX").build(parameters);
        } catch (CertPathBuilderException e) {
            throw new CertificateException(
                    "x509: certificate signed by unknown authority, or invalid: " + reason(e), e);
        } catch (GeneralSecurityException e) {
            throw new CertificateException("x509: " + e.getMessage(), e);
        }
    }

    private static String reason(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getMessage();
    }

    /** @param path from a client's certificate to that of one who may sign; they may be one */
    private static void verify(List<X509Certificate> path, Instant now) throws CertificateException {
        for (int i = 0; i < path.size(); i++) {
            X509Certificate certificate = path.get(i);
            requireValid(certificate, now);
            if (certificate.hasUnsupportedCriticalExtension()) {
                throw new CertificateException("x509: unhandled critical extension");
            }
            List<String> uses = certificate.getExtendedKeyUsage();
            if (uses != null && uses.stream().noneMatch(FOR_CLIENTS::contains)) {
                throw new CertificateException("x509: certificate specifies an incompatible key usage");
            }
            // One who signs itself anew counts, too, unlike in the JDK. -1 is a root older than constraints, and no
            // limit.
            int between = certificate.getBasicConstraints();
            if (i > 0 && between >= 0 && i - 1 > between) {
                throw new CertificateException("x509: too many intermediates for path length constraint");
            }
        }
    }

    private static boolean isEarly(X509Certificate certificate, Instant now) {
        return now.isBefore(certificate.getNotBefore().toInstant());
    }

    private static boolean isLate(X509Certificate certificate, Instant now) {
        return now.isAfter(certificate.getNotAfter().toInstant());
    }

    private static void requireValid(X509Certificate certificate, Instant now) throws CertificateException {
        String said = "x509: certificate has expired or is not yet valid: current time " + now;
        if (isEarly(certificate, now)) {
            throw new CertificateNotYetValidException(
                    said + " is before " + certificate.getNotBefore().toInstant());
        }
        if (isLate(certificate, now)) {
            throw new CertificateExpiredException(
                    said + " is after " + certificate.getNotAfter().toInstant());
        }
    }

    private static void requireSoundSignature(X509Certificate certificate) throws CertificateException {
        String algorithm = certificate.getSigAlgOID();
        if (!SOUND.contains(algorithm) || algorithm.equals(PSS) && !SoundPss.is(certificate.getSigAlgParams())) {
            throw new CertificateException(
                    "x509: cannot verify signature: insecure algorithm " + certificate.getSigAlgName());
        }
    }

    /** One who may sign must be one who signs; certificates older than version 3 say nothing of it. */
    private static void requireSigner(X509Certificate signer) throws CertificateException {
        boolean[] usage = signer.getKeyUsage();
        if (signer.getVersion() >= 3 && signer.getBasicConstraints() < 0
                || usage != null && !usage[SIGNS_CERTIFICATES]) {
            throw new CertificateException(
                    "x509: invalid signature: parent certificate cannot sign this kind of certificate");
        }
    }

    /**
     * Has the JDK check the names that the last of a path permits. It does so for those that it does not trust, so that this one
     * becomes part of what is checked, and its bare key what is trusted.
     */
    private static void requireNames(List<X509Certificate> path, Instant now) throws CertificateException {
        X509Certificate signer = path.get(path.size() - 1);
        if (!signer.getSubjectX500Principal().equals(signer.getIssuerX500Principal())) {
            throw new CertificateException("x509: names constrained by one who is trusted without its own issuer");
        }
        try {
            TrustAnchor key = new TrustAnchor(signer.getSubjectX500Principal(), signer.getPublicKey(), null);
            PKIXParameters parameters = new PKIXParameters(Set.of(key));
            parameters.setDate(Date.from(now));
            parameters.setRevocationEnabled(false);
            CertPathValidator.getInstance("PKIX")
                    .validate(CertificateFactory.getInstance("X.509").generateCertPath(path), parameters);
        } catch (CertPathValidatorException e) {
            throw new CertificateException("x509: a name is not permitted, or invalid: " + reason(e), e);
        } catch (GeneralSecurityException e) {
            throw new CertificateException("x509: " + e.getMessage(), e);
        }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        verify(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        verify(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        verify(chain);
    }

    private static CertificateException noServer() {
        return new CertificateException("only clients are verified here");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        throw noServer();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        throw noServer();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        throw noServer();
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return signers.toArray(X509Certificate[]::new);
    }
}
