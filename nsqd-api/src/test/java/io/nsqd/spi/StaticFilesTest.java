package io.nsqd.spi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.spi.HttpEndpoint.Request;
import io.nsqd.spi.HttpEndpoint.Response;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StaticFilesTest {
    private final StaticFiles files = new StaticFiles(StaticFilesTest.class, "files");

    private static Request request(String method, Map<String, List<String>> headers) {
        return new Request(method, "/x", Map.of(), new byte[0]).with(headers);
    }

    private Response get(String name, Map<String, List<String>> headers) {
        return files.serve(request("GET", headers), name).orElseThrow();
    }

    private static Optional<String> header(Response response, String name) {
        return response.headers().stream()
                .filter(header -> header.getKey().equals(name))
                .map(Map.Entry::getValue)
                .findFirst();
    }

    @Test
    void aFileComesWithItsTypeAndWithWhatAPageMayDo() {
        Response response = get("app.js", Map.of());
        assertEquals(200, response.status());
        assertEquals("text/javascript; charset=utf-8", response.contentType());
        assertTrue(new String(response.body(), java.nio.charset.StandardCharsets.UTF_8).contains("hello"));
        String policy = header(response, "Content-Security-Policy").orElseThrow();
        assertTrue(policy.contains("script-src 'self'") && !policy.contains("unsafe"), policy);
        assertEquals(Optional.of("nosniff"), header(response, "X-Content-Type-Options"));
        assertEquals(Optional.of("no-referrer"), header(response, "Referrer-Policy"));
    }

    @Test
    void aFolderIsItsIndex() {
        assertEquals("text/html; charset=utf-8", get("", Map.of()).contentType());
        assertArrayEquals(get("", Map.of()).body(), get("index.html", Map.of()).body());
        assertTrue(files.serve(request("GET", Map.of()), "none/").isEmpty());
    }

    @Test
    void whatTheBrowserHasIsNotSentAgain() {
        String tag = header(get("app.js", Map.of()), "ETag").orElseThrow();
        assertTrue(tag.matches("\"[0-9a-f]+\""), tag);
        for (String known : List.of(tag, "W/" + tag, "\"other\", " + tag, "*")) {
            Response again = get("app.js", Map.of("if-none-match", List.of(known)));
            assertEquals(304, again.status(), known);
            assertEquals(0, again.body().length, known);
            assertEquals(Optional.of(tag), header(again, "ETag"), known);
        }
        assertEquals(
                200,
                get("app.js", Map.of("If-None-Match", List.of("\"other\""))).status());
    }

    @Test
    void textIsCompressedForThoseWhoTakeIt() throws IOException {
        Response plain = get("app.js", Map.of());
        Response compressed = get("app.js", Map.of("Accept-Encoding", List.of("br, gzip;q=0.8")));
        assertEquals(Optional.of("gzip"), header(compressed, "Content-Encoding"));
        assertTrue(compressed.body().length < plain.body().length);
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(compressed.body()))) {
            assertArrayEquals(plain.body(), in.readAllBytes());
        }
        assertNotEquals(header(plain, "ETag"), header(compressed, "ETag"));
        assertEquals(Optional.of("Accept-Encoding"), header(plain, "Vary"));
        for (String refusal : List.of("identity", "gzip;q=0", "gzip; q=0.000", "xgzip")) {
            Response response = get("app.js", Map.of("Accept-Encoding", List.of(refusal)));
            assertFalse(header(response, "Content-Encoding").isPresent(), refusal);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../StaticFilesTest.class",
                "./app.js",
                "/app.js",
                "//app.js",
                "x/../app.js",
                ".hidden.js",
                "app.js/",
                "app",
                "app.class",
                "none.js",
                "app.js\0",
                "a\\..\\app.js",
                "app.js%00"
            })
    void nothingElseIsServed(String name) {
        assertTrue(files.serve(request("GET", Map.of()), name).isEmpty());
    }

    @Test
    void filesAreOnlyRead() {
        assertEquals(
                200,
                files.serve(request("HEAD", Map.of()), "app.js").orElseThrow().status());
        assertEquals(
                405,
                files.serve(request("POST", Map.of()), "app.js").orElseThrow().status());
    }
}
