package io.nsqd.peer;

import io.nsqd.api.Errors;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Trust in the certificates of a file, and in no others. */
final class TrustedRoots {
    private static final Pattern CERTIFICATE =
            Pattern.compile("-----BEGIN CERTIFICATE-----\\s([^-]*)-----END CERTIFICATE-----", Pattern.DOTALL);

    private TrustedRoots() {}

    /**
     * Reads a file. As in the Go daemon a block that is no certificate is left out.
     *
     * @throws IOException when there is none, saying why
     */
    static SSLContext read(String file) throws IOException {
        try {
            Matcher blocks = CERTIFICATE.matcher(Files.readString(Path.of(file), StandardCharsets.ISO_8859_1));
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            while (blocks.find()) {
                add(blocks.group(1), trusted);
            }
            if (trusted.size() == 0) {
                throw new IOException("there is no certificate in it");
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException | IllegalArgumentException e) {
            throw new IOException("failed to read tls-root-ca-file " + file + " - " + Errors.describe(e), e);
        }
    }

    private static void add(String block, KeyStore trusted) throws GeneralSecurityException {
        try {
            Certificate root = CertificateFactory.getInstance("X.509")
                    .generateCertificate(
                            new ByteArrayInputStream(Base64.getMimeDecoder().decode(block)));
            trusted.setCertificateEntry("root-" + trusted.size(), root);
        } catch (CertificateException | IllegalArgumentException e) {
            // The others are good nevertheless.
            return;
        }
    }
}
