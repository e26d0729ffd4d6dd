package io.nsqd.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.security.auth.x500.X500Principal;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whom the Go daemon lets in, and the JDK's own trust manager would judge otherwise. */
@Tag("O-41")
class ClientCertificatesTest {
    private static final int RANKS = 8;
    private static final byte[] AUTHORITY = hex("30030101ff");
    private static final byte[] NO_AUTHORITY = hex("3000");

    private static final Map<String, X509Certificate> CERTIFICATES = new HashMap<>();
    private static final Map<String, KeyPair> KEYS = new HashMap<>();

    /** @param name its last part, after 2.5.29 */
    private static byte[] extension(int name, boolean critical, byte[] value) {
        byte[] flag = critical ? hex("0101ff") : new byte[0];
        return der(0x30, der(0x06, hex("551d"), new byte[] {(byte) name}), flag, der(0x04, value));
    }

    private static byte[] constraints(byte[] value) {
        return extension(19, true, value);
    }

    /** @param name what the key is for, in DER */
    private static byte[] uses(String name) {
        return extension(37, false, der(0x30, der(0x06, hex(name))));
    }

    private static byte[] called(String name) {
        return extension(17, false, der(0x30, der(0x82, name.getBytes(StandardCharsets.US_ASCII))));
    }

    @BeforeAll
    static void makeCertificates() throws Exception {
        byte[] authority = constraints(AUTHORITY);
        byte[] forServers = uses("2b06010505070301");
        byte[] goodNames = der(0x30, der(0xa0, der(0x30, der(0x82, "good.test".getBytes(StandardCharsets.US_ASCII)))));
        signed("root", "root", authority);
        signed("root-for-servers", "root-for-servers", authority, forServers);
        signed("root-of-length-0", "root-of-length-0", constraints(hex("30060101ff020100")));
        signed("root-of-good-names", "root-of-good-names", authority, extension(30, true, goodNames));
        signed("root-of-old", "root-of-old", authority);
        signed("no-root", "no-root", constraints(NO_AUTHORITY));
        signed("self", "self", constraints(NO_AUTHORITY));
        signed("self-for-servers", "self-for-servers", forServers);
        for (String root : List.of("root-for-servers", "root-of-length-0", "root-of-old", "no-root")) {
            signed("by-" + root, root);
        }
        signed("plain", "root");
        signed("for-any", "root", uses("551d2500"));
        signed("for-servers", "root", forServers);
        signed("for-certificates", "root", extension(15, true, hex("03020204")));
        signed("good-name", "root-of-good-names", called("a.good.test"));
        signed("bad-name", "root-of-good-names", called("a.other.test"));
        signed("between", "root", authority);
        signed("by-between", "between");
        signed("between-for-servers", "root", authority, forServers);
        signed("by-between-for-servers", "between-for-servers");
        signed("short-between", "root-of-length-0", authority);
        signed("by-short-between", "short-between");
        signed("between-of-good-names", "root", authority, extension(30, true, goodNames));
        signed("good-name-below", "between-of-good-names", called("a.good.test"));
        signed("bad-name-below", "between-of-good-names", called("a.other.test"));
        signed("odd", "root", extension(99, true, hex("0500")));
    }

    /** Makes a certificate for a month, with a key of its own; that of root-of-old has expired. */
    private static void signed(String name, String signer, byte[]... extensions) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        KEYS.put(name, generator.generateKeyPair());
        CERTIFICATES.put(name, made(name, signer, KEYS.size(), extensions));
    }

    private static X509Certificate made(String name, String signer, int serial, byte[]... extensions) throws Exception {
        Instant start = Instant.now().minus(3, ChronoUnit.DAYS);
        Instant end = start.plus(name.equals("root-of-old") ? 1 : 30, ChronoUnit.DAYS);
        // ECDSA with SHA-256.
        byte[] algorithm = der(0x30, der(0x06, hex("2a8648ce3d040302")));
        byte[] told = der(
                0x30,
                der(0xa0, hex("020102")),
                der(0x02, new byte[] {1}, new byte[] {(byte) serial}),
                algorithm,
                new X500Principal("CN=" + signer).getEncoded(),
                der(0x30, time(start), time(end)),
                new X500Principal("CN=" + name).getEncoded(),
                KEYS.get(name).getPublic().getEncoded(),
                extensions.length == 0 ? new byte[0] : der(0xa3, der(0x30, extensions)));
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(KEYS.get(signer).getPrivate());
        signature.update(told);
        byte[] certificate = der(0x30, told, algorithm, der(0x03, new byte[1], signature.sign()));
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(certificate));
    }

    private static byte[] time(Instant instant) {
        DateTimeFormatter format =
                DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
        return der(0x18, format.format(instant).getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }

    private static byte[] der(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        if (content.size() >= 0x100) {
            out.write(0x82);
            out.write(content.size() >> 8);
        } else if (content.size() >= 0x80) {
            out.write(0x81);
        }
        out.write(content.size());
        out.writeBytes(content.toByteArray());
        return out.toByteArray();
    }

    private static X509Certificate certificate(String name) {
        return CERTIFICATES.get(name);
    }

    private static List<X509Certificate> certificates(String names) {
        return Arrays.stream(names.split(" ", -1)).map(CERTIFICATES::get).toList();
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
        "root-of-good-names, bad-name, false",
        "root, good-name-below between-of-good-names, true",
        "root, bad-name-below between-of-good-names, false",
        "between-of-good-names, good-name-below, false",
        "root, odd, false"
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

    /** Each of a rank vouches for all of the rank below: a rank more is ten times the work. Who sends them has signed them himself. */
    @Test
    void nobodySearchesAMaze() throws Exception {
        for (int rank = 0; rank <= RANKS; rank++) {
            signed("rank-" + rank, "rank-" + rank, constraints(AUTHORITY));
        }
        List<X509Certificate> sent = new ArrayList<>(List.of(made("plain", "rank-0", 1)));
        for (int rank = 0; rank < RANKS; rank++) {
            for (int i = 0; i < 10; i++) {
                sent.add(made("rank-" + rank, "rank-" + (rank + 1), i, constraints(AUTHORITY)));
            }
        }
        assertTrue(refusal(sent).endsWith(" certificates are more than 10"), refusal(sent));
        assertTrue(refusal(sent.subList(0, 10)).contains("unknown authority"), refusal(sent.subList(0, 10)));
    }

    private static String refusal(List<X509Certificate> sent) throws Exception {
        ClientCertificates verifier = ClientCertificates.signedBy(certificates("root"));
        return assertThrows(
                        CertificateException.class,
                        () -> verifier.checkClientTrusted(sent.toArray(X509Certificate[]::new), "UNKNOWN"))
                .getMessage();
    }
}
