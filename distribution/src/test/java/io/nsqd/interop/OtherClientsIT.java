package io.nsqd.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import io.nsqd.launcher.Daemon;
import io.nsqd.tcp.Certificates;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Clients of NSQ by others than its makers: each publishes what {@code src/test/interop/plan.py} says, by PUB, and by MPUB and
 * DPUB where it knows them, has each tenth message again, and finishes all, over whatever it can of TLS, compression and AUTH.
 *
 * <p>What they cannot, and not with the Go daemon either, is in {@code docs/CLIENTS.md}.
 */
@Tag("interop")
class OtherClientsIT {
    /** Languages whose packages cannot be had, as whoever runs the tests has found out: {@code -Dinterop.without=rust}. */
    private static final List<String> WITHOUT =
            List.of(System.getProperty("interop.without", "").split(",", -1));

    private static final Path SOURCE = Path.of("src/test/interop").toAbsolutePath();
    private static final Path TARGET = Daemon.home().resolveSibling("interop");
    private static final Path ENV = Path.of("/usr/bin/env");
    private static final int COUNT = 1000;
    private static final String ANSWER = "{\"ttl\":3600,\"identity\":\"known\",\"authorizations\":"
            + "[{\"topic\":\".*\",\"channels\":[\".*\"],\"permissions\":[\"publish\",\"subscribe\"]}]}";

    private static HttpServer authServer;

    @TempDir
    Path directory;

    @BeforeAll
    static void startAuthServer() throws IOException {
        authServer = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        authServer.createContext("/auth", exchange -> {
            boolean known = exchange.getRequestURI().getQuery().contains("secret=secret&");
            byte[] answer = ANSWER.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(known ? 200 : 403, known ? answer.length : -1);
            if (known) {
                exchange.getResponseBody().write(answer);
            }
            exchange.close();
        });
        authServer.start();
    }

    @AfterAll
    static void stopAuthServer() {
        authServer.stop(0);
    }

    private static Program python(String client, String... arguments) throws IOException, InterruptedException {
        Path python = PythonPackages.install("python-clients", "python-clients.txt");
        String script = SOURCE.resolve(client).resolve("exchange.py").toString();
        return run(client, List.of("PYTHONPATH=" + SOURCE, python.toString(), "-B", script), arguments);
    }

    private static Program node(String client, String... arguments) throws IOException, InterruptedException {
        Path modules = NodeModules.install(client);
        String script = SOURCE.resolve(client).resolve("exchange.js").toString();
        return run(client, List.of("NODE_PATH=" + modules, "node", script), arguments);
    }

    private static Program rust(String client, String... arguments) throws IOException, InterruptedException {
        Path target = TARGET.resolve(client);
        Path manifest = SOURCE.resolve(client).resolve("Cargo.toml");
        prepare("cargo", "build", "-q", "--locked", "--manifest-path=" + manifest, "--target-dir=" + target);
        return run(client, List.of(target.resolve("debug/exchange").toString()), arguments);
    }

    private static void prepare(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), () -> String.join(" ", command) + ": " + output);
    }

    private static Program run(String name, List<String> command, String... arguments) throws IOException {
        return Program.start(
                name,
                ENV,
                Stream.concat(command.stream(), Arrays.stream(arguments)).toArray(String[]::new));
    }

    private static Program start(String language, String client, String... arguments)
            throws IOException, InterruptedException {
        return switch (language) {
            case "python" -> python(client, arguments);
            case "node" -> node(client, arguments);
            default -> rust(client, arguments);
        };
    }

    /**
     * @param requeued how many messages come a second time
     * @param features what the consumer's connection is to be, and the publisher's where the client can
     */
    @ParameterizedTest(name = "{1} {3}")
    @CsvSource({
        "python, gnsq, 100, ''",
        "python, gnsq, 100, tls",
        "python, gnsq, 100, deflate",
        "python, gnsq, 100, snappy",
        "python, gnsq, 100, tls deflate",
        "python, gnsq, 100, tls snappy auth",
        "python, ansq, 100, ''",
        "python, asyncnsq, 100, ''",
        "python, asyncnsq, 100, deflate",
        "python, asyncnsq, 100, snappy auth",
        "python, nsq-py, 100, ''",
        "python, nsq-py, 100, auth",
        "python, lightbringer, 100, ''",
        "python, aonsq, 0, ''",
        "node, squeaky, 100, ''",
        "node, nsq.js, 100, ''",
        "rust, tokio-nsq, 100, ''",
        "rust, tokio-nsq, 100, tls",
        "rust, tokio-nsq, 100, deflate",
        "rust, tokio-nsq, 100, snappy",
        "rust, tokio-nsq, 100, tls deflate",
        "rust, tokio-nsq, 100, tls snappy auth"
    })
    void messagesAreExchanged(String language, String client, int requeued, String features) throws Exception {
        assumeTrue(!WITHOUT.contains(language), () -> "the packages of " + language + " are not to be had here");
        List<String> wanted = List.of(features.split(" ", -1));
        List<String> flags = new ArrayList<>(
                List.of("--tls-cert=" + Certificates.file("rsa.pem"), "--tls-key=" + Certificates.file("rsa-key.pem")));
        if (wanted.contains("auth")) {
            flags.add("--auth-http-address=127.0.0.1:" + authServer.getAddress().getPort());
        }
        String topic = client + "_exchange";
        try (Daemon daemon =
                Daemon.of(directory).flags(flags.toArray(String[]::new)).start()) {
            HttpApi api = HttpApi.of(daemon);
            List<String> arguments =
                    new ArrayList<>(List.of("127.0.0.1:" + daemon.tcpPort(), topic, Integer.toString(COUNT)));
            wanted.stream().filter(feature -> !feature.isEmpty()).forEach(arguments::add);
            try (Program program = start(language, client, arguments.toArray(String[]::new))) {
                program.awaitUntil(running -> running.output().contains("exchanged " + COUNT));
                JsonNode channel = api.awaitEmpty(topic, "ch");
                assertEquals(COUNT, api.topic(topic).get("message_count").asInt());
                assertEquals(COUNT, channel.get("message_count").asInt());
                assertEquals(requeued, channel.get("requeue_count").asInt());
                assertEquals(0, channel.get("timeout_count").asInt());
                JsonNode consumer = channel.path("clients").path(0);
                assertEquals(COUNT, consumer.path("finish_count").asInt(), consumer::toString);
                assertEquals(wanted.contains("tls"), consumer.path("tls").asBoolean(), consumer::toString);
                assertEquals(
                        wanted.contains("deflate"), consumer.path("deflate").asBoolean(), consumer::toString);
                assertEquals(wanted.contains("snappy"), consumer.path("snappy").asBoolean(), consumer::toString);
                assertEquals(wanted.contains("auth"), consumer.path("authed").asBoolean(), consumer::toString);
                program.endInput();
                program.awaitExit();
            }
            assertEquals(0, daemon.stop());
        }
    }
}
