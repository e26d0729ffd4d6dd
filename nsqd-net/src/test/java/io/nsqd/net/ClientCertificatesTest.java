package io.nsqd.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.AlgorithmParameters;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whom the Go daemon lets in, and the JDK's own trust manager would judge otherwise. */
@Tag("O-41")
class ClientCertificatesTest {
    private static final String PASSWORD = "changeit";

    /** Only names below good.test: DER, as keytool takes it. */
    private static final String GOOD_NAMES = "2.5.29.30:critical=300fa00d300b8209676f6f642e74657374";

    @TempDir
    private static Path directory;

    @BeforeAll
    static void makeCertificates() throws Exception {
        root("root", "bc:c");
        root("root-for-servers", "bc:c", "eku=serverAuth");
        root("root-of-length-0", "bc:c=ca:true,pathlen:0");
        root("root-of-good-names", "bc:c", GOOD_NAMES);
        root("root-of-old", "-startdate", "-3d", "-validity", "1", "bc:c");
        root("no-root", "bc=ca:false");
        root("self", "bc=ca:false");
        root("self-for-servers", "eku=serverAuth");
        for (String root : List.of("root-for-servers", "root-of-length-0", "root-of-old", "no-root")) {
            signed("by-" + root, root);
        }
        signed("plain", "root");
        signed("for-any", "root", "eku=anyExtendedKeyUsage");
        signed("for-servers", "root", "eku=serverAuth");
        signed("for-certificates", "root", "ku:c=keyCertSign");
        signed("good-name", "root-of-good-names", "san=dns:a.good.test");
        signed("bad-name", "root-of-good-names", "san=dns:a.other.test");
        signed("between", "root", "bc:c");
        signed("by-between", "between");
        signed("between-for-servers", "root", "bc:c", "eku=serverAuth");
        signed("by-between-for-servers", "between-for-servers");
        signed("short-between", "root-of-length-0", "bc:c");
        signed("by-short-between", "short-between");
    }

    private static void root(String name, String... options) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("-genkeypair", "-keyalg", "EC", "-dname", "CN=" + name));
        add(arguments, options);
        keytool(name, arguments);
        keytool(name, List.of("-exportcert", "-file", file(name + ".der")));
    }

    /** Options of keytool as they are, and extensions. */
    private static void add(List<String> arguments, String... options) {
        for (int i = 0; i < options.length; i++) {
            if (options[i].startsWith("-") || i > 0 && options[i - 1].startsWith("-")) {
                arguments.add(options[i]);
            } else {
                arguments.addAll(List.of("-ext", options[i]));
            }
        }
    }

    private static void signed(String name, String signer, String... extensions) throws Exception {
        keytool(name, List.of("-genkeypair", "-keyalg", "EC", "-dname", "CN=" + name));
        keytool(name, List.of("-certreq", "-file", file(name + ".csr")));
        List<String> arguments =
                new ArrayList<>(List.of("-gencert", "-infile", file(name + ".csr"), "-outfile", file(name + ".der")));
        add(arguments, extensions);
        keytool(signer, arguments);
    }

    private static String file(String name) {
        return directory.resolve(name).toString();
    }

    private static void keytool(String alias, List<String> arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(arguments);
        command.addAll(List.of("-alias", alias, "-storetype", "PKCS12"));
        command.addAll(List.of("-keystore", file(alias + ".p12"), "-storepass", PASSWORD));
        Path log = directory.resolve("keytool.log");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        assertEquals(0, process.waitFor(), () -> String.join(" ", command));
    }

    private static X509Certificate certificate(String name) throws Exception {
        try (InputStream in = Files.newInputStream(directory.resolve(name + ".der"))) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    private static List<X509Certificate> certificates(String names) throws Exception {
        List<X509Certificate> certificates = new ArrayList<>();
        for (String name : names.split(" ", -1)) {
            certificates.add(certificate(name));
        }
        return certificates;
    }

    @ParameterizedTest
    @CsvSource({
        "root, plain, true",
        "root, plain root, true",
        "root, for-any, true",
        "root, for-servers, false",
        "root, for-certificates, true",
        "root, by-between between, true",
        "root, by-between root between, true",
        "root, by-between, false",
        "between, by-between, true",
        "root, by-between-for-servers between-for-servers, false",
        "root, self, false",
        "self, self, true",
        "self-for-servers, self-for-servers, false",
        "no-root, by-no-root, false",
        "root-for-servers, by-root-for-servers, false",
        "root-of-old, by-root-of-old, false",
        "root-of-old root, plain, true",
        "root-of-old, root-of-old, false",
        "root-of-length-0, by-root-of-length-0, true",
        "root-of-length-0, by-short-between short-between, false",
        "root-of-good-names, good-name, true",
        "root-of-good-names, bad-name, false"
    })
    void aClientIsLetInAsByTheGoDaemon(String signers, String sent, boolean good) throws Exception {
        ClientCertificates verifier = ClientCertificates.signedBy(certificates(signers));
        X509Certificate[] chain = certificates(sent).toArray(X509Certificate[]::new);
        if (good) {
            verifier.checkClientTrusted(chain, "UNKNOWN");
        } else {
            assertThrows(CertificateException.class, () -> verifier.checkClientTrusted(chain, "UNKNOWN"));
        }
    }

    @Test
    void withoutSignersTheSystemsMaySign() throws Exception {
        ClientCertificates verifier = ClientCertificates.signedBy(List.of());
        assertTrue(verifier.getAcceptedIssuers().length > 10, Arrays.toString(verifier.getAcceptedIssuers()));
        X509Certificate[] chain = {certificate("plain"), certificate("root")};
        assertThrows(CertificateException.class, () -> verifier.checkClientTrusted(chain, "UNKNOWN"));
    }

    @Test
    void clientsAreToldWhoMaySign() throws Exception {
        List<X509Certificate> signers = certificates("root root-of-old");
        assertArrayEquals(
                signers.toArray(), ClientCertificates.signedBy(signers).getAcceptedIssuers());
    }

    @ParameterizedTest
    @CsvSource({
        "SHA-256, SHA-256, 32, true",
        "SHA-384, SHA-384, 48, true",
        "SHA-512, SHA-512, 64, true",
        "SHA-1, SHA-1, 20, false",
        "SHA-224, SHA-224, 28, false",
        "SHA-256, SHA-1, 32, false",
        "SHA-256, SHA-256, 20, false"
    })
    void pssIsSoundWithASoundHashThroughout(String hash, String mask, int salt, boolean sound) throws Exception {
        AlgorithmParameters parameters = AlgorithmParameters.getInstance("RSASSA-PSS");
        parameters.init(new PSSParameterSpec(hash, "MGF1", new MGF1ParameterSpec(mask), salt, 1));
        assertEquals(sound, SoundPss.is(parameters.getEncoded()));
    }

    @Test
    void pssWithoutParametersIsNotSound() {
        assertFalse(SoundPss.is(null));
        assertFalse(SoundPss.is(new byte[] {0x30, 0}));
        assertFalse(SoundPss.is(new byte[] {1, 2, 3}));
    }
}
