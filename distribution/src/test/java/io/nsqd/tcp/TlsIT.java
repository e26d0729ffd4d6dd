package io.nsqd.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.launcher.Daemon;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS as the distribution has it: its native library, and what is fatal to the process. */
class TlsIT extends UpgradeCase {
    @TempDir
    Path data;

    private Daemon.Setup setUp(String certificate, String key) {
        return Daemon.of(data)
                .flags("--tls-cert=" + Certificates.file(certificate), "--tls-key=" + Certificates.file(key));
    }

    /** BoringSSL's library is for one kind of processor. */
    @ParameterizedTest
    @ValueSource(strings = {"native", "jdk"})
    @Tag("P-36")
    void theProviderIsTheOneAskedFor(String provider) throws Exception {
        boolean isNative = provider.equals("native")
                && System.getProperty("os.name").equals("Linux")
                && System.getProperty("os.arch").equals("amd64");
        try (Daemon daemon = setUp("rsa.pem", "rsa-key.pem")
                .flags("--log-level=debug")
                .environment("NSQD_JAVA_OPTS", "-ea -Dnsqd.tls=" + provider)
                .start()) {
            use(daemon);
            daemon.awaitLog(" INFO: NET: TLS by " + (isNative ? "BoringSSL" : "the JDK"));
            V2Client client = open();
            assertTrue(negotiate(client, asks("\"tls_v1\":true")).path("tls_v1").asBoolean());
            client.startTls(Certificates.client(""))
                    .answersOk()
                    .line("PUB " + topic, "x")
                    .answersOk();
            assertEquals(0, daemon.stop());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "rsa.pem,missing,open .*/missing: no such file or directory",
        "missing,rsa-key.pem,open .*/missing: no such file or directory",
        "rsa.pem,ec-key.pem,tls: failed to parse private key",
        "client.pem,stranger-key.pem,tls: private key does not match public key",
        "rsa.pem,rsa.pem,tls: failed to find any PEM data in key input"
    })
    @Tag("O-25")
    void filesThatCannotBeUsedAreFatal(String certificate, String key, String text) throws Exception {
        try (Daemon daemon = setUp(certificate, key).launch()) {
            assertEquals(1, daemon.awaitExit());
            daemon.awaitLog(" FATAL: failed to instantiate nsqd - failed to build TLS config - " + text);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--tls-required", "--tls-required=tcp-https", "--tls-client-auth-policy=require"})
    @Tag("O-25")
    void tlsCannotBeRequiredWithoutACertificate(String flag) throws Exception {
        try (Daemon daemon = Daemon.of(data).flags(flag).launch()) {
            assertEquals(1, daemon.awaitExit());
            daemon.awaitLog(
                    " FATAL: failed to instantiate nsqd - cannot require TLS client connections without TLS key and cert$");
        }
    }
}
