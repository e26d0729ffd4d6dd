package io.nsqd.platform;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nsqd.platform.Platform.HandOvers;
import io.nsqd.tcp.Delivery;
import io.nsqd.tcp.Frame;
import io.nsqd.tcp.V2Client;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of clients whose transport has left: whether one of another version comes, or none, or something happens meanwhile. */
class ParkedClientsIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Far more than a test takes: who waits for it hangs. */
    private static final String LONG = "3600";

    @TempDir
    Path directory;

    private final List<V2Client> clients = new ArrayList<>();
    private World world;
    private Platform platform;

    private void start(String handOverSeconds) throws Exception {
        world = new World(directory, Map.of("handover.seconds", handOverSeconds));
        platform = world.platform();
        platform.startAll();
        platform.awaitTransports(2);
    }

    @AfterEach
    void stop() throws Exception {
        for (V2Client client : clients) {
            client.close();
        }
        world.close();
    }

    private V2Client client() throws IOException {
        V2Client client = V2Client.connect(platform.tcpPort());
        clients.add(client);
        client.send(V2Client.MAGIC);
        // The shortest that there is: what was in flight to a client that is gone comes again soon.
        assertEquals(Frame.OK, client.line("IDENTIFY", "{\"msg_timeout\":1000}").frame());
        return client;
    }

    private V2Client consumer(String channel) throws IOException {
        V2Client consumer = client();
        assertEquals(Frame.OK, consumer.line("SUB t " + channel).frame());
        return consumer.line("RDY 100");
    }

    private static void publish(V2Client publisher, String body) throws IOException {
        assertEquals(Frame.OK, publisher.line("PUB t", body).frame());
    }

    private static Delivery expect(V2Client consumer, String body, int attempts) throws IOException {
        Delivery delivery = consumer.frame().delivery();
        assertEquals(body, delivery.body());
        assertEquals(attempts, delivery.attempts());
        return delivery;
    }

    /** All has been read that was sent, and then comes the end: no reset. */
    private static void endsPolitely(V2Client client) {
        assertThrows(EOFException.class, client::frame);
    }

    private JsonNode channel(String name) throws IOException {
        JsonNode topics = JSON.readTree(platform.get("/stats?format=json&topic=t&channel=" + name))
                .path("topics");
        return topics.path(0).path("channels").path(0);
    }

    private void replaceTransport(Path jar) throws Exception {
        platform.update(Platform.TCP, jar);
        platform.awaitTransports(2);
    }

    /** Connections are adopted one after the other once the transport is there. */
    private void awaitHandOvers(long parked, long adopted, long closed) {
        await().until(platform::handOvers, new HandOvers(parked, adopted, closed)::equals);
    }

    @Test
    void clientsLiveOnWhereRecordsAreOfAnotherVersionThatIsUnderstood() throws Exception {
        start(LONG);
        Path newer = OtherRecords.jar(directory, 2, 1);
        Path usual = OtherRecords.jar(directory, 1, 1);
        V2Client consumer = consumer("c");
        V2Client publisher = client();
        int number = 0;
        for (Path jar : List.of(newer, usual, newer, usual)) {
            String before = "before " + number;
            publish(publisher, before);
            Delivery held = expect(consumer, before, 1);
            replaceTransport(jar);
            consumer.line("FIN " + held.id());
            String after = "after " + number++;
            publish(publisher, after);
            consumer.line("FIN " + expect(consumer, after, 1).id());
        }
        awaitHandOvers(8, 8, 0);
        await().until(() -> channel("c").path("in_flight_count").asInt() == 0);
        assertEquals(0, channel("c").path("depth").asInt());
        assertEquals(0, channel("c").path("timeout_count").asInt());
        assertEquals(1, channel("c").path("clients").size());
    }

    @Test
    void clientsAreLeftPolitelyWhereRecordsAreNotUnderstood() throws Exception {
        start(LONG);
        V2Client consumer = consumer("c");
        V2Client publisher = client();
        // A newer transport understands what an older one has left.
        replaceTransport(OtherRecords.jar(directory, 3, 3));
        awaitHandOvers(2, 2, 0);
        publish(publisher, "x");

        platform.stop(Platform.TCP);
        // Nobody reads this.
        consumer.line("NOP").line("NOP");
        publisher.line("PUB t", "never");
        replaceTransport(OtherRecords.jar(directory, 1, 1), false);
        platform.start(Platform.TCP);
        platform.awaitTransports(2);
        expect(consumer, "x", 1);
        endsPolitely(consumer);
        endsPolitely(publisher);
        awaitHandOvers(4, 2, 2);
        assertEquals(0, channel("c").path("clients").size());

        V2Client next = consumer("c");
        next.line("FIN " + expect(next, "x", 2).id());
        publish(client(), "y");
        expect(next, "y", 1);
    }

    private void replaceTransport(Path jar, boolean served) throws Exception {
        platform.update(Platform.TCP, jar);
        platform.awaitTransports(served ? 2 : 1);
    }

    @Test
    void connectionsEndWhenNoTransportComes() throws Exception {
        start("1");
        V2Client consumer = consumer("c");
        V2Client publisher = client();
        publish(publisher, "x");
        expect(consumer, "x", 1);
        platform.stop(Platform.TCP);
        consumer.line("NOP");
        endsPolitely(consumer);
        endsPolitely(publisher);
        await().until(() -> channel("c").path("clients").isEmpty());

        platform.start(Platform.TCP);
        platform.awaitTransports(2);
        awaitHandOvers(2, 0, 2);
        V2Client next = consumer("c");
        expect(next, "x", 2);
    }

    @Test
    void parkedClientsAreListed() throws Exception {
        start(LONG);
        V2Client consumer = consumer("c");
        V2Client publisher = client();
        publish(publisher, "x");
        Delivery held = expect(consumer, "x", 1);
        platform.stop(Platform.TCP);
        JsonNode channel = channel("c");
        assertEquals(1, channel.path("client_count").asInt());
        JsonNode client = channel.path("clients").path(0);
        assertEquals(100, client.path("ready_count").asInt());
        assertEquals(1, client.path("in_flight_count").asInt());
        platform.start(Platform.TCP);
        platform.awaitTransports(2);
        consumer.line("FIN " + held.id());
        publish(publisher, "y");
        expect(consumer, "y", 1);
    }

    @Test
    void whoseChannelIsDeletedMeanwhileIsDisconnectedByTheNextTransport() throws Exception {
        start(LONG);
        V2Client consumer = consumer("c");
        V2Client other = consumer("d");
        platform.stop(Platform.TCP);
        consumer.line("NOP");
        platform.post("/channel/delete?topic=t&channel=c");
        platform.start(Platform.TCP);
        platform.awaitTransports(2);
        endsPolitely(consumer);
        awaitHandOvers(2, 1, 1);
        publish(client(), "x");
        expect(other, "x", 1);
    }

    @Test
    void whoGoesMeanwhileLeavesNothingBehind() throws Exception {
        start(LONG);
        V2Client consumer = consumer("c");
        V2Client publisher = client();
        publish(publisher, "x");
        expect(consumer, "x", 1);
        V2Client polite = consumer("d");
        platform.stop(Platform.TCP);
        // Who resets is gone at once; of who only says no more nobody takes notice meanwhile.
        consumer.reset();
        polite.close();
        await().until(() -> channel("c").path("clients").isEmpty());
        platform.start(Platform.TCP);
        platform.awaitTransports(2);
        await().until(() -> channel("d").path("clients").isEmpty());
        V2Client next = consumer("c");
        expect(next, "x", 2);
    }

    @Test
    void nobodyIsParkedWhenTheFrameworkStops() throws Exception {
        start(LONG);
        V2Client consumer = consumer("c");
        V2Client publisher = client();
        world.platform().close();
        consumer.closes();
        publisher.closes();
    }
}
