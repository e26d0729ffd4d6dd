package io.nsqd.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Our Go client ({@code src/test/go/client}), which is go-nsq with counters, or what does the same with another library ({@code
 * src/test/interop/<library>/stream.*}).
 */
public final class Client implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final Path SOURCE = Path.of("src/test/interop").toAbsolutePath();

    private final Program program;

    private Client(Program program) {
        this.program = program;
    }

    /** A message as it was delivered; each byte of the body is a character. */
    record Delivery(String id, long timestamp, int attempts, String body) {}

    public static Client produce(int tcpPort, String topic, String... flags) throws IOException, InterruptedException {
        return start("produce", List.of("--address=127.0.0.1:" + tcpPort, "--topic=" + topic), flags);
    }

    /** Publishes and waits until everything is answered. */
    public static void publish(int tcpPort, String topic, String... flags) throws IOException, InterruptedException {
        try (Client client = produce(tcpPort, topic, flags)) {
            assertEquals(0, client.finish().get("unsure").asInt());
        }
    }

    public static Client consume(int tcpPort, String topic, String channel, String... flags)
            throws IOException, InterruptedException {
        return start(
                "consume",
                List.of("--address=127.0.0.1:" + tcpPort, "--topic=" + topic, "--channel=" + channel),
                flags);
    }

    /** A consumer that asks nsqlookupd where the topic is. */
    static Client discover(int lookupdHttpPort, String topic, String channel, String... flags)
            throws IOException, InterruptedException {
        return discover(List.of(lookupdHttpPort), topic, channel, flags);
    }

    /** A consumer that asks several. */
    static Client discover(List<Integer> lookupdHttpPorts, String topic, String channel, String... flags)
            throws IOException, InterruptedException {
        String addresses =
                lookupdHttpPorts.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
        return start("consume", List.of("--lookupd=" + addresses, "--topic=" + topic, "--channel=" + channel), flags);
    }

    /** pynsq, which publishes to a topic and consumes it. */
    static Client pynsq(int tcpPort, String topic) throws IOException, InterruptedException {
        Path python = PythonPackages.install("pynsq", "pynsq/requirements.txt");
        return new Client(
                Program.start("pynsq", python, "-B", SOURCE + "/pynsq/stream.py", "127.0.0.1:" + tcpPort, topic));
    }

    /** nsqjs, which publishes to a topic and consumes it. */
    static Client nsqjs(int tcpPort, String topic) throws IOException, InterruptedException {
        String modules = "NODE_PATH=" + NodeModules.install("nsqjs");
        return new Client(Program.start(
                "nsqjs",
                Path.of("/usr/bin/env"),
                modules,
                "node",
                SOURCE + "/nsqjs/stream.js",
                "127.0.0.1:" + tcpPort,
                topic));
    }

    /** Waits for counts that are newer than this call. */
    public JsonNode counts() {
        int before = program.output().size();
        program.awaitUntil(running -> running.output().size() > before);
        return parse(program.lastOutput());
    }

    /** Finishes so many messages, in the order of their arrival. */
    static List<Delivery> drain(int tcpPort, String topic, String channel, int count)
            throws IOException, InterruptedException {
        try (Client client = consume(tcpPort, topic, channel, "--list")) {
            client.await(counts -> counts.get("finished").asInt() >= count);
            return deliveries(client.finish());
        }
    }

    private static Client start(String command, List<String> usual, String... flags)
            throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of(command));
        arguments.addAll(usual);
        arguments.addAll(List.of(flags));
        return new Client(Program.start("client", arguments.toArray(String[]::new)));
    }

    /** Waits until the counts are as wanted. */
    public JsonNode await(Predicate<JsonNode> wanted) {
        program.awaitUntil(running -> {
            String line = running.lastOutput();
            return !line.isEmpty() && wanted.test(parse(line));
        });
        return parse(program.lastOutput());
    }

    private static JsonNode parse(String line) {
        try {
            return JSON.readTree(line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lets a consumer end, or a producer complete its work; returns the final counts. */
    public JsonNode finish() throws IOException, InterruptedException {
        program.endInput();
        program.awaitExit();
        JsonNode counts = parse(program.lastOutput());
        assertEquals(true, counts.get("done").asBoolean());
        return counts;
    }

    /** What it has logged of connections that broke: a client connects again then. */
    public List<String> cuts() {
        return program.log().stream()
                .filter(line -> line.contains("IO error") || line.startsWith("cut:"))
                .toList();
    }

    /** The messages in the final counts of a consumer with {@code --list}. */
    static List<Delivery> deliveries(JsonNode counts) throws IOException {
        List<Delivery> deliveries = new ArrayList<>();
        for (JsonNode message : counts.path("messages")) {
            deliveries.add(new Delivery(
                    message.get("id").asText(),
                    message.get("timestamp").asLong(),
                    message.get("attempts").asInt(),
                    new String(message.get("body").binaryValue(), StandardCharsets.ISO_8859_1)));
        }
        return deliveries;
    }

    @Override
    public void close() {
        program.close();
    }
}
