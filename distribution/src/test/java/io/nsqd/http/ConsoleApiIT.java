package io.nsqd.http;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.nsqd.api.EmbeddedNsqd;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.launcher.Daemon;
import io.nsqd.tcp.AuthServer;
import io.nsqd.tcp.V2Client;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code /console/} answers to whom, over real sockets. */
class ConsoleApiIT {
    /**
     * Who gets what: where clients must authenticate (nobody, who has not logged in; a reader of one channel; a publisher to one topic; an
     * administrator), and where they need not (the machine itself, another machine, another one that --console-allow names).
     */
    private static final String MATRIX = """
            request                                                            nobody reader publisher admin local other allowed
            GET                                                                302    302    302       302   302   302   302
            GET index.html                                                     200    200    200       200   200   200   200
            GET lib/preact.module.js                                           200    200    200       200   200   200   200
            GET none.html                                                      404    404    404       404   404   404   404
            GET api/none                                                       404    404    404       404   404   404   404
            PUT api/session                                                    405    405    405       405   405   405   405
            GET api/session                                                    401    200    200       200   200   403   200
            GET api/events                                                     401    200    200       200   200   403   200
            GET api/topic?topic=orders                                         401    200    200       200   200   403   200
            GET api/topic?topic=secret                                         401    404    404       200   200   403   200
            GET api/channel?topic=orders&channel=billing                       401    200    200       200   200   403   200
            GET api/channel?topic=secret&channel=c                             401    404    404       200   200   403   200
            GET api/history                                                    401    200    200       200   200   403   200
            GET api/history?topic=secret                                       401    404    404       200   200   403   200
            GET api/messages?topic=orders&channel=billing                      401    200    403       200   200   403   200
            GET api/messages?topic=secret&channel=c                            401    403    403       200   200   403   200
            GET api/message?topic=orders&channel=billing&id=0000000000000000   401    404    403       404   404   403   404
            GET api/policies                                                   401    200    200       200   200   403   200
            GET api/node                                                       401    200    200       200   200   403   200
            GET api/cluster                                                    401    200    200       200   200   403   200
            GET api/bundles                                                    401    200    200       200   200   403   200
            GET api/audit                                                      401    403    403       200   200   403   200
            POST topic.create topic=orders                                     401    403    200       200   200   403   200
            POST topic.create topic=secret                                     401    403    403       200   200   403   200
            POST topic.pause topic=orders                                      401    403    200       200   200   403   200
            POST topic.unpause topic=orders                                    401    403    200       200   200   403   200
            POST topic.empty topic=secret                                      401    403    403       200   200   403   200
            POST topic.delete topic=none                                       401    403    403       404   404   403   404
            POST channel.create topic=orders channel=billing                   401    200    403       200   200   403   200
            POST channel.pause topic=orders channel=billing                    401    200    403       200   200   403   200
            POST channel.unpause topic=orders channel=billing                  401    200    403       200   200   403   200
            POST channel.empty topic=secret channel=c                          401    403    403       200   200   403   200
            POST channel.delete topic=secret channel=none                      401    403    403       404   404   403   404
            POST channel.rewind topic=orders channel=billing from=1h           401    409    403       409   409   403   409
            POST message.publish topic=orders body=x                           401    403    200       200   200   403   200
            POST message.requeue topic=orders channel=billing id=0000000000000000 401 404    403       404   404   403   404
            POST message.drop topic=orders channel=billing id=0000000000000000 401    404    403       404   404   403   404
            POST messages.move from=secret channel=c to=orders                 401    403    403       200   200   403   200
            POST policy.set scope=topic topic=never values=                    401    403    403       400   400   403   400
            POST policy.delete scope=topic topic=never                         401    403    403       404   404   403   404
            POST option.set name=mem-queue-size value=1                        401    403    403       400   400   403   400
            POST option.set name=log-level value=info                          401    403    403       200   200   403   200
            POST log.level level=info                                          401    403    403       200   200   403   200
            POST no.action                                                     401    400    400       400   400   403   400
            STOP io.nsqd.statsd                                                401    403    403       200   403   403   403
            PUT api/bundle?name=io.nsqd.statsd&dry=true                        401    403    403       200   403   403   403
            PUT api/bundle?name=io.nsqd.statsd                                 401    403    403       422   403   403   403
            POST api/logout                                                    401    200    200       200   200   403   200
            """;

    @TempDir
    Path data;

    private static void awaitConsole(Daemon daemon) {
        // The console comes after HTTP, and its first sample after that.
        await().until(() ->
                new ConsoleClient(daemon.httpPort()).get("index.html").status() == 200);
    }

    /** An address of this machine by which it is not the loopback's; nothing on one without a network. */
    private static Optional<InetAddress> otherAddress() throws IOException {
        return Collections.list(NetworkInterface.getNetworkInterfaces()).stream()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> !address.isLoopbackAddress() && address.getAddress().length == 4)
                .findFirst();
    }

    private static void assertColumn(String role, ConsoleClient client) throws IOException {
        List<String> lines = MATRIX.lines().toList();
        List<String> columns = List.of(lines.get(0).strip().split(" +", -1));
        int fromEnd = columns.size() - columns.indexOf(role);
        Map<String, String> expected = new LinkedHashMap<>();
        Map<String, String> found = new LinkedHashMap<>();
        for (String line : lines.subList(1, lines.size())) {
            List<String> words = List.of(line.strip().split(" +", -1));
            List<String> request = words.subList(0, words.size() - (columns.size() - 1));
            String name = String.join(" ", request);
            expected.put(name, words.get(words.size() - fromEnd));
            found.put(name, Integer.toString(status(client, request)));
        }
        assertEquals(lines(expected), lines(found), role);
    }

    private static String lines(Map<String, String> statuses) {
        StringBuilder lines = new StringBuilder();
        statuses.forEach((request, status) ->
                lines.append(status).append(' ').append(request).append('\n'));
        return lines.toString();
    }

    private static int status(ConsoleClient client, List<String> request) throws IOException {
        String method = request.get(0);
        String what = request.size() > 1 ? request.get(1) : "";
        return switch (method) {
            case "GET" ->
                what.equals("api/events")
                        ? client.status(what)
                        : client.get(what).status();
            case "PUT" -> client.put(what, new byte[] {1, 2, 3}).status();
            case "STOP" ->
                client.post("api/bundle", "{\"name\":\"" + what + "\",\"do\":\"stop\",\"dry\":true}")
                        .status();
            default ->
                what.startsWith("api/")
                        ? client.post(what, "{}").status()
                        : client.act(action(what, request.subList(2, request.size())))
                                .status();
        };
    }

    private static String action(String name, List<String> arguments) {
        StringBuilder json = new StringBuilder("{\"action\":\"" + name + "\"");
        for (String argument : arguments) {
            String[] parts = argument.split("=", -1);
            json.append(",\"")
                    .append(parts[0])
                    .append("\":")
                    .append(parts[1].isEmpty() ? "{}" : "\"" + parts[1] + "\"");
        }
        return json.append('}').toString();
    }

    private static void prepare(ConsoleClient client) throws IOException {
        for (String action : List.of(
                "{\"action\":\"topic.create\",\"topic\":\"orders\"}",
                "{\"action\":\"channel.create\",\"topic\":\"orders\",\"channel\":\"billing\"}",
                "{\"action\":\"topic.create\",\"topic\":\"secret\"}",
                "{\"action\":\"channel.create\",\"topic\":\"secret\",\"channel\":\"c\"}")) {
            assertEquals(200, client.act(action).status(), action);
        }
    }

    private static AuthServer authServer() throws IOException {
        AuthServer server = new AuthServer();
        server.permits("reader", 3600, "^orders$", "^billing$", "subscribe");
        server.permits("publisher", 3600, "^orders$", ".*", "publish");
        server.permits("admin", 3600, ".*", ".*", "publish\",\"subscribe");
        return server;
    }

    private static ConsoleClient loggedIn(Daemon daemon, String secret) throws IOException {
        ConsoleClient client = new ConsoleClient(daemon.httpPort());
        assertEquals(200, client.login(secret).status());
        return client;
    }

    // ---- the matrix

    @Test
    void whoHasLoggedInGetsWhatTheAuthenticatorSays() throws Exception {
        try (AuthServer server = authServer();
                Daemon daemon = Daemon.of(data)
                        .flags("--console", "--console-bundles", "--auth-http-address=" + server.address())
                        .start()) {
            awaitConsole(daemon);
            prepare(loggedIn(daemon, "admin"));
            assertColumn("nobody", new ConsoleClient(daemon.httpPort()));
            assertColumn("reader", loggedIn(daemon, "reader"));
            assertColumn("publisher", loggedIn(daemon, "publisher"));
            assertColumn("admin", loggedIn(daemon, "admin"));
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    void withoutAnAuthenticatorTheMachineItselfMay() throws Exception {
        try (Daemon daemon = Daemon.of(data)
                .flags("--console", "--console-bundles", "--http-address=0.0.0.0:0")
                .start()) {
            awaitConsole(daemon);
            ConsoleClient local = new ConsoleClient(daemon.httpPort());
            local.session();
            prepare(local);
            assertColumn("local", local);
            Optional<InetAddress> address = otherAddress();
            if (address.isPresent()) {
                assertColumn("other", new ConsoleClient(address.get(), daemon.httpPort()));
            }
            // Who comes through a proxy on the machine is not the machine.
            assertColumn("other", new ConsoleClient(daemon.httpPort()).with("X-Forwarded-For", "192.0.2.1"));
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    void othersMayWhomTheOptionNames() throws Exception {
        try (Daemon daemon = Daemon.of(data)
                .flags("--console", "--console-bundles", "--http-address=0.0.0.0:0", "--console-allow=*")
                .start()) {
            awaitConsole(daemon);
            ConsoleClient client =
                    new ConsoleClient(otherAddress().orElse(InetAddress.getLoopbackAddress()), daemon.httpPort());
            client.session();
            prepare(client);
            assertColumn("allowed", client);
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    void aMistakeInTheOptionIsSaid() throws Exception {
        try (Daemon daemon = Daemon.of(data)
                .flags("--console", "--console-allow=10.0.0.0/99")
                .start()) {
            daemon.awaitLog("--console-allow has '10\\.0\\.0\\.0/99', which is neither an address");
            assertEquals(
                    404, new ConsoleClient(daemon.httpPort()).get("index.html").status());
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    void withoutTheOptionThereIsNoConsole() throws Exception {
        try (Daemon daemon = Daemon.of(data).start()) {
            assertEquals(
                    404, new ConsoleClient(daemon.httpPort()).get("index.html").status());
            assertEquals(0, daemon.stop());
        }
    }

    /** There is no framework, and so nothing to be changed; all else is there. */
    @Test
    void aPlainProgramHasItToo() throws Exception {
        try (AuthServer server = authServer();
                EmbeddedNsqd daemon = EmbeddedNsqd.start(Options.defaults()
                        .with(Map.of(
                                Option.DATA_PATH,
                                data.toString(),
                                Option.TCP_ADDRESS,
                                "127.0.0.1:0",
                                Option.HTTP_ADDRESS,
                                "127.0.0.1:0",
                                Option.AUTH_HTTP_ADDRESS,
                                List.of(server.address()),
                                Option.CONSOLE,
                                true,
                                Option.CONSOLE_BUNDLES,
                                true)))) {
            ConsoleClient client = new ConsoleClient(daemon.nsqd().port("http"));
            await().until(() -> client.login("admin").status() == 200);
            assertFalse(client.session().json().at("/may/bundles").asBoolean(true));
            List<String> names = new ArrayList<>();
            client.get("api/bundles")
                    .json()
                    .forEach(bundle -> names.add(bundle.path("name").asText()));
            assertTrue(names.containsAll(List.of("console", "http", "tcp")), names.toString());
            assertEquals(
                    501,
                    client.post("api/bundle", "{\"name\":\"tcp\",\"do\":\"stop\"}")
                            .status());
            assertEquals(501, client.put("api/bundle?name=tcp", new byte[] {1}).status());
            assertEquals(200, client.get("api/node").status());
        }
    }

    // ---- login

    @Test
    void aSessionEndsWithTheAuthorization() throws Exception {
        try (AuthServer server = authServer();
                Daemon daemon = Daemon.of(data)
                        .flags("--console", "--auth-http-address=" + server.address())
                        .start()) {
            awaitConsole(daemon);
            ConsoleClient client = new ConsoleClient(daemon.httpPort());
            assertEquals("LOGIN_REQUIRED", client.session().code());
            assertEquals("LOGIN_FAILED", client.login("wrong").code());
            server.permits("short", 1, ".*", ".*", "publish");
            ConsoleClient.Answer login = client.login("short");
            assertEquals("short", login.json().path("user").asText());
            String cookie = login.headers().get("set-cookie");
            assertTrue(cookie.endsWith("; Path=/console; HttpOnly; SameSite=Strict"), cookie);
            assertEquals(200, client.get("api/node").status());
            // Asked again, and still known: nobody need log in again.
            await().until(() -> server.questions("short").size() == 1);
            await().until(() -> {
                assertEquals(200, client.get("api/node").status());
                return server.questions("short").size() >= 2;
            });
            try (ConsoleClient.Events events = client.events()) {
                assertEquals("snapshot", events.next().getKey());
                server.knows("short", "{}");
                // The open page ends, and does not come in again.
                assertThrows(IOException.class, () -> {
                    while (true) {
                        events.block();
                    }
                });
            }
            assertEquals("LOGIN_REQUIRED", client.get("api/node").code());

            ConsoleClient other = loggedIn(daemon, "reader");
            assertEquals(200, other.get("api/node").status());
            ConsoleClient.Answer logout = other.post("api/logout", "{}");
            assertTrue(logout.headers().get("set-cookie").contains("Max-Age=0"));
            assertEquals("LOGIN_REQUIRED", other.get("api/node").code());
            assertEquals(
                    "LOGIN_REQUIRED",
                    new ConsoleClient(daemon.httpPort())
                            .cookie("nsqd-console=" + "A".repeat(43))
                            .get("api/node")
                            .code());
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    void secretsAreNotToBeGuessed() throws Exception {
        try (AuthServer server = authServer();
                Daemon daemon = Daemon.of(data)
                        .flags("--console", "--auth-http-address=" + server.address())
                        .start()) {
            awaitConsole(daemon);
            ConsoleClient client = new ConsoleClient(daemon.httpPort());
            for (int i = 0; i < 10; i++) {
                assertEquals("LOGIN_FAILED", client.login("guess" + i).code());
            }
            assertEquals(429, client.login("admin").status());
            assertEquals(0, server.questions("admin").size());
            assertEquals(
                    "BAD_REQUEST", client.post("api/login", "{\"secret\":1}").code());
            assertEquals("BAD_REQUEST", client.post("api/login", "secret").code());
            assertEquals(0, daemon.stop());
        }
    }

    // ---- pages of others

    @Test
    void pagesOfOthersGetNothingDone() throws Exception {
        try (Daemon daemon = Daemon.of(data)
                .flags("--console", "--broadcast-address=node-1.example", "--console-allow=nsqd.example")
                .start()) {
            awaitConsole(daemon);
            ConsoleClient client = new ConsoleClient(daemon.httpPort());
            String create = "{\"action\":\"topic.create\",\"topic\":\"t\"}";
            assertEquals("WRONG_TOKEN", client.act(create).code(), "without the token");
            client.session();
            assertEquals(
                    "WRONG_TYPE",
                    client.exchange("POST", "api/action", "text/plain", create.getBytes(StandardCharsets.UTF_8))
                            .code());
            assertEquals(
                    "WRONG_ORIGIN",
                    client.with("Origin", "http://evil.example").act(create).code());
            assertEquals(
                    "WRONG_ORIGIN", client.with("Origin", "null").act(create).code());
            client.with("Origin", "").with("Sec-Fetch-Site", "cross-site");
            assertEquals("WRONG_ORIGIN", client.act(create).code());
            client.with("Sec-Fetch-Site", "");
            for (String host : List.of("evil.example", "evil.example:4151", "localhost.evil.example", "")) {
                client.with("Host", host);
                // HTTP/1.1 without a host is none, to whoever reads the head.
                int refused = host.isEmpty() ? 400 : 403;
                assertTrue(
                        List.of(refused, 403).contains(client.get("api/session").status()), host);
                assertTrue(
                        List.of(refused, 403).contains(client.get("index.html").status()), host);
                assertTrue(List.of(refused, 403).contains(client.act(create).status()), host);
            }
            assertTrue(topics(daemon).isEmpty());
            for (String host : List.of("node-1.example", "NSQD.example:80", "localhost", "127.0.0.1", "[::1]:1")) {
                client.with("Host", host).with("Origin", "http://" + host);
                assertEquals(200, client.act(create).status(), host);
            }
            assertEquals(List.of("t"), topics(daemon));
            assertEquals(0, daemon.stop());
        }
    }

    private static List<String> topics(Daemon daemon) throws IOException {
        try (RawHttp http = RawHttp.connect(daemon.httpPort())) {
            String stats = http.exchange("GET", "/stats?format=json").body();
            List<String> names = new ArrayList<>();
            new ObjectMapper()
                    .readTree(stats)
                    .path("topics")
                    .forEach(topic -> names.add(topic.path("topic_name").asText()));
            return names;
        }
    }

    // ---- audit

    @Test
    void whatWasDoneIsWrittenDown() throws Exception {
        try (Daemon daemon = Daemon.of(data).flags("--console").start()) {
            awaitConsole(daemon);
            ConsoleClient client = new ConsoleClient(daemon.httpPort());
            client.session();
            client.act("{\"action\":\"topic.create\",\"topic\":\"orders\"}");
            client.act("{\"action\":\"channel.create\",\"topic\":\"orders\",\"channel\":\"c\"}");
            client.act("{\"action\":\"channel.pause\",\"topic\":\"orders\",\"channel\":\"none\"}");
            client.act("{\"action\":\"log.level\",\"level\":\"debug\"}");
            client.act("{\"action\":\"evil\\n\\u001b[31m\",\"topic\":\"<script>\"}");
            List<String> entries = new ArrayList<>();
            for (JsonNode entry : client.get("api/audit?count=5").json()) {
                assertTrue(entry.path("time").asLong() > 0);
                assertEquals("127.0.0.1", entry.path("address").asText());
                assertEquals("127.0.0.1", entry.path("user").asText());
                entries.add(entry.path("action").asText() + " "
                        + entry.path("target").asText() + " "
                        + entry.path("outcome").asText().split(" ", -1)[0]);
            }
            assertEquals(
                    List.of(
                            "evil\n\u001b[31m <script> BAD_REQUEST",
                            "log.level log-level=debug ok",
                            "channel.pause orders:none CHANNEL_NOT_FOUND",
                            "channel.create orders:c ok",
                            "topic.create orders ok"),
                    entries);
            daemon.awaitLog(" INFO: CONSOLE: topic\\.create of orders by 127\\.0\\.0\\.1 from 127\\.0\\.0\\.1: ok$");
            daemon.awaitLog("CONSOLE: evil\\\\x0a\\\\x1b\\[31m of <script>");
            assertEquals(5, Files.readAllLines(data.resolve("nsqd.audit")).size());
            assertEquals(0, daemon.stop());
        }
        try (Daemon daemon = Daemon.of(data).flags("--console").start()) {
            awaitConsole(daemon);
            assertEquals(
                    5,
                    new ConsoleClient(daemon.httpPort()).get("api/audit").json().size(),
                    "it outlives the daemon");
            assertEquals(0, daemon.stop());
        }
    }

    // ---- live

    @Test
    void anOpenPageIsToldWhatChangesAndNothingElse() throws Exception {
        try (Daemon daemon = Daemon.of(data).flags("--console").start()) {
            awaitConsole(daemon);
            ConsoleClient client = new ConsoleClient(daemon.httpPort());
            client.session();
            client.act("{\"action\":\"topic.create\",\"topic\":\"orders\"}");
            client.act("{\"action\":\"channel.create\",\"topic\":\"orders\",\"channel\":\"c\"}");
            try (ConsoleClient.Events events = client.events()) {
                Map.Entry<String, JsonNode> first = events.next();
                assertEquals("snapshot", first.getKey());
                assertEquals("OK", first.getValue().path("health").asText());
                assertEquals(0, first.getValue().at("/topics/orders/6/c/0").asInt(-1));
                client.act("{\"action\":\"message.publish\",\"topic\":\"orders\",\"body\":\"x\"}");
                Map.Entry<String, JsonNode> delta = events.next();
                assertEquals("delta", delta.getKey());
                assertEquals(1, delta.getValue().at("/topics/orders/6/c/0").asInt());
                assertTrue(delta.getValue().at("/rates/in").asDouble() > 0, delta.toString());
                // Until the rates are none again, and the oldest message was looked at.
                events.patience(3_500);
                assertThrows(SocketTimeoutException.class, () -> {
                    for (int i = 0; i < 5; i++) {
                        events.block();
                    }
                });
            }
            try (ConsoleClient.Events events = client.events()) {
                events.next();
                client.act("{\"action\":\"channel.delete\",\"topic\":\"orders\",\"channel\":\"c\"}");
                assertEquals("orders:c", events.next().getValue().at("/gone/0").asText());
                client.act("{\"action\":\"topic.delete\",\"topic\":\"orders\"}");
                assertEquals("orders", events.next().getValue().at("/gone/0").asText());
            }
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    void filesComeWithWhatAPageMayDo() throws Exception {
        try (Daemon daemon = Daemon.of(data).flags("--console").start()) {
            awaitConsole(daemon);
            ConsoleClient client = new ConsoleClient(daemon.httpPort());
            ConsoleClient.Answer plain = client.get("lib/preact.module.js");
            String policy = plain.headers().get("content-security-policy");
            assertTrue(policy.startsWith("default-src 'none'; script-src 'self';"), policy);
            assertEquals("nosniff", plain.headers().get("x-content-type-options"));
            ConsoleClient.Answer packed = client.with("Accept-Encoding", "gzip").get("lib/preact.module.js");
            assertEquals("gzip", packed.headers().get("content-encoding"));
            assertTrue(packed.bytes().length < plain.bytes().length / 2);
            client.with("If-None-Match", packed.headers().get("etag"));
            assertEquals(304, client.get("lib/preact.module.js").status());
            assertTrue(new ConsoleClient(daemon.httpPort())
                    .get("lib/hooks.module.js")
                    .text()
                    .contains("from\"./preact.module.js\""));
            assertEquals("no-store", client.get("api/node").headers().get("cache-control"));
            assertEquals("console/", client.get("").headers().get("location"));
            assertEquals(0, daemon.stop());
        }
    }

    // ---- messages and names

    @Test
    void messagesAreShownAndNotConsumed() throws Exception {
        try (Daemon daemon = Daemon.of(data).flags("--console").start()) {
            awaitConsole(daemon);
            ConsoleClient client = new ConsoleClient(daemon.httpPort());
            client.session();
            client.act("{\"action\":\"topic.create\",\"topic\":\"t\"}");
            client.act("{\"action\":\"channel.create\",\"topic\":\"t\",\"channel\":\"c\"}");
            client.act("{\"action\":\"message.publish\",\"topic\":\"t\",\"body\":\"<script>\\u0007</script>\"}");
            client.act("{\"action\":\"message.publish\",\"topic\":\"t\",\"base64\":\"/wD/\"}");
            client.act("{\"action\":\"message.publish\",\"topic\":\"t\",\"body\":\"later\",\"deferMs\":600000}");
            JsonNode waiting =
                    client.get("api/messages?topic=t&channel=c").json().path("messages");
            assertEquals("<script>\u0007</script>", waiting.at("/0/text").asText());
            assertEquals("/wD/", waiting.at("/1/base64").asText());
            String id = waiting.at("/1/id").asText();
            // A text that is too long to be shown is cut between two characters.
            client.act("{\"action\":\"topic.create\",\"topic\":\"long\"}");
            client.act("{\"action\":\"channel.create\",\"topic\":\"long\",\"channel\":\"c\"}");
            client.act("{\"action\":\"message.publish\",\"topic\":\"long\",\"body\":\"x" + "\u00e4".repeat(50_000)
                    + "\"}");
            JsonNode cut =
                    client.get("api/messages?topic=long&channel=c").json().at("/messages/0");
            assertTrue(cut.path("truncated").asBoolean());
            assertEquals("x" + "\u00e4".repeat(32_767), cut.path("text").asText());
            ConsoleClient.Answer download = client.get("api/message?topic=t&channel=c&id=" + id);
            assertEquals(List.of((byte) 0xff, (byte) 0, (byte) 0xff), bytes(download.bytes()));
            assertEquals(
                    "attachment; filename=\"" + id + ".bin\"",
                    download.headers().get("content-disposition"));
            JsonNode deferred = client.get("api/messages?topic=t&channel=c&state=deferred")
                    .json()
                    .at("/messages/0");
            assertTrue(deferred.path("dueMs").asLong() > 500_000);
            String later = deferred.path("id").asText();
            assertEquals(
                    200,
                    client.act("{\"action\":\"message.requeue\",\"topic\":\"t\",\"channel\":\"c\",\"id\":\"" + later
                                    + "\"}")
                            .status());
            assertEquals(
                    200,
                    client.act("{\"action\":\"message.drop\",\"topic\":\"t\",\"channel\":\"c\",\"id\":\"" + id + "\"}")
                            .status());
            assertEquals(
                    2,
                    client.get("api/messages?topic=t&channel=c")
                            .json()
                            .path("messages")
                            .size());
            assertEquals(
                    "BAD_REQUEST",
                    client.act("{\"action\":\"message.publish\",\"topic\":\"t\",\"body\":\"\"}")
                            .code());
            assertEquals(
                    "BAD_REQUEST",
                    client.act("{\"action\":\"message.publish\",\"topic\":\"t\",\"body\":\"x\",\"deferMs\":-1}")
                            .code());
            assertEquals(0, daemon.stop());
        }
    }

    private static List<Byte> bytes(byte[] array) {
        List<Byte> bytes = new ArrayList<>();
        for (byte b : array) {
            bytes.add(b);
        }
        return bytes;
    }

    @Test
    void namesOfClientsMayBeAnything() throws Exception {
        String hostile = "\u001b[2J</script><img src=x onerror=alert(1)>\u202e\u2028\"\\";
        try (Daemon daemon = Daemon.of(data).flags("--console").start();
                V2Client consumer = V2Client.connect(daemon.tcpPort())) {
            awaitConsole(daemon);
            consumer.send(V2Client.MAGIC);
            consumer.line(
                    "IDENTIFY",
                    JsonMapper.builder()
                            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
                            .build()
                            .writeValueAsString(
                                    Map.of("client_id", hostile, "user_agent", hostile, "hostname", hostile)));
            consumer.frame();
            consumer.line("SUB t c");
            consumer.frame();
            ConsoleClient client = new ConsoleClient(daemon.httpPort());
            JsonNode shown = client.get("api/channel?topic=t&channel=c").json().at("/channel/clients/0");
            assertEquals(hostile, shown.path("client_id").asText());
            assertEquals(hostile, shown.path("user_agent").asText());
            assertEquals(
                    "nosniff",
                    client.get("api/channel?topic=t&channel=c").headers().get("x-content-type-options"));
            for (String bad : List.of("..%2f..", "%00", "%0a", "a%20b", "x".repeat(65), "")) {
                assertEquals(400, client.get("api/topic?topic=" + bad).status(), bad);
            }
            assertFalse(client.get("..%2f..%2fetc/passwd").status() == 200);
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    void aBodyMayBeSoLongAndNoLonger() throws Exception {
        try (Daemon daemon =
                Daemon.of(data).flags("--console", "--max-msg-size=1000").start()) {
            awaitConsole(daemon);
            ConsoleClient client = new ConsoleClient(daemon.httpPort());
            client.session();
            byte[] long100k = new byte[100_000];
            Arrays.fill(long100k, (byte) ' ');
            assertEquals(
                    413,
                    client.exchange("POST", "api/action", "application/json", long100k)
                            .status());
            assertEquals("BAD_REQUEST", client.act("[".repeat(50_000)).code());
            assertEquals("BAD_REQUEST", client.act("").code());
            assertEquals(0, daemon.stop());
        }
    }
}
