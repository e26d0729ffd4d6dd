package io.nsqd.http;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.nsqd.interop.HttpApi;
import io.nsqd.launcher.Daemon;
import io.nsqd.tcp.AuthServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An auth server is asked about HTTP clients, too, where that is wanted. */
class HttpAuthIT {
    private static final String SECRET = "opensesame";
    private static final String OTHER_SECRET = "closesesame";
    private static final String BIG = "x".repeat(5_000_000);

    private static HttpResponse<String> ask(Daemon daemon, String method, String path, String secret)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + daemon.httpPort() + path))
                .method(method, HttpRequest.BodyPublishers.ofString("x"));
        if (!secret.isEmpty()) {
            request.header("Authorization", "Bearer " + secret);
        }
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpRequest request(Daemon daemon, String path, String body) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + daemon.httpPort() + path))
                .header("Authorization", "Bearer " + SECRET)
                .timeout(Duration.ofSeconds(20))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    /** Sends a request on a connection that ends with the answer. */
    private static Socket send(Daemon daemon, String path, String secret, String body) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), daemon.httpPort());
        String head = "POST " + path + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\nAuthorization: Bearer " + secret
                + "\r\nContent-Length: " + body.length() + "\r\n\r\n";
        socket.getOutputStream().write((head + body).getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static int ask(Daemon daemon, String path, String body) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(request(daemon, path, body), HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    private static int depth(Daemon daemon, String topic) throws IOException, InterruptedException {
        return HttpApi.of(daemon).topic(topic).path("depth").asInt();
    }

    private static int status(Daemon daemon, String method, String path, String secret)
            throws IOException, InterruptedException {
        return ask(daemon, method, path, secret).statusCode();
    }

    @Test
    void httpClientsAreCheckedWhereThatIsWanted(@TempDir Path data) throws Exception {
        try (AuthServer server = new AuthServer();
                Daemon daemon = Daemon.of(data)
                        .flags("--auth-http-address=" + server.address(), "--auth-http-api")
                        .start()) {
            server.permits(SECRET, 60, "^t$", ".*", "publish\",\"subscribe");
            assertEquals(401, status(daemon, "POST", "/pub?topic=t", ""));
            assertEquals(401, status(daemon, "POST", "/pub?topic=t", "nobody-knows"));
            assertEquals(200, status(daemon, "POST", "/pub?topic=t", SECRET));
            assertEquals(200, status(daemon, "POST", "/channel/create?channel=c&topic=t", SECRET));
            assertEquals(403, status(daemon, "POST", "/topic/create?topic=another", SECRET));
            assertEquals(403, status(daemon, "PUT", "/config/log_level", SECRET));
            assertEquals(200, status(daemon, "GET", "/metrics", ""));
            assertEquals(1, server.questions(SECRET).size());
            String stats = ask(daemon, "GET", "/stats?format=json&topic=t", "").body();
            assertEquals(
                    1,
                    new ObjectMapper()
                            .readTree(stats)
                            .at("/topics/0/channels/0/depth")
                            .asInt(),
                    stats);
            assertEquals(0, daemon.stop());
        }
    }

    /** An eighth of the heap is for what is being received, and two bodies are more than that. */
    @Test
    void aBodyThatItsEndpointHasTakesNoMemoryOfOthers(@TempDir Path data) throws Exception {
        try (AuthServer server = new AuthServer();
                Daemon daemon = Daemon.of(data)
                        .flags(
                                "--auth-http-address=" + server.address(),
                                "--auth-http-api",
                                "--max-msg-size=5242880",
                                "--max-body-size=5242880")
                        .environment("NSQD_JAVA_OPTS", "-Xmx64m")
                        .start()) {
            server.permits(SECRET, 60, ".*", ".*", "publish\",\"subscribe");
            assertEquals(200, ask(daemon, "/topic/policy?topic=slow", "{\"publish-rate\":1}"));
            try (Socket ahead = send(daemon, "/mpub?topic=slow", SECRET, "x\n".repeat(60))) {
                await().until(() -> depth(daemon, "slow") == 60);
                server.ignores(OTHER_SECRET);
                try (Socket slow = send(daemon, "/pub?topic=slow", OTHER_SECRET, BIG)) {
                    await().until(() -> server.questions(OTHER_SECRET).size() == 1);
                    // The body comes meanwhile, and waits for the auth server.
                    await().pollDelay(Duration.ofMillis(500)).until(() -> true);
                    server.permits(OTHER_SECRET, 60, "^slow$", ".*", "publish");
                    server.wakes();
                    await().until(() -> depth(daemon, "slow") == 61);
                    assertEquals(200, ask(daemon, "/pub?topic=fast", BIG));
                    // Theirs are due in a minute.
                    assertEquals(0, ahead.getInputStream().available());
                    assertEquals(0, slow.getInputStream().available());
                }
            }
        }
    }
}
