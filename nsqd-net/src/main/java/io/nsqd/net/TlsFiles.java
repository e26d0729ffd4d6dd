package io.nsqd.net;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.api.TlsVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What the options say of TLS (O-40, O-41).
 *
 * @param certificate the file of the certificate and its chain
 * @param key the file of its key
 * @param roots the file with those who may sign clients' certificates; empty for the system's
 * @param policy what is asked of clients
 * @param protocols the versions that are spoken
 */
record TlsFiles(String certificate, String key, String roots, String policy, List<String> protocols) {
    /** The kinds of keys that the native provider signs with. */
    private static final Set<String> NATIVE_KEYS = Set.of("RSA", "EC");

    /** What the Go daemon offers, in its order; of these a provider offers what it can and what fits the key and the version. */
    private static final List<String> CIPHER_SUITES = List.of(
            "TLS_AES_128_GCM_SHA256",
            "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
            "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
            "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
            "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
            "TLS_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_RSA_WITH_AES_128_CBC_SHA",
            "TLS_RSA_WITH_AES_256_CBC_SHA");

    static TlsFiles of(Options options) {
        return new TlsFiles(
                options.string(Option.TLS_CERT),
                options.string(Option.TLS_KEY),
                options.string(Option.TLS_ROOT_CA_FILE),
                options.string(Option.TLS_CLIENT_AUTH_POLICY),
                protocols(options));
    }

    /** older than TLS 1.2 only where the flag names it. */
    private static List<String> protocols(Options options) {
        TlsVersion least = options.given().contains(Option.TLS_MIN_VERSION)
                ? (TlsVersion) options.value(Option.TLS_MIN_VERSION)
                : TlsVersion.TLS1_2;
        List<String> protocols = new ArrayList<>();
        for (TlsVersion version : TlsVersion.values()) {
            if (version.compareTo(least) >= 0) {
                String name = version.toString().toUpperCase(Locale.ROOT).replace("TLS", "TLSv");
                protocols.add(name.equals("TLSv1.0") ? "TLSv1" : name);
            }
        }
        return protocols;
    }

    boolean isConfigured() {
        return !certificate.isEmpty() || !key.isEmpty();
    }

    /** When the files were written, and how long they are: what tells that they changed. */
    List<String> stamps() {
        List<String> stamps = new ArrayList<>();
        for (String file : List.of(certificate, key, roots)) {
            stamps.add(file.isEmpty() ? "" : stamp(file));
        }
        return stamps;
    }

    private static String stamp(String file) {
        try {
            Path path = Path.of(file);
            return Files.getLastModifiedTime(path) + " " + Files.size(path);
        } catch (IOException | InvalidPathException e) {
            return "missing";
        }
    }

    /**
     * Reads the files.
     *
     * @param provider who is to do the work where it can; the JDK's does what the native one cannot
     * @throws IOException saying what is wrong with them
     */
    SslContext load(SslProvider provider) throws IOException {
        List<X509Certificate> chain = PemFile.read(certificate).certificates();
        PemFile keyFile = PemFile.read(key);
        if (chain.isEmpty()) {
            throw new IOException("tls: failed to find any PEM data in certificate input");
        }
        PrivateKey privateKey = keyFile.key(chain.get(0));
        requirePair(chain.get(0), privateKey);
        try {
            SslContextBuilder builder = SslContextBuilder.forServer(
                            new OneKeyManager(privateKey, chain.toArray(X509Certificate[]::new)))
                    .sslProvider(NATIVE_KEYS.contains(privateKey.getAlgorithm()) ? provider : SslProvider.JDK)
                    .protocols(protocols)
                    .ciphers(CIPHER_SUITES, SupportedCipherSuiteFilter.INSTANCE);
            clientAuthentication(builder);
            return builder.build();
        } catch (IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private void clientAuthentication(SslContextBuilder builder) throws IOException {
        // Read in any case: a file that cannot be read is the operator's to know at once.
        List<X509Certificate> signers = signers();
        switch (policy) {
            case "require" -> builder.clientAuth(ClientAuth.REQUIRE).trustManager(InsecureTrustManagerFactory.INSTANCE);
            case "require-verify" ->
                builder.clientAuth(ClientAuth.REQUIRE).trustManager(ClientCertificates.signedBy(signers));
            default -> builder.clientAuth(ClientAuth.NONE);
        }
    }

    private List<X509Certificate> signers() throws IOException {
        if (roots.isEmpty()) {
            return List.of();
        }
        List<X509Certificate> signers = PemFile.read(roots).signers();
        if (signers.isEmpty()) {
            throw new IOException("failed to append certificate to pool");
        }
        return signers;
    }

    /** A pair that does not match is found now, and not by the first client. */
    private static void requirePair(X509Certificate certificate, PrivateKey privateKey) throws IOException {
        String algorithm =
                switch (privateKey.getAlgorithm()) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    default -> privateKey.getAlgorithm();
                };
        try {
            byte[] probe = certificate.getSignature();
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(privateKey);
            signature.update(probe);
            byte[] signed = signature.sign();
            signature.initVerify(certificate.getPublicKey());
            signature.update(probe);
            if (signature.verify(signed)) {
                return;
            }
        } catch (GeneralSecurityException e) {
            throw new IOException("tls: private key does not match public key", e);
        }
        throw new IOException("tls: private key does not match public key");
    }
}
