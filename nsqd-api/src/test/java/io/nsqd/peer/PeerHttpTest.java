package io.nsqd.peer;

import static io.nsqd.testing.ScriptedServer.answer;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.testing.ScriptedServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What Go's client does with a server, line by line. The real one is put to the same questions in {@code PeerHttpIT}. */
final class PeerHttpTest {
    private static final byte[] PAGE = "the page".getBytes(StandardCharsets.UTF_8);

    private final PeerWorkers workers = new PeerWorkers("test", 4);
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable closeable : open) {
            closeable.close();
        }
        workers.close();
    }

    /** One with an answer for each path; queries are nothing to it. */
    private ScriptedServer server(ScriptedServer.Script script) throws IOException {
        ScriptedServer server =
                new ScriptedServer((target, address) -> script.answer(target.replaceFirst("\\?.*", ""), address));
        open.add(server);
        return server;
    }

    /** One that has a page, and answers everything else in one way. */
    private ScriptedServer server(byte[] other) throws IOException {
        return server((path, address) -> path.equals("/page") ? answer("200 OK", "", PAGE) : other);
    }

    private PeerHttp http(Map<Option, Object> options) {
        PeerHttp http = PeerHttp.trustingThePlatform(Options.defaults().with(options), workers);
        open.add(http);
        return http;
    }

    private PeerHttp http() {
        return http(Map.of());
    }

    private static byte[] get(PeerHttp http, String url) throws Exception {
        return http.get(url).get(30, TimeUnit.SECONDS);
    }

    private static String failure(PeerHttp http, String url) {
        Throwable cause =
                assertThrows(ExecutionException.class, () -> get(http, url)).getCause();
        assertTrue(cause instanceof IOException, cause::toString);
        assertFalse(cause.getMessage().contains("hush"), cause.getMessage());
        return cause.getMessage();
    }

    private static byte[] gzip(byte[] bytes) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return packed.toByteArray();
    }

    private static byte[] joined(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    // ---- requests

    @Test
    @Tag("P-73")
    @Tag("L-40")
    void aRequestAsksForThisVersionAndTakesCompressedAnswers() throws Exception {
        ScriptedServer server = server(new byte[0]);
        assertArrayEquals(PAGE, get(http(), "http://" + server.address() + "/page?secret=hush"));
        assertEquals(List.of("/page?secret=hush"), server.targets());
        assertEquals(List.of("application/vnd.nsq; version=1.0"), server.header("accept"));
        assertEquals(List.of("gzip"), server.header("accept-encoding"));
        assertEquals(List.of(server.address()), server.header("host"));
        assertEquals(List.of(""), server.header("authorization"));
    }

    @ParameterizedTest
    @CsvSource({
        "u:p, Basic dTpw",
        "u:p%40s%3a, Basic dTpwQHM6",
        "u, Basic dTo=",
        "u:, Basic dTo=",
        ":p, Basic OnA=",
        "u+1:a+b, Basic dSsxOmErYg==",
        "%c3%bc:%C3%A4, Basic w7w6w6Q=",
        "a@b:c, Basic YUBiOmM="
    })
    @Tag("P-73")
    void userAndPasswordOfAnAddressAreSent(String userInfo, String header) throws Exception {
        ScriptedServer server = server(new byte[0]);
        assertArrayEquals(PAGE, get(http(), "http://" + userInfo + "@" + server.address() + "/page?secret=hush"));
        assertEquals(List.of(header), server.header("authorization"));
        assertEquals(List.of("/page?secret=hush"), server.targets());
        assertEquals(List.of(server.address()), server.header("host"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "no address",
                "/page?secret=hush",
                "http://ü:ä@127.0.0.1/?secret=hush",
                "http://u:%zz@127.0.0.1/?secret=hush",
                "http://127.0.0.1:x/?secret=hush",
                "http://[::1/?secret=hush",
                "http://not a url/?secret=hush",
                "ftp://127.0.0.1/?secret=hush"
            })
    void whatIsNoAddressIsAFailureThatKeepsTheSecret(String url) {
        assertFalse(failure(http(), url).isBlank());
    }

    // ---- redirects

    @ParameterizedTest
    @CsvSource({"0, true", "1, true", "5, true", "6, true", "9, true", "10, false", "11, false"})
    @Tag("P-75")
    void redirectsAreFollowedUntilTenRequestsWereMade(int redirects, boolean arrives) throws Exception {
        ScriptedServer server = server((path, self) -> {
            int left = Integer.parseInt(path.substring(1));
            return left == 0
                    ? answer("200 OK", "", PAGE)
                    : answer("302 Found", "Location: /" + (left - 1) + "\r\n", "");
        });
        String url = "http://" + server.address() + "/" + redirects + "?secret=hush";
        if (arrives) {
            assertArrayEquals(PAGE, get(http(), url));
        } else {
            assertEquals("stopped after 10 redirects", failure(http(), url));
        }
        assertEquals(Math.min(redirects + 1, 10), server.targets().size());
    }

    @ParameterizedTest
    @CsvSource({
        "301, /page, true",
        "302, /page, true",
        "303, /page, true",
        "307, /page, true",
        "308, /page, true",
        "302, page, true",
        "302, ./x/../page, true",
        "302, http://THIS/page, true",
        "302, HTTP://THIS/page, true",
        "302, //THIS/page, true",
        "302, /page#part, true",
        "300, /page, false",
        "304, /page, false",
        "305, /page, false",
        "302, '', false",
        "302, ftp://THIS/page, false",
        "302, http://[/page, false"
    })
    @Tag("P-75")
    void whereARedirectLeads(int status, String location, boolean followed) throws Exception {
        ScriptedServer server = server((path, self) -> path.equals("/page")
                ? answer("200 OK", "", PAGE)
                : answer(status + " x", "Location: " + location.replace("THIS", self) + "\r\n", ""));
        String url = "http://" + server.address() + "/?secret=hush";
        if (followed) {
            assertArrayEquals(PAGE, get(http(), url));
            assertEquals(List.of("/?secret=hush", "/page"), server.targets());
        } else {
            assertFalse(failure(http(), url).isBlank());
            assertEquals(1, server.targets().size());
        }
    }

    @Test
    void aBlankInALocationIsSentAsGoSendsIt() throws Exception {
        ScriptedServer server = server((path, self) ->
                path.equals("/") ? answer("302 x", "Location: /a b\r\n", "") : answer("200 OK", "", PAGE));
        assertArrayEquals(PAGE, get(http(), "http://" + server.address() + "/"));
        assertEquals(List.of("/", "/a%20b"), server.targets());
    }

    @Test
    void withoutALocationThereIsNoRedirect() throws Exception {
        ScriptedServer server = server(answer("302 Found", "", PAGE));
        assertEquals("got response 302", failure(http(), "http://" + server.address() + "/"));
    }

    /** They were given for one server; where a redirect names one, they are not for it. */
    @Test
    @Tag("P-73")
    void credentialsGoAlongWithRelativeRedirectsOnly() throws Exception {
        ScriptedServer server = server((path, self) -> switch (path) {
            case "/relative" -> answer("302 Found", "Location: /absolute\r\n", "");
            case "/absolute" -> answer("302 Found", "Location: http://" + self + "/own\r\n", "");
            case "/own" -> answer("302 Found", "Location: http://v:q@" + self + "/page\r\n", "");
            default -> answer("200 OK", "", PAGE);
        });
        assertArrayEquals(PAGE, get(http(), "http://u:p@" + server.address() + "/relative"));
        assertEquals(List.of("Basic dTpw", "Basic dTpw", "", "Basic djpx"), server.header("authorization"));
        assertEquals(List.of("", "", "", ""), server.header("referer"));
    }

    @Test
    void aFailureBehindARedirectSaysWhereItLed() throws Exception {
        int dead = deadPort();
        ScriptedServer server = server(answer("302 x", "Location: http://127.0.0.1:" + dead + "/a?b=hush\r\n", ""));
        assertEquals(
                "redirected to http://127.0.0.1:" + dead + "/a: cannot connect",
                failure(http(), "http://" + server.address() + "/"));
    }

    private static int deadPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    // ---- answers

    @ParameterizedTest
    @ValueSource(ints = {201, 204, 400, 401, 404, 500, 503})
    @Tag("P-74")
    @Tag("L-42")
    void onlyStatus200IsAnAnswer(int status) throws Exception {
        ScriptedServer server = server(answer(status + " x", "WWW-Authenticate: Basic realm=\"x\"\r\n", ""));
        assertEquals("got response " + status, failure(http(), "http://" + server.address() + "/"));
    }

    @Test
    @Tag("P-74")
    @Tag("L-42")
    void aRefusalThatNamesAPortLeadsToHttpsThere() throws Exception {
        try (ServerSocket secure = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            ScriptedServer server = server(answer("403 x", "", "{\"HTTPS_port\":" + secure.getLocalPort() + "}"));
            CompletableFuture<byte[]> answer = http().get("http://" + server.address() + "/");
            try (var client = secure.accept()) {
                assertEquals(22, client.getInputStream().read(), "the first byte of a TLS handshake");
            }
            assertThrows(ExecutionException.class, () -> answer.get(30, TimeUnit.SECONDS));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | 403 without https_port",
                "{\"https_port\":0} | 403 without https_port",
                "{\"https_port\":65536} | 403 without https_port",
                "{\"https_port\":\"443\"} | https_port is a text and not an integer",
                "no JSON | invalid character 'o' in literal null (expecting 'u')"
            })
    @Tag("P-74")
    @Tag("L-42")
    void aRefusalWithoutAPortIsAFailure(String body, String why) throws Exception {
        ScriptedServer server = server(answer("403 x", "", body));
        assertEquals(why, failure(http(), "http://" + server.address() + "/"));
    }

    @ParameterizedTest
    @CsvSource({"gzip, true", "GZIP, true", "x-gzip, false", "identity, false"})
    void compressedAnswersAreUnpacked(String encoding, boolean unpacked) throws Exception {
        byte[] packed = gzip(PAGE);
        ScriptedServer server = server(answer("200 OK", "Content-Encoding: " + encoding + "\r\n", packed));
        assertArrayEquals(unpacked ? PAGE : packed, get(http(), "http://" + server.address() + "/"));
    }

    @Test
    void whatIsCompressedInPartsIsOneAnswer() throws Exception {
        byte[] packed =
                joined(gzip("the ".getBytes(StandardCharsets.UTF_8)), gzip("page".getBytes(StandardCharsets.UTF_8)));
        ScriptedServer server = server(answer("200 OK", "Content-Encoding: gzip\r\n", packed));
        assertArrayEquals(PAGE, get(http(), "http://" + server.address() + "/"));
    }

    @Test
    void whatCannotBeUnpackedIsAFailure() throws Exception {
        byte[] packed = gzip(PAGE);
        for (byte[] broken : List.of(PAGE, joined(PAGE, packed), Arrays.copyOf(packed, packed.length - 3))) {
            ScriptedServer server = server(answer("200 OK", "Content-Encoding: gzip\r\n", broken));
            assertFalse(failure(http(), "http://" + server.address() + "/").isBlank());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.0 200 OK\r\n\r\nthe page",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nthe \r\n4\r\npage\r\n0\r\n\r\n",
                "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nthe page",
                "HTTP/1.1 200 OK\nContent-Length: 8\n\nthe page",
                "HTTP/1.1 200 OK\r\nContent-Length: 8\r\nContent-Length: 8\r\n\r\nthe page",
                "HTTP/1.1 200\r\nContent-Length: 8\r\n\r\nthe page"
            })
    void anAnswerMayHaveAnyFormThatGoTakes(String answer) throws Exception {
        ScriptedServer server = server(answer.getBytes(StandardCharsets.ISO_8859_1));
        assertArrayEquals(PAGE, get(http(), "http://" + server.address() + "/"));
    }

    @Test
    void anAnswerThatIsCutShortIsAFailure() throws Exception {
        ScriptedServer server =
                server("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nthe page".getBytes(StandardCharsets.ISO_8859_1));
        assertFalse(failure(http(), "http://" + server.address() + "/").isBlank());
    }

    // ---- bounds

    @Test
    void anAnswerIsAsLongAsABodyMayBe() throws Exception {
        ScriptedServer server = server(answer("200 OK", "", PAGE));
        String url = "http://" + server.address() + "/";
        assertArrayEquals(PAGE, get(http(Map.of(Option.MAX_BODY_SIZE, 8L)), url));
        assertEquals("answer longer than 7 bytes", failure(http(Map.of(Option.MAX_BODY_SIZE, 7L)), url));
        assertEquals("answer longer than 0 bytes", failure(http(Map.of(Option.MAX_BODY_SIZE, 0L)), url));
        assertArrayEquals(PAGE, get(http(Map.of(Option.MAX_BODY_SIZE, Long.MAX_VALUE)), url));
    }

    /** A few kilobytes that stand for gigabytes. */
    @Test
    void whatUnpacksToMoreIsRefused() throws Exception {
        byte[] zeros = new byte[1 << 20];
        ScriptedServer server = server(answer("200 OK", "Content-Encoding: gzip\r\n", gzip(zeros)));
        String url = "http://" + server.address() + "/";
        assertEquals(
                "answer longer than 1048575 bytes", failure(http(Map.of(Option.MAX_BODY_SIZE, (1L << 20) - 1)), url));
        assertArrayEquals(zeros, get(http(Map.of(Option.MAX_BODY_SIZE, 1L << 20)), url));
    }

    @Test
    @Tag("P-75")
    @Tag("L-41")
    void theTimeIsForAllRequestsOfARedirect() throws Exception {
        ScriptedServer server = server(
                (path, self) -> path.equals("/silent") ? new byte[0] : answer("302 x", "Location: /silent\r\n", ""));
        long timeout = Duration.ofMillis(300).toNanos();
        long start = System.nanoTime();
        PeerHttp http = http(Map.of(Option.HTTP_CLIENT_REQUEST_TIMEOUT, timeout));
        assertEquals("timed out", failure(http, "http://" + server.address() + "/"));
        assertTrue(System.nanoTime() - start >= timeout);
        assertEquals(2, server.targets().size());
    }

    /** The head has come, the rest never does. */
    @Test
    @Tag("P-75")
    @Tag("L-41")
    void aBodyThatStallsTimesOut() throws Exception {
        try (ServerSocket stalling = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            PeerHttp http = http(Map.of(
                    Option.HTTP_CLIENT_REQUEST_TIMEOUT, Duration.ofMillis(300).toNanos()));
            CompletableFuture<byte[]> answer = http.get("http://127.0.0.1:" + stalling.getLocalPort() + "/");
            try (var client = stalling.accept()) {
                client.getOutputStream()
                        .write("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nthe".getBytes(StandardCharsets.US_ASCII));
                ExecutionException failure =
                        assertThrows(ExecutionException.class, () -> answer.get(30, TimeUnit.SECONDS));
                assertEquals("timed out", failure.getCause().getMessage());
                // The connection was let go of.
                client.getInputStream().transferTo(OutputStream.nullOutputStream());
            }
        }
    }

    @Test
    void closingBreaksOffWhatIsUnderWay() throws Exception {
        ScriptedServer server = server(new byte[0]);
        PeerHttp http = http();
        CompletableFuture<byte[]> answer = http.get("http://" + server.address() + "/");
        while (server.targets().isEmpty()) {
            Thread.onSpinWait();
        }
        http.close();
        ExecutionException failure = assertThrows(ExecutionException.class, () -> answer.get(30, TimeUnit.SECONDS));
        assertEquals("closing", failure.getCause().getMessage());
        assertEquals("closing", failure(http, "http://" + server.address() + "/"));
    }
}
