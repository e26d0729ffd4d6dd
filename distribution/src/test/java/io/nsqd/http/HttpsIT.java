package io.nsqd.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.launcher.Daemon;
import io.nsqd.testing.SelfSigned;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.Certificate;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** HTTPS with certificates from files. */
class HttpsIT {
    @TempDir
    static Path folder;

    private static KeyStore keys;

    @TempDir
    Path data;

    @BeforeAll
    static void makeCertificate() throws Exception {
        keys = SelfSigned.make(folder);
        Key key = keys.getKey(SelfSigned.ALIAS, SelfSigned.password());
        Certificate certificate = keys.getCertificate(SelfSigned.ALIAS);
        SelfSigned.writePem(folder.resolve("key.pem"), "PRIVATE KEY", key.getEncoded());
        SelfSigned.writePem(folder.resolve("cert.pem"), "CERTIFICATE", certificate.getEncoded());
    }

    private Daemon start(String... flags) throws IOException {
        return Daemon.of(data)
                .flags("--https-address=127.0.0.1:0", "--tls-cert=" + folder.resolve("cert.pem"))
                .flags("--tls-key=" + folder.resolve("key.pem"))
                .flags(flags)
                .start();
    }

    private static int port(Daemon daemon) {
        return Integer.parseInt(
                daemon.awaitLog(" INFO: HTTPS: listening on .*:(\\d+)$").group(1));
    }

    private static SSLSocket connect(int port, boolean withCertificate, String... protocols) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("a", keys.getCertificate(SelfSigned.ALIAS));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        own.init(keys, SelfSigned.password());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(withCertificate ? own.getKeyManagers() : null, trust.getTrustManagers(), null);
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(20_000);
        if (protocols.length > 0) {
            socket.setEnabledProtocols(protocols);
        }
        return socket;
    }

    @Test
    @Tag("H-92")
    @Tag("O-60")
    void theApiIsServedOverTls() throws Exception {
        try (Daemon daemon = start()) {
            for (String version : new String[] {"TLSv1.2", "TLSv1.3"}) {
                try (RawHttp client = RawHttp.over(connect(port(daemon), false, version))) {
                    assertEquals(
                            "OK", client.exchange("POST", "/pub?topic=t", "x").body());
                    String info = client.exchange("GET", "/info").body();
                    assertTrue(info.contains("\"http_port\":" + daemon.httpPort() + ","), info);
                }
            }
            try (RawHttp client = RawHttp.connect(port(daemon))) {
                assertEquals(400, client.exchange("GET", "/ping").status());
            }
            assertEquals(0, daemon.stop());
            daemon.awaitLog(" INFO: HTTPS: closing$");
        }
    }

    @Test
    @Tag("H-90")
    @Tag("H-91")
    @Tag("H-92")
    @Tag("O-54")
    void aPolicyDemandsCertificatesAndClosesPlainHttp() throws Exception {
        try (Daemon daemon = start("--tls-client-auth-policy=require")) {
            int port = port(daemon);
            try (RawHttp plain = RawHttp.connect(daemon.httpPort())) {
                RawHttp.Answer answer = plain.exchange("GET", "/ping");
                assertEquals(403, answer.status());
                assertEquals("{\"message\": \"TLS_REQUIRED\", \"https_port\": " + port + "}", answer.body());
            }
            try (RawHttp client = RawHttp.over(connect(port, true))) {
                assertEquals("OK", client.exchange("GET", "/ping").body());
            }
            try (RawHttp client = RawHttp.over(connect(port, false))) {
                assertThrows(IOException.class, () -> client.exchange("GET", "/ping"));
            }
            daemon.awaitLog(" WARNING: http: TLS handshake error from 127\\.0\\.0\\.1:\\d+: ");
        }
    }
}
