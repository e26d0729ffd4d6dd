package io.nsqd.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys and certificates as people have them, each with a handshake. What the Go daemon serves is served. */
@Tag("O-40")
final class TlsFilesTest {
    private static final String PASSWORD = "changeit";

    @TempDir
    private static Path directory;

    @BeforeAll
    static void makeCertificates() throws Exception {
        keytool("root", "-genkeypair", "-keyalg", "RSA", "-dname", "CN=root", "-ext", "bc:c");
        sign("intermediate", "root", "RSA", "-ext", "bc:c");
        sign("leaf", "intermediate", "RSA");
        sign("leaf-ec", "intermediate", "EC");
    }

    private static void sign(String name, String signer, String algorithm, String... extensions) throws Exception {
        keytool(name, "-genkeypair", "-keyalg", algorithm, "-dname", "CN=" + name);
        keytool(name, "-certreq", "-file", file(name + ".csr"));
        List<String> signing =
                new ArrayList<>(List.of("-gencert", "-infile", file(name + ".csr"), "-outfile", file(name + ".der")));
        signing.addAll(List.of(extensions));
        keytool(signer, signing.toArray(String[]::new));
    }

    private static String file(String name) {
        return directory.resolve(name).toString();
    }

    private static void keytool(String alias, String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of("-alias", alias, "-storetype", "PKCS12"));
        command.addAll(List.of("-keystore", file(alias + ".p12"), "-storepass", PASSWORD));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("keytool.log").toFile())
                .start();
        assertEquals(0, process.waitFor(), () -> String.join(" ", command));
    }

    private static KeyStore store(String name) throws Exception {
        return KeyStore.getInstance(directory.resolve(name + ".p12").toFile(), PASSWORD.toCharArray());
    }

    private static String pem(String label, byte[] der) {
        String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return "-----BEGIN " + label + "-----\n" + lines + "\n-----END " + label + "-----\n";
    }

    /** PKCS#8, as the JDK has all keys. */
    private static byte[] key(String name) throws Exception {
        return store(name).getKey(name, PASSWORD.toCharArray()).getEncoded();
    }

    /** A key in its own form, which stands at the end of PKCS#8. */
    private static byte[] bareKey(String name, int around) throws Exception {
        byte[] pkcs8 = key(name);
        return Arrays.copyOfRange(pkcs8, around, pkcs8.length);
    }

    private static String certificate(String name) throws Exception {
        Path signed = directory.resolve(name + ".der");
        return pem(
                "CERTIFICATE",
                Files.exists(signed)
                        ? Files.readAllBytes(signed)
                        : store(name).getCertificate(name).getEncoded());
    }

    private static String write(String name, String... parts) throws IOException {
        Files.writeString(directory.resolve(name), String.join("", parts));
        return file(name);
    }

    static Stream<SslProvider> providers() {
        return Stream.of(SslProvider.JDK, SslProvider.OPENSSL)
                .filter(provider -> provider == SslProvider.JDK || OpenSsl.isAvailable());
    }

    /** The chain that a client gets. */
    private static List<String> handshake(TlsFiles files, SslProvider provider) throws Exception {
        return chain(handshake(files.load(provider), client(SslProvider.JDK).build()));
    }

    private static SslContextBuilder client(SslProvider provider) {
        return SslContextBuilder.forClient().sslProvider(provider).trustManager(InsecureTrustManagerFactory.INSTANCE);
    }

    private static SSLSession handshake(SslContext server, SslContext client) {
        SslHandler from = client.newHandler(UnpooledByteBufAllocator.DEFAULT);
        SslHandler to = server.newHandler(UnpooledByteBufAllocator.DEFAULT);
        EmbeddedChannel clientSide = new EmbeddedChannel(from);
        EmbeddedChannel serverSide = new EmbeddedChannel(to);
        for (int turn = 0;
                turn < 20
                        && !(from.handshakeFuture().isDone()
                                && to.handshakeFuture().isDone());
                turn++) {
            carry(clientSide, serverSide);
            carry(serverSide, clientSide);
        }
        assertTrue(
                from.handshakeFuture().isSuccess(),
                () -> String.valueOf(from.handshakeFuture().cause()));
        assertTrue(
                to.handshakeFuture().isSuccess(),
                () -> String.valueOf(to.handshakeFuture().cause()));
        return from.engine().getSession();
    }

    private static List<String> chain(SSLSession session) throws SSLPeerUnverifiedException {
        return Arrays.stream(session.getPeerCertificates())
                .map(certificate -> ((X509Certificate) certificate)
                        .getSubjectX500Principal()
                        .getName())
                .toList();
    }

    private static void carry(EmbeddedChannel from, EmbeddedChannel to) {
        for (Object bytes = from.readOutbound(); bytes != null; bytes = from.readOutbound()) {
            to.writeInbound(bytes);
        }
    }

    private static TlsFiles files(String certificate, String key, String roots, String policy) {
        return new TlsFiles(certificate, key, roots, policy, List.of("TLSv1.2", "TLSv1.3"));
    }

    // ---- keys

    @ParameterizedTest
    @MethodSource("providers")
    void aKeyIsTakenInWhateverFormItIsUnderWhateverLabel(SslProvider provider) throws Exception {
        for (String label : List.of("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY")) {
            String rsa = write("chain.pem", certificate("leaf"));
            assertEquals(
                    List.of("CN=leaf"),
                    handshake(files(rsa, write("key.pem", pem(label, key("leaf"))), "", ""), provider),
                    "PKCS#8 as " + label);
            assertEquals(
                    List.of("CN=leaf"),
                    handshake(files(rsa, write("key.pem", pem(label, bareKey("leaf", 26))), "", ""), provider),
                    "PKCS#1 as " + label);
            String ec = write("chain-ec.pem", certificate("leaf-ec"));
            assertEquals(
                    List.of("CN=leaf-ec"),
                    handshake(files(ec, write("key.pem", pem(label, key("leaf-ec"))), "", ""), provider),
                    "PKCS#8 of a curve as " + label);
        }
    }

    @Test
    void whatIsNoKeyIsSaidSo() throws Exception {
        String chain = write("chain.pem", certificate("leaf"));
        String garbage = write("key.pem", pem("PRIVATE KEY", new byte[] {1, 2, 3}));
        IOException failure = assertThrows(
                IOException.class, () -> files(chain, garbage, "", "").load(SslProvider.JDK));
        assertEquals("tls: failed to parse private key", failure.getMessage());
        String none = write("key.pem", certificate("leaf"));
        failure =
                assertThrows(IOException.class, () -> files(chain, none, "", "").load(SslProvider.JDK));
        assertEquals("tls: failed to find any PEM data in key input", failure.getMessage());
        String other = write("key.pem", pem("PRIVATE KEY", key("root")));
        failure = assertThrows(
                IOException.class, () -> files(chain, other, "", "").load(SslProvider.JDK));
        assertEquals("tls: private key does not match public key", failure.getMessage());
    }

    // ---- chains

    @ParameterizedTest
    @MethodSource("providers")
    void aChainIsServedAsItStandsInTheFile(SslProvider provider) throws Exception {
        String key = write("key.pem", pem("PRIVATE KEY", key("leaf")));
        for (List<String> order : List.of(
                List.of("leaf", "intermediate", "root"),
                List.of("leaf", "root", "intermediate"),
                List.of("leaf", "root"),
                List.of("leaf"))) {
            StringBuilder chain = new StringBuilder();
            for (String name : order) {
                chain.append(certificate(name));
            }
            assertEquals(
                    order.stream().map(name -> "CN=" + name).toList(),
                    handshake(files(write("chain.pem", chain.toString()), key, "", ""), provider));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "not base64!", "AAAA"})
    void aBlockThatIsNoCertificateAmongThoseWhoMaySignIsLeftOut(String garbage) throws Exception {
        String key = write("key.pem", pem("PRIVATE KEY", key("leaf")));
        String chain = write("chain.pem", certificate("leaf"));
        String odd = "-----BEGIN CERTIFICATE-----\n" + garbage + "\n-----END CERTIFICATE-----\n";
        String roots = write("roots.pem", odd, certificate("root"), odd);
        files(chain, key, roots, "require-verify").load(SslProvider.JDK);
        IOException failure =
                assertThrows(IOException.class, () -> files(chain, key, write("none.pem", odd), "require-verify")
                        .load(SslProvider.JDK));
        assertEquals("failed to append certificate to pool", failure.getMessage());
    }

    // ---- certificates of clients

    /** What the Go daemon 1.3.0 says to each: the hash of the signature, the kind of key, and whether the signer is known. */
    @ParameterizedTest
    @CsvSource({
        "SHA256withRSA, RSA, root, true",
        "SHA384withRSA, EC, root, true",
        "SHA1withRSA, RSA, root, false",
        "SHA1withRSA, EC, root, false",
        "SHA256withRSA, RSA, stranger, false"
    })
    void aClientIsVerifiedByItsCertificate(String signature, String algorithm, String signer, boolean good)
            throws Exception {
        String name = "client-" + signature + algorithm + signer;
        if (signer.equals("stranger")) {
            keytool("stranger", "-genkeypair", "-keyalg", "RSA", "-dname", "CN=root", "-ext", "bc:c");
        }
        sign(name, signer, algorithm, "-sigalg", signature);
        String key = write("key.pem", pem("PRIVATE KEY", key("leaf")));
        String chain = write("chain.pem", certificate("leaf"));
        TlsFiles files = files(chain, key, write("roots.pem", certificate("root")), "require-verify");
        X509Certificate own = (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(Files.newInputStream(directory.resolve(name + ".der")));
        PrivateKey ownKey = (PrivateKey) store(name).getKey(name, PASSWORD.toCharArray());
        for (SslProvider provider : providers().toList()) {
            // With TLS 1.2 the client learns of it in the handshake.
            SslContext client = client(SslProvider.JDK)
                    .protocols("TLSv1.2")
                    .keyManager(ownKey, own)
                    .build();
            if (good) {
                handshake(files.load(provider), client);
            } else {
                assertThrows(Exception.class, () -> handshake(files.load(provider), client), provider.toString());
            }
        }
    }

    // ---- cipher suites

    /** Version, kind of key, suites: those that the Go daemon 1.3.0 accepted one by one. TLS 1.3 has suites for all keys. */
    @ParameterizedTest
    @CsvSource({
        "TLSv1, leaf, ECDHE_RSA_WITH_AES_256_CBC_SHA ECDHE_RSA_WITH_AES_128_CBC_SHA RSA_WITH_AES_256_CBC_SHA RSA_WITH_AES_128_CBC_SHA",
        "TLSv1.1, leaf, ECDHE_RSA_WITH_AES_256_CBC_SHA ECDHE_RSA_WITH_AES_128_CBC_SHA RSA_WITH_AES_256_CBC_SHA RSA_WITH_AES_128_CBC_SHA",
        "TLSv1.2, leaf, ECDHE_RSA_WITH_AES_256_GCM_SHA384 ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "TLSv1.2, leaf, ECDHE_RSA_WITH_AES_256_CBC_SHA ECDHE_RSA_WITH_AES_128_CBC_SHA RSA_WITH_AES_256_GCM_SHA384",
        "TLSv1.2, leaf, RSA_WITH_AES_128_GCM_SHA256 RSA_WITH_AES_256_CBC_SHA RSA_WITH_AES_128_CBC_SHA",
        "TLSv1.3, leaf, AES_128_GCM_SHA256 AES_256_GCM_SHA384 CHACHA20_POLY1305_SHA256",
        "TLSv1, leaf-ec, ECDHE_ECDSA_WITH_AES_256_CBC_SHA ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
        "TLSv1.1, leaf-ec, ECDHE_ECDSA_WITH_AES_256_CBC_SHA ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
        "TLSv1.2, leaf-ec, ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        "TLSv1.2, leaf-ec, ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 ECDHE_ECDSA_WITH_AES_256_CBC_SHA ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
        "TLSv1.3, leaf-ec, AES_128_GCM_SHA256 AES_256_GCM_SHA384 CHACHA20_POLY1305_SHA256"
    })
    void whatTheGoDaemonOffersIsOffered(String version, String name, String suites) throws Exception {
        String chain = write("chain.pem", certificate(name));
        String key = write("key.pem", pem("PRIVATE KEY", key(name)));
        TlsFiles files = new TlsFiles(chain, key, "", "", List.of("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"));
        for (SslProvider provider : providers().toList()) {
            boolean old = version.equals("TLSv1") || version.equals("TLSv1.1");
            if (old && provider == SslProvider.JDK) {
                // The JDK has them switched off.
                continue;
            }
            for (String suite : suites.split(" ", -1)) {
                // Of TLS 1.3 the native one takes all suites or none.
                SslContext client = client(old ? provider : SslProvider.JDK)
                        .protocols(version)
                        .ciphers(List.of("TLS_" + suite))
                        .build();
                SSLSession session = handshake(files.load(provider), client);
                assertEquals("TLS_" + suite, session.getCipherSuite(), provider.toString());
                assertEquals(version, session.getProtocol(), provider.toString());
            }
        }
    }
}
