package io.nsqd.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS as the flags have it: certificates, keys, policies. */
class TlsTest extends UpgradeCase {
    @TempDir
    Path data;

    private TestedDaemon start(String certificate, String key, String... flags) throws IOException {
        List<String> all = new ArrayList<>(
                List.of("--tls-cert=" + Certificates.file(certificate), "--tls-key=" + Certificates.file(key)));
        all.addAll(List.of(flags));
        TestedDaemon started = SharedDaemons.start(data, all, "-Dnsqd.tls=" + provider());
        use(started);
        return started;
    }

    /** Who does TLS where the machine can; BoringSSL's library is for one kind of processor. */
    String provider() {
        return "native";
    }

    @Test
    @Tag("P-36")
    void theProviderIsTheOneAskedFor() throws Exception {
        try (TestedDaemon daemon = start("rsa.pem", "rsa-key.pem", "--log-level=debug")) {
            boolean isNative = provider().equals("native")
                    && System.getProperty("os.name").equals("Linux")
                    && System.getProperty("os.arch").equals("amd64");
            daemon.awaitLog(" INFO: NET: TLS by " + (isNative ? "BoringSSL" : "the JDK"));
            assertServed("");
            assertEquals(0, daemon.stop());
        }
    }

    private V2Client asking() throws IOException {
        V2Client client = open();
        assertTrue(negotiate(client, asks("\"tls_v1\":true")).path("tls_v1").asBoolean());
        return client;
    }

    private void assertServed(String own) throws IOException {
        asking().startTls(Certificates.client(own))
                .answersOk()
                .line("PUB " + topic, "x")
                .answersOk();
    }

    @ParameterizedTest
    @CsvSource({"rsa.pem,rsa-key.pem", "rsa.pem,rsa-key-pkcs1.pem", "ec.pem,ec-key.pem", "ec.pem,ec-key-sec1.pem"})
    @Tag("O-41")
    void keysOfEveryForm(String certificate, String key) throws Exception {
        try (TestedDaemon daemon = start(certificate, key)) {
            assertServed("");
            assertEquals(0, daemon.stop());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--tls-required=true", "--tls-required=tcp-https"})
    @Tag("P-21")
    void whereTlsIsRequiredNothingElseIsServed(String flag) throws Exception {
        try (TestedDaemon daemon = start("rsa.pem", "rsa-key.pem", flag)) {
            for (String line : new String[] {"NOP", "PUB t", "SUB t c", "FIN 0123456789abcdef", "NONSENSE"}) {
                String name = line.split(" ", 2)[0];
                open().line(line).refuses("E_INVALID cannot " + name + " in current state (TLS required)");
            }
            open().line("IDENTIFY", "{}")
                    .answersOk()
                    .line("NOP")
                    .refuses("E_INVALID cannot NOP in current state (TLS required)");
            V2Client client = asking().startTls(Certificates.client("")).answersOk();
            client.line("SUB t c").answersOk().line("RDY 1").line("PUB t", "x");
            Frame frame = client.frame();
            Frame message = frame.equals(Frame.OK) ? client.frame() : frame;
            client.line("FIN " + message.delivery().id());
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    @Tag("P-42")
    void aCertificateMayBeRequired() throws Exception {
        try (TestedDaemon daemon = start("rsa.pem", "rsa-key.pem", "--tls-client-auth-policy=require")) {
            assertServed("stranger");
            refused("", "TLSv1.2");
            refused("", "TLSv1.3");
            open().line("NOP").refuses("E_INVALID cannot NOP in current state (TLS required)");
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    @Tag("P-42")
    void aCertificateMayHaveToBeKnown() throws Exception {
        try (TestedDaemon daemon = start(
                "rsa.pem",
                "rsa-key.pem",
                "--tls-client-auth-policy=require-verify",
                "--tls-root-ca-file=" + Certificates.file("client.pem"))) {
            assertServed("client");
            refused("stranger", "TLSv1.2");
            refused("", "TLSv1.3");
            assertEquals(0, daemon.stop());
        }
    }

    /** A client with TLS 1.3 may think for a moment that it was accepted. */
    private void refused(String own, String version) throws IOException {
        V2Client client = asking();
        try {
            client.startTls(Certificates.client(own), version);
            client.frame();
            throw new AssertionError("was accepted");
        } catch (SSLException | SocketException e) {
            daemon().awaitLog(" ERROR: \\[127\\.0\\.0\\.1:" + client.localPort()
                    + "\\] - E_IDENTIFY_FAILED IDENTIFY failed tls: ");
        }
    }

    @Test
    @Tag("X-13")
    void theLeastVersionIsKept() throws Exception {
        try (TestedDaemon daemon = start("rsa.pem", "rsa-key.pem", "--tls-min-version=tls1.3")) {
            assertServed("");
            refused("", "TLSv1.2");
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    @Tag("P-36")
    void changedCertificatesAreUsedWithoutARestart() throws Exception {
        Path certificate = Files.copy(Certificates.file("rsa.pem"), data.resolve("cert.pem"));
        Path key = Files.copy(Certificates.file("rsa-key.pem"), data.resolve("key.pem"));
        try (TestedDaemon daemon = start(certificate.toString(), key.toString())) {
            V2Client before = asking().startTls(Certificates.client("")).answersOk();
            assertEquals("CN=rsa", before.peer());
            Files.copy(Certificates.file("ec.pem"), certificate, StandardCopyOption.REPLACE_EXISTING);
            // Half of a pair is of no use.
            assertEquals(
                    "CN=rsa",
                    asking().startTls(Certificates.client("")).answersOk().peer());
            daemon.awaitLog(" WARNING: NET: the changed TLS files cannot be used - ");
            Files.copy(Certificates.file("ec-key.pem"), key, StandardCopyOption.REPLACE_EXISTING);
            assertEquals(
                    "CN=ec",
                    asking().startTls(Certificates.client("")).answersOk().peer());
            assertOpen(before);
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    @Tag("P-36")
    void withoutACertificateTlsIsNotGranted() throws Exception {
        try (TestedDaemon daemon = start(data, "--deflate=false")) {
            use(daemon);
            V2Client client = open();
            var granted = negotiate(client, asks("\"tls_v1\":true", "\"deflate\":true", "\"snappy\":true"));
            assertTrue(!granted.path("tls_v1").asBoolean()
                    && !granted.path("deflate").asBoolean());
            assertTrue(granted.path("snappy").asBoolean());
            client.startSnappy();
            client.answersOk();
            assertEquals(0, daemon.stop());
        }
    }
}
