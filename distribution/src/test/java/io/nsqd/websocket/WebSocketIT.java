package io.nsqd.websocket;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nsqd.api.EmbeddedNsqd;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.launcher.Daemon;
import io.nsqd.launcher.DistributionCopy;
import io.nsqd.tcp.AuthServer;
import io.nsqd.testing.SelfSigned;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** V2 over a WebSocket, with the client of the JDK. */
final class WebSocketIT {
    private static final String ID = "id=0000000000000000";
    private static final Frames.Frame OK = new Frames.Frame(0, "OK");

    @TempDir
    private Path directory;

    private final HttpClient http = HttpClient.newHttpClient();

    private Daemon start(String... flags) throws IOException {
        return Daemon.of(directory).flags("--websocket").flags(flags).start();
    }

    private HttpResponse<String> ask(Daemon daemon, String method, String path, String body)
            throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + daemon.httpPort() + path))
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private JsonNode stats(Daemon daemon) throws IOException, InterruptedException {
        return new ObjectMapper()
                .readTree(ask(daemon, "GET", "/stats?format=json", "").body());
    }

    @Test
    void messagesAreFinishedGivenBackAndTouchedAsOverTcp() throws Exception {
        try (Daemon daemon = start();
                Frames producer = Frames.connect(daemon.httpPort());
                Frames consumer = Frames.connect(daemon.httpPort())) {
            assertEquals("nsq.v2", producer.subprotocol());
            consumer.send("SUB t c\n");
            assertEquals(OK, consumer.next());
            consumer.send("RDY 100\n");
            for (int i = 0; i < 1000; i++) {
                producer.line("PUB t", "message " + i);
                assertEquals(OK, producer.next());
            }
            Set<String> bodies = new HashSet<>();
            for (int i = 0; i < 1000; i++) {
                Frames.Frame message = consumer.next();
                assertEquals(1, message.attempts());
                bodies.add(message.body());
                if (i == 0) {
                    consumer.send("TOUCH " + message.id() + "\nREQ " + message.id() + " 0\n");
                } else {
                    consumer.send("FIN " + message.id() + "\n");
                }
                if (bodies.size() < 1000 && i == 999) {
                    i--;
                    // The one that was given back comes again in between.
                    bodies.add(consumer.next().body());
                }
            }
            assertEquals(1000, bodies.size());
            assertEquals("ping", producer.ping("ping"));
            producer.line("PUB bad!topic", "x");
            assertTrue(producer.next().data().startsWith("E_BAD_TOPIC"));
            JsonNode clients = stats(daemon).at("/topics/0/channels/0/clients");
            assertEquals("V2", clients.at("/0/version").asText());
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    void whereAFrameEndsSaysNothing() throws Exception {
        try (Daemon daemon = start();
                Frames client = Frames.connect(daemon.httpPort())) {
            // A command in pieces: some of one message of the WebSocket, some of the next.
            client.send("PU", false)
                    .send("B t\n\0\0", false)
                    .send("\0", true)
                    .send("\5he", true)
                    .send("llo", true);
            assertEquals(OK, client.next());
            // Many in one.
            client.send("PUB t\n\0\0\0\1aPUB t\n\0\0\0\1bPUB t\n\0\0\0\1c");
            for (int i = 0; i < 3; i++) {
                assertEquals(OK, client.next());
            }
            // One that is bigger than what is read at once.
            client.line("PUB t", "x".repeat(900_000));
            assertEquals(OK, client.next());
            assertEquals(5, stats(daemon).at("/topics/0/depth").asInt());
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    void whoDoesNotUnderstandIsToldSo() throws Exception {
        try (Daemon daemon = start()) {
            try (Frames client = Frames.connect(daemon.httpPort())) {
                client.text("PUB t");
                assertEquals(1003, client.closeCode());
            }
            try (Frames client = Frames.connect(daemon.httpPort())) {
                client.flood("x".repeat((1 << 20) + 1));
                assertEquals(1009, client.closeCode());
            }
            try (Frames client = Frames.connect(daemon.httpPort())) {
                client.send("CLS nothing\n");
                assertTrue(client.next().data().startsWith("E_INVALID"));
                assertEquals(1001, client.closeCode());
            }
            assertEquals(0, daemon.stop());
        }
    }

    private static String handshake(int port, Map<String, String> headers) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(30_000);
            StringBuilder head = new StringBuilder("GET /ws HTTP/1.1\r\n");
            headers.forEach((name, value) ->
                    head.append(name).append(": ").append(value).append("\r\n"));
            socket.getOutputStream().write((head + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1))
                    .readLine();
        }
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
                    # Host,             Origin,                 version, key,                      upgrade,   status
                    127.0.0.1,          ,                       13,      dGhlIHNhbXBsZSBub25jZQ==, websocket, 101
                    127.0.0.1,          http://127.0.0.1,       13,      dGhlIHNhbXBsZSBub25jZQ==, websocket, 101
                    127.0.0.1,          https://shop.example,   13,      dGhlIHNhbXBsZSBub25jZQ==, WebSocket, 101
                    127.0.0.1,          http://evil.example,    13,      dGhlIHNhbXBsZSBub25jZQ==, websocket, 403
                    evil.example,       http://evil.example,    13,      dGhlIHNhbXBsZSBub25jZQ==, websocket, 403
                    127.0.0.1,          null,                   13,      dGhlIHNhbXBsZSBub25jZQ==, websocket, 403
                    127.0.0.1,          ,                       8,       dGhlIHNhbXBsZSBub25jZQ==, websocket, 426
                    127.0.0.1,          ,                       13,      dGhlIHNhbXBsZQ==,         websocket, 400
                    127.0.0.1,          ,                       13,      ???,                      websocket, 400
                    127.0.0.1,          ,                       13,      dGhlIHNhbXBsZSBub25jZQ==, h2c,       426
                    """)
    void onlyTheDaemonsOwnPagesAndThoseThatWereNamedMayConnect(
            String host, String origin, String version, String key, String upgrade, int status) throws Exception {
        try (Daemon daemon = start("--websocket-origins=https://shop.example, https://other.example")) {
            Map<String, String> headers = new LinkedHashMap<>();
            headers.put("Host", host);
            headers.put("Connection", "keep-alive, Upgrade");
            headers.put("Upgrade", upgrade);
            headers.put("Sec-WebSocket-Version", version);
            headers.put("Sec-WebSocket-Key", key);
            if (origin != null) {
                headers.put("Origin", origin);
            }
            assertTrue(handshake(daemon.httpPort(), headers).startsWith("HTTP/1.1 " + status + " "));
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    void aPlainProgramHasItToo() throws Exception {
        Options options = Options.defaults()
                .with(Map.of(
                        Option.DATA_PATH,
                        directory.toString(),
                        Option.TCP_ADDRESS,
                        "127.0.0.1:0",
                        Option.HTTP_ADDRESS,
                        "127.0.0.1:0",
                        Option.WEBSOCKET,
                        true));
        try (EmbeddedNsqd daemon = EmbeddedNsqd.start(options);
                Frames client = Frames.connect(daemon.nsqd().port("http"))) {
            client.line("PUB t", "x");
            assertEquals(OK, client.next());
            client.send("SUB t c\n");
            assertEquals(OK, client.next());
            client.send("RDY 1\n");
            assertEquals("x", client.next().body());
        }
    }

    @Test
    void withoutTheOptionThereIsNothing() throws Exception {
        try (Daemon daemon = Daemon.of(directory).start()) {
            assertEquals(404, ask(daemon, "GET", "/ws/nsq.js", "").statusCode());
            assertEquals(404, ask(daemon, "GET", "/sub?topic=t&channel=c", "").statusCode());
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    void theModuleForScriptsAndItsTypesAreThere() throws Exception {
        try (Daemon daemon = start()) {
            assertEquals(426, ask(daemon, "GET", "/ws", "").statusCode());
            HttpResponse<String> script = ask(daemon, "GET", "/ws/nsq.js", "");
            assertTrue(script.body().contains("export class Nsq "));
            assertEquals(
                    "*",
                    script.headers().firstValue("access-control-allow-origin").orElse(""));
            assertTrue(ask(daemon, "GET", "/ws/nsq.d.ts", "").body().contains("export declare class Nsq "));
            assertEquals(404, ask(daemon, "GET", "/ws/other.js", "").statusCode());
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    void anAuthenticatorIsAskedAsOverTcp() throws Exception {
        try (AuthServer server = new AuthServer();
                Daemon daemon = start("--auth-http-address=" + server.address(), "--auth-http-api")) {
            server.permits("opensesame", 60, "^t$", ".*", "publish\",\"subscribe");
            try (Frames client = Frames.connect(daemon.httpPort())) {
                client.send("SUB t c\n");
                assertTrue(client.next().data().startsWith("E_AUTH_FIRST"));
            }
            try (Frames client = Frames.connect(daemon.httpPort())) {
                client.line("AUTH", "opensesame");
                assertEquals(0, client.next().type());
                client.send("SUB t c\n");
                assertEquals(OK, client.next());
            }
            assertEquals(0, daemon.stop());
        }
    }

    /** By role: nobody, who may subscribe, who may publish, who may administer. */
    @ParameterizedTest
    @CsvSource(textBlock = """
                    GET,  /ws/nsq.js,                          200, 200, 200, 200
                    GET,  /ws,                                 426, 426, 426, 426
                    GET,  /sub?topic=t&channel=c,              401, 200, 403, 403
                    GET,  /sub?topic=other&channel=c,          401, 403, 403, 403
                    POST, /fin?topic=t&channel=c&id=ID,        401, 404, 403, 403
                    POST, /fin?id=ID,                          401, 403, 403, 403
                    POST, /req?topic=t&channel=c&id=ID,        401, 404, 403, 403
                    """)
    void eventsAreForThoseWhoMaySubscribe(
            String method, String path, int nobody, int reader, int publisher, int administrator) throws Exception {
        try (AuthServer server = new AuthServer();
                Daemon daemon = start("--auth-http-address=" + server.address(), "--auth-http-api")) {
            server.permits("reader", 60, "^t$", ".*", "subscribe");
            server.permits("publisher", 60, "^t$", ".*", "publish");
            server.permits("administrator", 60, ".*", ".*", "publish");
            assertEquals(nobody, status(daemon, method, path, ""));
            assertEquals(reader, status(daemon, method, path, "reader"));
            assertEquals(publisher, status(daemon, method, path, "publisher"));
            assertEquals(administrator, status(daemon, method, path, "administrator"));
            assertEquals(0, daemon.stop());
        }
    }

    private int status(Daemon daemon, String method, String path, String secret)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + daemon.httpPort() + path.replace("id=ID", ID)))
                .method(method, HttpRequest.BodyPublishers.noBody());
        if (!secret.isEmpty()) {
            request.header("Authorization", "Bearer " + secret);
        }
        HttpResponse<InputStream> response = http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        // Of a stream the head is enough.
        response.body().close();
        return response.statusCode();
    }

    @Test
    void withinTlsAConnectionCountsAsEncrypted() throws Exception {
        KeyStore keys = SelfSigned.make(directory);
        SelfSigned.writePem(
                directory.resolve("key.pem"),
                "PRIVATE KEY",
                keys.getKey(SelfSigned.ALIAS, SelfSigned.password()).getEncoded());
        SelfSigned.writePem(
                directory.resolve("cert.pem"),
                "CERTIFICATE",
                keys.getCertificate(SelfSigned.ALIAS).getEncoded());
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("a", keys.getCertificate(SelfSigned.ALIAS));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(null, trust.getTrustManagers(), null);
        HttpClient client = HttpClient.newBuilder().sslContext(tls).build();
        Daemon.Setup setup = Daemon.of(Files.createDirectory(directory.resolve("data")))
                .flags(
                        "--websocket",
                        "--https-address=127.0.0.1:0",
                        "--tls-required=true",
                        "--tls-cert=" + directory.resolve("cert.pem"),
                        "--tls-key=" + directory.resolve("key.pem"));
        try (Daemon daemon = setup.start()) {
            int port = Integer.parseInt(
                    daemon.awaitLog(" INFO: HTTPS: listening on .*:(\\d+)$").group(1));
            try (Frames frames = Frames.connect("wss", port, client)) {
                // What asks for TLS gets no second one.
                frames.line("IDENTIFY", "{\"feature_negotiation\":true,\"tls_v1\":true}");
                assertEquals(
                        false,
                        new ObjectMapper()
                                .readTree(frames.next().data())
                                .get("tls_v1")
                                .asBoolean());
                frames.send("SUB t c\n");
                assertEquals(OK, frames.next());
                HttpResponse<String> stats = client.send(
                        HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + port + "/stats?format=json"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                JsonNode shown = new ObjectMapper().readTree(stats.body()).at("/topics/0/channels/0/clients/0");
                assertTrue(shown.get("tls").asBoolean(), stats::body);
                assertTrue(shown.get("tls_version").asText().startsWith("TLS"), stats::body);
            }
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    void anUpdateOfHttpIsNotNoticedAndOneOfTcpEndsTheConnection() throws Exception {
        DistributionCopy copy = new DistributionCopy(directory.resolve("home"));
        copy.addOptional("nsqd-websocket");
        Path data = Files.createDirectory(directory.resolve("data"));
        try (Daemon daemon =
                        Daemon.of(data).home(copy.home()).flags("--websocket").start();
                Frames producer = Frames.connect(daemon.httpPort());
                Frames consumer = Frames.connect(daemon.httpPort())) {
            consumer.send("SUB t c\n");
            assertEquals(OK, consumer.next());
            consumer.send("RDY 10\n");
            for (int update = 1; update <= 3; update++) {
                // In flight over the update.
                producer.line("PUB t", "before " + update);
                assertEquals(OK, producer.next());
                Frames.Frame held = consumer.next();
                long started = started(daemon, "nsqd-http");
                copy.replace("nsqd-http");
                await().atMost(Duration.ofSeconds(60)).until(() -> started(daemon, "nsqd-http") > started);
                consumer.send("FIN " + held.id() + "\n");
                producer.line("PUB t", "after " + update);
                assertEquals(OK, producer.next());
                Frames.Frame after = consumer.next();
                assertEquals("after " + update, after.body());
                assertEquals(1, after.attempts());
                consumer.send("FIN " + after.id() + "\n");
            }
            assertFalse(producer.isClosed() || consumer.isClosed());
            copy.replace("nsqd-tcp");
            assertTrue(Set.of(1001, 1012).contains(consumer.closeCode()));
            await().atMost(Duration.ofSeconds(60)).until(() -> started(daemon, "nsqd-tcp") > 0);
            await().atMost(Duration.ofSeconds(60)).ignoreExceptions().until(() -> {
                try (Frames again = Frames.connect(daemon.httpPort())) {
                    again.line("PUB t", "again");
                    return again.next().equals(OK);
                }
            });
            assertEquals(0, daemon.stop());
        }
    }

    private static long started(Daemon daemon, String bundle) {
        return daemon.log().stream()
                .filter(line -> line.contains("PLUGIN(" + bundle + ".jar): started"))
                .count();
    }
}
