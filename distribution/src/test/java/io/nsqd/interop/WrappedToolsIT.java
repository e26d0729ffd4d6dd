package io.nsqd.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import io.nsqd.launcher.Daemon;
import io.nsqd.tcp.Certificates;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The command line tools and go-nsq over TLS, compression and both. */
@Tag("interop")
class WrappedToolsIT {
    private static final List<String> LINES =
            IntStream.range(0, 3000).mapToObj(i -> "line " + i + " – ünï").toList();

    @TempDir
    Path directory;

    private Daemon daemon;
    private HttpApi api;
    private HttpServer receiver;
    private final Set<String> posted = ConcurrentHashMap.newKeySet();

    @BeforeEach
    void start() throws IOException {
        daemon = Daemon.of(Files.createDirectories(directory.resolve("data")))
                .flags("--tls-cert=" + Certificates.file("rsa.pem"), "--tls-key=" + Certificates.file("rsa-key.pem"))
                .start();
        api = HttpApi.of(daemon);
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/", exchange -> {
            posted.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        receiver.start();
    }

    @AfterEach
    void stop() throws InterruptedException {
        receiver.stop(0);
        try (Daemon stopping = daemon) {
            assertEquals(0, stopping.stop());
        }
    }

    private Program tool(String name, String[] wrapping, String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of(wrapping));
        all.addAll(List.of(arguments));
        return Program.start(name, all.toArray(String[]::new));
    }

    private void assertWrapped(Wrapping wrapping, JsonNode client) {
        assertEquals(wrapping.tls, client.path("tls").asBoolean());
        assertEquals(
                wrapping.compression.equals("deflate"), client.path("deflate").asBoolean());
        assertEquals(
                wrapping.compression.equals("snappy"), client.path("snappy").asBoolean());
    }

    /** From to_nsq through nsq_to_nsq to nsq_to_file, nsq_tail and nsq_to_http. */
    @ParameterizedTest
    @EnumSource
    @Tag("P-36")
    void linesGoThroughAllTools(Wrapping wrapping) throws Exception {
        String nsqd = "127.0.0.1:" + daemon.tcpPort();
        String address = "--nsqd-tcp-address=" + nsqd;
        api.createChannel("lines", "copy");
        for (String channel : List.of("file", "tail", "http")) {
            api.createChannel("copies", channel);
        }
        try (Program toNsq = tool("to_nsq", wrapping.flags("producer-opt"), address, "--topic=lines")) {
            toNsq.type(String.join("\n", LINES));
            toNsq.endInput();
            toNsq.awaitExit();
        }
        try (Program copying = tool(
                "nsq_to_nsq",
                wrapping.flags("consumer-opt", "producer-opt"),
                address,
                "--destination-nsqd-tcp-address=" + nsqd,
                "--topic=lines",
                "--channel=copy",
                "--destination-topic=copies",
                "--max-in-flight=200")) {
            JsonNode channel = api.awaitChannel(
                    "lines", "copy", figures -> figures.path("clients").size() == 1);
            assertWrapped(wrapping, channel.path("clients").path(0));
            api.awaitEmpty("lines", "copy");
            copying.stop();
        }
        List<String> sorted = LINES.stream().sorted().toList();
        try (Program tail = tool(
                "nsq_tail",
                wrapping.flags("consumer-opt"),
                address,
                "--topic=copies",
                "--channel=tail",
                "-n=" + LINES.size())) {
            tail.awaitExit();
            assertEquals(sorted, tail.output().stream().sorted().toList());
        }
        Path out = Files.createDirectories(directory.resolve("out"));
        try (Program toFile = tool(
                        "nsq_to_file",
                        wrapping.flags("consumer-opt"),
                        address,
                        "--topic=copies",
                        "--channel=file",
                        "--output-dir=" + out,
                        "--max-in-flight=1000",
                        "--sync-interval=100ms");
                Program toHttp = tool(
                        "nsq_to_http",
                        wrapping.flags("consumer-opt"),
                        address,
                        "--topic=copies",
                        "--channel=http",
                        "--post=http://127.0.0.1:" + receiver.getAddress().getPort() + "/")) {
            api.awaitEmpty("copies", "file");
            api.awaitEmpty("copies", "http");
            toFile.stop();
            toHttp.stop();
        }
        List<String> filed = new ArrayList<>();
        try (Stream<Path> files = Files.list(out)) {
            for (Path file : files.toList()) {
                filed.addAll(Files.readAllLines(file));
            }
        }
        assertEquals(sorted, filed.stream().sorted().toList());
        assertEquals(sorted, posted.stream().sorted().toList());
    }

    @ParameterizedTest
    @EnumSource
    @Tag("P-36")
    void goNsqPublishesAndConsumes(Wrapping wrapping) throws Exception {
        String[] consumer = Stream.concat(Stream.of("--count=5000", "--ready=100"), Stream.of(wrapping.flags("option")))
                .toArray(String[]::new);
        String[] producer = Stream.concat(
                        Stream.of("--count=5000", "--size=1000", "--batch=50", "--connections=2"),
                        Stream.of(wrapping.flags("option")))
                .toArray(String[]::new);
        try (Client consuming = Client.consume(daemon.tcpPort(), "t", "c", consumer)) {
            Client.publish(daemon.tcpPort(), "t", producer);
            consuming.await(counts -> counts.get("missing").asInt() == 0);
            JsonNode stats = api.awaitEmpty("t", "c");
            assertWrapped(wrapping, stats.path("clients").path(0));
            assertEquals(5000, consuming.finish().get("received").asInt());
        }
    }
}
