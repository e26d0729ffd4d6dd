package io.nsqd.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.nsqd.launcher.Daemon;
import io.nsqd.tcp.AuthServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An auth server is asked about HTTP clients, too, where that is wanted. */
class HttpAuthIT {
    private static final String SECRET = "opensesame";

    private static HttpResponse<String> ask(Daemon daemon, String method, String path, String secret)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + daemon.httpPort() + path))
                .method(method, HttpRequest.BodyPublishers.ofString("x"));
        if (!secret.isEmpty()) {
            request.header("Authorization", "Bearer " + secret);
        }
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
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
}
