package io.nsqd.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.nsqd.interop.Client.Delivery;
import io.nsqd.launcher.Daemon;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Data directories that pass from Go's nsqd to ours and back. */
@Tag("interop")
class DataDirectoryIT {
    @TempDir
    Path data;

    @ParameterizedTest
    @Tag("S-15")
    @Tag("S-31")
    @ValueSource(strings = {"nsqd-1.2.0-data", "nsqd-1.3.0-data"})
    void oursDeliversWhatGoLeft(String name) throws Exception {
        Fixture fixture = new Fixture(name);
        fixture.copyTo(data);
        try (Daemon ours = Daemon.of(data).flags(Fixture.FLAGS).start()) {
            assertDelivers(ours, fixture);
            assertEquals(0, ours.stop());
        }
        assertNothingIsLeftForGo();
    }

    private void assertNothingIsLeftForGo() throws Exception {
        try (Daemon go = GoTools.nsqd(data).flags(Fixture.FLAGS).start()) {
            for (JsonNode topic : HttpApi.of(go).get("/stats?format=json").get("topics")) {
                assertEquals(0, topic.get("depth").asInt(), topic::toString);
                for (JsonNode channel : topic.get("channels")) {
                    assertEquals(0, channel.get("depth").asInt(), channel::toString);
                }
            }
            assertEquals(0, go.stop());
        }
    }

    /** Ours takes over, works on with what it finds, stops; then Go's delivers all of it. */
    @ParameterizedTest
    @Tag("B-33")
    @Tag("S-10")
    @Tag("S-31")
    @Tag("S-32")
    @CsvSource({
        "nsqd-1.2.0-data, 0, 1.3.0",
        "nsqd-1.2.0-data, 10, 1.3.0",
        "nsqd-1.3.0-data, 0, 1.3.0",
        "nsqd-1.3.0-data, 10, 1.3.0",
        "nsqd-1.2.0-data, 0, 1.2.0",
        "nsqd-1.3.0-data, 10, 1.2.0"
    })
    void goDeliversWhatOursLeft(String name, int memory, String version) throws Exception {
        Fixture fixture = new Fixture(name);
        fixture.copyTo(data);
        try (Daemon ours = Daemon.of(data)
                .flags(Fixture.FLAGS)
                .flags("--mem-queue-size=" + memory)
                .start()) {
            leaveTraces(ours);
        }
        try (Daemon go = nsqd(version).flags(Fixture.FLAGS).start()) {
            assertDelivers(go, fixture);
            assertDeliversTraces(go);
            assertEquals(0, go.stop());
        }
    }

    /** Topics with messages that were requeued, are in flight or untouched, a paused channel and a paused topic. */
    private void leaveTraces(Daemon ours) throws Exception {
        HttpApi api = HttpApi.of(ours);
        int tcp = ours.tcpPort();
        api.createChannel("fresh", "work");
        api.createChannel("fresh", "halted");
        api.post("/channel/pause?topic=fresh&channel=halted", "");
        Client.publish(tcp, "fresh", "--count=30", "--size=60");
        try (Client consumer = Client.consume(tcp, "fresh", "work", "--ready=10", "--attempts=2", "--delay=10m")) {
            api.awaitChannel(
                    "fresh", "work", figures -> figures.get("deferred_count").asInt() == 30);
            assertEquals(30, consumer.finish().get("requeued").asInt());
        }
        Client.publish(tcp, "fresh", "--first=30", "--count=10", "--size=60", "--batch=10");
        api.post("/topic/create?topic=waiting", "");
        api.post("/topic/pause?topic=waiting", "");
        Client.publish(tcp, "waiting", "--count=5");
        try (Client consumer = Client.consume(tcp, "fresh", "work", "--ready=3", "--hold=10m")) {
            consumer.await(counts -> counts.get("received").asInt() == 3);
            assertEquals(0, ours.stop());
        }
        try (Stream<Path> files = Files.list(data)) {
            long dataFiles = files.filter(
                            file -> file.getFileName().toString().matches("fresh:halted\\.diskqueue\\.\\d{6}\\.dat"))
                    .count();
            assertTrue(dataFiles >= 10, "three messages of 90 bytes fit into a file, but there are " + dataFiles);
        }
    }

    private static void assertDeliversTraces(Daemon daemon) throws Exception {
        HttpApi api = HttpApi.of(daemon);
        assertEquals(40, api.channel("fresh", "work").get("depth").asInt());
        List<Delivery> work = Client.drain(daemon.tcpPort(), "fresh", "work", 40);
        assertEquals(numbers(0, 40), numbers(work));
        assertEquals(
                33, work.stream().filter(message -> message.attempts() == 2).count());
        assertEquals(7, work.stream().filter(message -> message.attempts() == 1).count());

        assertTrue(api.channel("fresh", "halted").get("paused").asBoolean());
        assertEquals(40, api.channel("fresh", "halted").get("depth").asInt());
        api.post("/channel/unpause?topic=fresh&channel=halted", "");
        List<Delivery> halted = Client.drain(daemon.tcpPort(), "fresh", "halted", 40);
        assertEquals(numbers(0, 40), numbers(halted));
        assertTrue(halted.stream().allMatch(message -> message.attempts() == 1));
        assertEquals(
                work.stream().map(Delivery::id).sorted().toList(),
                halted.stream().map(Delivery::id).sorted().toList());

        assertTrue(api.topic("waiting").get("paused").asBoolean());
        assertEquals(5, api.topic("waiting").get("depth").asInt());
        api.post("/topic/unpause?topic=waiting", "");
        assertEquals(numbers(0, 5), numbers(Client.drain(daemon.tcpPort(), "waiting", "late", 5)));
    }

    private static void assertDelivers(Daemon daemon, Fixture fixture) throws Exception {
        HttpApi api = HttpApi.of(daemon);
        for (Fixture.Queue queue : fixture.channels()) {
            int count = queue.deliveries().size();
            JsonNode figures = api.channel(queue.topic(), queue.channel());
            assertEquals(count, figures.get("depth").asInt(), figures::toString);
            assertEquals(queue.paused(), figures.get("paused").asBoolean(), figures::toString);
            if (queue.paused()) {
                api.post("/channel/unpause?topic=" + queue.topic() + "&channel=" + queue.channel(), "");
            }
            assertEquals(queue.deliveries(), Client.drain(daemon.tcpPort(), queue.topic(), queue.channel(), count));
            api.awaitEmpty(queue.topic(), queue.channel());
        }
        for (String topic : fixture.topics(topic -> topic.get("paused").asBoolean())) {
            List<Delivery> held = fixture.held(topic);
            JsonNode figures = api.topic(topic);
            assertTrue(figures.get("paused").asBoolean(), figures::toString);
            assertEquals(held.size(), figures.get("depth").asInt(), figures::toString);
            api.post("/topic/unpause?topic=" + topic, "");
            // The Go daemon may hand one on to a consumer that waits while an earlier one is on its way over the disk
            // (B-5).
            assertEquals(sorted(held), sorted(Client.drain(daemon.tcpPort(), topic, "new", held.size())));
        }
        for (String topic : fixture.topics(topic -> topic.get("channels").isEmpty())) {
            assertEquals(topic, api.topic(topic).path("topic_name").asText());
        }
    }

    private static List<Delivery> sorted(List<Delivery> deliveries) {
        return deliveries.stream().sorted(Comparator.comparing(Delivery::id)).toList();
    }

    private Daemon.Setup nsqd(String version) throws Exception {
        return version.equals("1.2.0") ? GoTools.oldNsqd(data) : GoTools.nsqd(data);
    }

    /** Each of the three finishes some and leaves some in flight; in the end everything was finished exactly once. */
    @ParameterizedTest
    @CsvSource({"0, 1.3.0", "20, 1.3.0", "1000, 1.3.0", "0, 1.2.0", "1000, 1.2.0"})
    void nothingIsLostOrRepeatedFromGoToOursAndBack(int memory, String version) throws Exception {
        String[] flags = {"--max-bytes-per-file=2000", "--mem-queue-size=" + memory};
        List<Delivery> finished = new ArrayList<>();
        try (Daemon go = nsqd(version).flags(flags).start()) {
            finished.addAll(work(go, 0));
        }
        try (Daemon ours = Daemon.of(data).flags(flags).start()) {
            finished.addAll(work(ours, 200));
        }
        try (Daemon go = nsqd(version).flags(flags).start()) {
            int left = 400 - finished.size();
            assertEquals(left, HttpApi.of(go).channel("t", "c").get("depth").asInt());
            finished.addAll(Client.drain(go.tcpPort(), "t", "c", left));
            HttpApi.of(go).awaitEmpty("t", "c");
            assertEquals(0, go.stop());
        }
        assertEquals(numbers(0, 400), numbers(finished));
    }

    /** Publishes 200 messages, finishes some and stops with others in flight. */
    private static List<Delivery> work(Daemon daemon, int first) throws Exception {
        int tcp = daemon.tcpPort();
        HttpApi.of(daemon).createChannel("t", "c");
        Client.publish(tcp, "t", "--first=" + first, "--count=200", "--size=100", "--batch=10");
        List<Delivery> finished;
        try (Client consumer = Client.consume(tcp, "t", "c", "--pause=5ms", "--list")) {
            consumer.await(counts -> counts.get("finished").asInt() >= 50);
            finished = Client.deliveries(consumer.finish());
        }
        try (Client consumer = Client.consume(tcp, "t", "c", "--ready=7", "--hold=10m")) {
            consumer.await(counts -> counts.get("received").asInt() == 7);
            assertEquals(0, daemon.stop());
        }
        return finished;
    }

    private static List<Integer> numbers(int from, int to) {
        return IntStream.range(from, to).boxed().toList();
    }

    private static List<Integer> numbers(List<Delivery> deliveries) {
        return deliveries.stream()
                .map(delivery -> Integer.valueOf(delivery.body().substring(0, 10)))
                .sorted()
                .toList();
    }
}
