package io.nsqd.net;

import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Certificates and keys as PEM has them, in the forms that the Go daemon loads: PKCS#8, PKCS#1 and SEC1. */
final class PemFile {
    private static final Logger LOG = LoggerFactory.getLogger(PemFile.class);
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----\\s([^-]*)-----END \\1-----", Pattern.DOTALL);

    private static final String CERTIFICATE = "CERTIFICATE";
    private static final String PRIVATE_KEY = "PRIVATE KEY";

    private static final int SEQUENCE = 0x30;
    private static final int OCTET_STRING = 0x04;
    private static final byte[] VERSION_0 = {0x02, 0x01, 0x00};
    /** The algorithm identifier of RSA: 1.2.840.113549.1.1.1, NULL. */
    private static final byte[] RSA = {
        0x30, 0x0d, 0x06, 0x09, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00
    };

    /** What stands between two lines of dashes, as it stands there. */
    private record Block(String type, String text) {
        byte[] content() throws IOException {
            try {
                return Base64.getMimeDecoder().decode(text);
            } catch (IllegalArgumentException e) {
                throw new IOException("tls: malformed PEM data", e);
            }
        }
    }

    private final String name;
    private final List<Block> blocks;

    private PemFile(String name, List<Block> blocks) {
        this.name = name;
        this.blocks = blocks;
    }

    /**
     * Reads a file.
     *
     * @throws IOException saying what is wrong in Go's words
     */
    static PemFile read(String name) throws IOException {
        String text;
        try {
            text = Files.readString(Path.of(name), StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException | InvalidPathException e) {
            throw new IOException("open " + name + ": no such file or directory", e);
        } catch (AccessDeniedException e) {
            throw new IOException("open " + name + ": permission denied", e);
        } catch (IOException e) {
            throw new IOException("read " + name + ": is a directory", e);
        }
        List<Block> blocks = new ArrayList<>();
        Matcher matcher = BLOCK.matcher(text);
        while (matcher.find()) {
            blocks.add(new Block(matcher.group(1), matcher.group(2)));
        }
        return new PemFile(name, blocks);
    }

    /** All certificates, in the order of the file. */
    List<X509Certificate> certificates() throws IOException {
        List<X509Certificate> certificates = new ArrayList<>();
        for (Block block : blocks) {
            if (block.type().equals(CERTIFICATE)) {
                certificates.add(certificate(block));
            }
        }
        return certificates;
    }

    /**
     * The certificates among those who may sign, in the order of the file. A block that is no certificate is left out, as the Go
     * daemon does it: the others are good nevertheless.
     */
    List<X509Certificate> signers() {
        List<X509Certificate> signers = new ArrayList<>();
        for (Block block : blocks) {
            if (block.type().equals(CERTIFICATE)) {
                try {
                    signers.add(certificate(block));
                } catch (IOException e) {
                    LOG.warn("{}: a block is left out - {}", name, e.getMessage());
                }
            }
        }
        return signers;
    }

    private static X509Certificate certificate(Block block) throws IOException {
        try {
            return (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(block.content()));
        } catch (CertificateException e) {
            throw new IOException("x509: malformed certificate", e);
        }
    }

    /**
     * The first key, in whatever form it is: labels are often wrong.
     *
     * @param owner the certificate that the key is for: it names the algorithm, and, for elliptic curves, the curve
     * @throws IOException when there is none that can be read
     */
    PrivateKey key(X509Certificate owner) throws IOException {
        for (Block block : blocks) {
            if (block.type().equals(PRIVATE_KEY) || block.type().endsWith(" " + PRIVATE_KEY)) {
                return key(block.content(), owner);
            }
        }
        throw new IOException("tls: failed to find any PEM data in key input");
    }

    private static PrivateKey key(byte[] der, X509Certificate owner) throws IOException {
        IOException failure = new IOException("tls: failed to parse private key");
        for (byte[] pkcs8 : List.of(der, wrap(RSA, der), wrap(algorithm(owner), der))) {
            try {
                return KeyFactory.getInstance(owner.getPublicKey().getAlgorithm())
                        .generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            } catch (GeneralSecurityException e) {
                failure.addSuppressed(e);
            }
        }
        throw failure;
    }

    /** PrivateKeyInfo: version, algorithm, and the key in its own form as an octet string. */
    private static byte[] wrap(byte[] algorithm, byte[] key) {
        return element(SEQUENCE, VERSION_0, algorithm, element(OCTET_STRING, key));
    }

    /** The algorithm identifier of a certificate's key: the first element of its SubjectPublicKeyInfo. */
    private static byte[] algorithm(X509Certificate certificate) throws IOException {
        byte[] info = certificate.getPublicKey().getEncoded();
        int start = contentStart(info, 0);
        int algorithmContent = contentStart(info, start);
        // An algorithm identifier is short: its length is in one byte.
        int end = algorithmContent + (info[start + 1] & 0xff);
        if (info[start] != SEQUENCE || info[start + 1] < 0 || end > info.length) {
            throw new IOException("tls: failed to parse private key");
        }
        return Arrays.copyOfRange(info, start, end);
    }

    private static int contentStart(byte[] der, int element) {
        int length = der[element + 1] & 0xff;
        return element + 2 + (length < 0x80 ? 0 : length - 0x80);
    }

    private static byte[] element(int tag, byte[]... parts) {
        int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
        ByteArrayOutputStream der = new ByteArrayOutputStream(length + 6);
        der.write(tag);
        if (length < 0x80) {
            der.write(length);
        } else {
            int lengthBytes = (Integer.SIZE - Integer.numberOfLeadingZeros(length) + 7) / 8;
            der.write(0x80 | lengthBytes);
            for (int i = lengthBytes - 1; i >= 0; i--) {
                der.write(length >>> (8 * i));
            }
        }
        for (byte[] part : parts) {
            der.writeBytes(part);
        }
        return der.toByteArray();
    }
}
