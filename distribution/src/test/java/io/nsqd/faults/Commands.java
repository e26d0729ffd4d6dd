package io.nsqd.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nsqd.launcher.Daemon;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** What a daemon is told to do over HTTP, and does. */
final class Commands {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private Commands() {}

    /** Posts something; the answer is 200. */
    static void post(Daemon daemon, String path, String body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + daemon.httpPort() + path))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        HttpResponse<String> answer = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
        assertEquals(200, answer.statusCode(), answer::body);
    }
}
