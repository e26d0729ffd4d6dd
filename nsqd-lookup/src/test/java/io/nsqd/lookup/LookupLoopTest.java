package io.nsqd.lookup;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.HostIdentity;
import io.nsqd.peer.PeerWorkers;
import io.nsqd.testing.FakeNsqd;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a nsqlookupd is told that behaves. */
class LookupLoopTest {
    /** Time-outs that no test on a busy machine reaches, and no heartbeat. */
    private static final Timing PATIENT = new Timing(
            Duration.ofSeconds(30),
            Duration.ofMinutes(10),
            Duration.ofMinutes(10),
            Duration.ofMillis(10),
            Duration.ofMillis(50));

    private final FakeNsqd nsqd = Fakes.serving(4150, 4151);
    private final PeerWorkers workers = new PeerWorkers("nsqd-lookup", 4);
    private FakeNsqlookupd lookupd;
    private LookupLoop loop;

    @BeforeEach
    void listen() throws IOException {
        lookupd = new FakeNsqlookupd();
    }

    @AfterEach
    void stop() throws IOException {
        if (loop != null) {
            loop.close();
        }
        lookupd.close();
        workers.close();
    }

    private void start(Timing timing, String... addresses) throws IOException {
        Fakes.lookupds(nsqd, addresses);
        loop = new LookupLoop(nsqd, workers, timing);
        nsqd.tell(loop);
        loop.start();
    }

    private void start() throws IOException {
        start(PATIENT, lookupd.address());
    }

    private void awaitCommands(String... commands) {
        await().untilAsserted(() -> assertEquals(List.of(commands), lookupd.commands()));
    }

    private void awaitIdentified(int connections) {
        await().until(() -> lookupd.connections().size() == connections
                && !lookupd.connections().get(connections - 1).commands().isEmpty());
    }

    @Test
    @Tag("L-1")
    @Tag("L-2")
    @Tag("L-10")
    @Tag("L-16")
    void firstComeTheMagicAndIdentify() throws IOException {
        start();
        awaitIdentified(1);
        FakeNsqlookupd.Connection connection = lookupd.connections().get(0);
        assertArrayEquals(new byte[] {' ', ' ', 'V', '1'}, connection.magic());
        assertEquals(
                "IDENTIFY {\"broadcast_address\":\"10.0.0.1\",\"hostname\":\"" + HostIdentity.hostname()
                        + "\",\"http_port\":4151,\"tcp_port\":4150,\"version\":\"1.3.0\"}",
                connection.commands().get(0));
    }

    /** Each waits for the reply to the one before, so that no two can come as one. */
    @Test
    @Tag("L-60")
    void eachCommandComesInOnePiece() throws IOException {
        nsqd.create("orders", "archive", "billing");
        start();
        awaitCommands("REGISTER orders archive", "REGISTER orders billing");
        // IDENTIFY comes with the magic.
        assertEquals(3, lookupd.connections().get(0).pieces());
    }

    @Test
    @Tag("L-11")
    @Tag("L-12")
    @Tag("L-26")
    void whatExistsIsRegisteredOnConnectOnce() throws IOException {
        nsqd.create("orders", "archive", "billing");
        nsqd.create("solo");
        start();
        awaitCommands("REGISTER orders archive", "REGISTER orders billing", "REGISTER solo");
        nsqd.create("last");
        awaitCommands("REGISTER orders archive", "REGISTER orders billing", "REGISTER solo", "REGISTER last");
    }

    @Test
    @Tag("L-11")
    @Tag("L-12")
    @Tag("L-13")
    void whatComesAndGoesIsTold() throws IOException {
        start();
        awaitIdentified(1);
        nsqd.create("pre");
        awaitCommands("REGISTER pre");
        nsqd.create("pre", "c2");
        awaitCommands("REGISTER pre", "REGISTER pre c2");
        nsqd.topic("pre").deleteChannel("c2");
        awaitCommands("REGISTER pre", "REGISTER pre c2", "UNREGISTER pre c2");
    }

    @Test
    @Tag("L-14")
    @Tag("L-27")
    void aDeletedTopicIsUnregisteredWithItsChannels() throws IOException {
        nsqd.create("orders", "archive", "billing");
        start();
        await().until(() -> lookupd.commands().size() == 2);
        nsqd.deleteTopic("orders");
        await().until(() -> lookupd.commands().size() == 5);
        assertEquals(
                Set.of("UNREGISTER orders", "UNREGISTER orders archive", "UNREGISTER orders billing"),
                Set.copyOf(lookupd.commands().subList(2, 5)));
    }

    @Test
    @Tag("L-28")
    void ephemeralOnesAreRegisteredToo() throws IOException {
        nsqd.create("e#ephemeral", "x#ephemeral");
        start();
        awaitCommands("REGISTER e#ephemeral x#ephemeral");
        nsqd.topic("e#ephemeral").deleteChannel("x#ephemeral");
        awaitCommands("REGISTER e#ephemeral x#ephemeral", "UNREGISTER e#ephemeral x#ephemeral");
    }

    @Test
    @Tag("L-30")
    void whatWasDeletedAndMadeAgainMeanwhileEndsUpRegistered() throws IOException {
        nsqd.create("t", "c");
        start();
        await().until(() -> lookupd.commands().size() == 1);
        for (int i = 0; i < 100; i++) {
            nsqd.deleteTopic("t");
            nsqd.create("t", "c");
        }
        nsqd.create("last");
        await().until(() -> lookupd.commands().contains("REGISTER last"));
        List<String> commands = lookupd.commands();
        assertTrue(commands.lastIndexOf("REGISTER t c") > commands.lastIndexOf("UNREGISTER t c"), commands::toString);
        assertTrue(commands.lastIndexOf("REGISTER t") > commands.lastIndexOf("UNREGISTER t"), commands::toString);
    }

    @Test
    @Tag("L-15")
    @Tag("L-20")
    void heartbeatsAreSentWhileNothingElseHappens() throws IOException {
        Timing timing = new Timing(
                PATIENT.io(), Duration.ofMillis(20), PATIENT.portsWait(), PATIENT.firstRetry(), PATIENT.lastRetry());
        start(timing, lookupd.address());
        await().until(() -> lookupd.commands().size() >= 3);
        assertEquals(List.of("PING", "PING", "PING"), lookupd.commands().subList(0, 3));
        assertEquals(1, lookupd.connections().size());
    }

    @Test
    @Tag("L-24")
    @Tag("L-25")
    @Tag("X-19")
    void aLostConnectionIsMadeAgainWithoutWaitingForACommand() throws IOException {
        nsqd.create("t", "c");
        start();
        awaitCommands("REGISTER t c");
        lookupd.connections().get(0).close();
        awaitIdentified(2);
        awaitCommands("REGISTER t c");
    }

    @Test
    @Tag("L-24")
    @Tag("X-19")
    void aNsqlookupdThatStartsLaterIsFound() throws IOException {
        int port = lookupd.port();
        lookupd.close();
        nsqd.create("t");
        start(PATIENT, "127.0.0.1:" + port);
        await().until(() -> loop.firstContact().isDone());
        lookupd = new FakeNsqlookupd(port);
        awaitCommands("REGISTER t");
    }

    @Test
    @Tag("X-19")
    void aLostRegisterIsRepeated() throws IOException {
        lookupd.answering((connection, command) -> {
            if (command.startsWith("IDENTIFY")) {
                connection.reply(FakeNsqlookupd.info(1));
            } else if (lookupd.connections().size() == 1) {
                connection.close();
            } else {
                connection.reply("OK");
            }
        });
        start();
        awaitIdentified(1);
        nsqd.create("t");
        awaitIdentified(2);
        awaitCommands("REGISTER t");
    }

    @Test
    @Tag("L-31")
    void closingSaysNothingAndClosesTheConnection() throws Exception {
        nsqd.create("t");
        start();
        awaitCommands("REGISTER t");
        loop.close();
        await().until(() -> lookupd.connections().get(0).ended());
        assertEquals(List.of("REGISTER t"), lookupd.commands());
        assertEquals(1, lookupd.connections().size());
        await().until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals("nsqd-lookup")));
    }

    @Test
    @Tag("L-35")
    void aChangeOfAddressesKeepsWhatStays() throws Exception {
        nsqd.create("t");
        try (FakeNsqlookupd second = new FakeNsqlookupd();
                FakeNsqlookupd third = new FakeNsqlookupd()) {
            start(PATIENT, lookupd.address(), second.address());
            await().until(() ->
                    lookupd.commands().size() == 1 && second.commands().size() == 1);
            Fakes.lookupds(nsqd, third.address(), second.address(), third.address());
            await().until(() -> third.commands().size() == 1);
            await().until(() -> lookupd.connections().get(0).ended());
            assertEquals(List.of("REGISTER t"), lookupd.commands());
            assertEquals(1, second.connections().size());
            assertFalse(second.connections().get(0).ended());
            assertEquals(1, third.connections().size());
        }
    }

    @Test
    @Tag("L-36")
    @Tag("L-37")
    void whoIsRemovedAndAddedAgainIsToldEverythingThatExistsThen() throws IOException {
        nsqd.create("before");
        start();
        awaitCommands("REGISTER before");
        Fakes.lookupds(nsqd);
        await().until(() -> lookupd.connections().get(0).ended());
        nsqd.deleteTopic("before");
        nsqd.create("after");
        Fakes.lookupds(nsqd, lookupd.address());
        awaitIdentified(2);
        awaitCommands("REGISTER after");
    }

    @Test
    @Tag("L-16")
    @Tag("L-52")
    void itWaitsForThePorts() throws IOException {
        nsqd.stopServing("http");
        nsqd.create("t");
        start();
        nsqd.serve("http", 5151);
        awaitCommands("REGISTER t");
        assertEquals(1, lookupd.connections().size());
        assertTrue(lookupd.connections().get(0).commands().get(0).contains("\"http_port\":5151"));
    }

    @Test
    @Tag("L-16")
    void withoutAPortItConnectsInTheEnd() throws IOException {
        nsqd.stopServing("http");
        Timing timing = new Timing(
                PATIENT.io(), PATIENT.heartbeat(), Duration.ofMillis(10), PATIENT.firstRetry(), PATIENT.lastRetry());
        start(timing, lookupd.address());
        awaitIdentified(1);
        assertTrue(lookupd.connections().get(0).commands().get(0).contains("\"http_port\":0"));
    }

    @Test
    @Tag("L-16")
    @Tag("L-52")
    void whoRefusedAMissingPortIsToldAtOnceWhenItIsThere() throws IOException {
        lookupd.answering((connection, command) -> connection.reply(
                command.contains("\"http_port\":0")
                        ? "E_BAD_BODY IDENTIFY missing fields"
                        : command.startsWith("IDENTIFY") ? FakeNsqlookupd.info(1) : "OK"));
        nsqd.stopServing("http");
        nsqd.create("t");
        Duration never = Duration.ofMinutes(10);
        start(new Timing(PATIENT.io(), never, Duration.ofMillis(10), never, never), lookupd.address());
        await().until(() -> loop.firstContact().isDone());
        nsqd.serve("http", 4151);
        awaitCommands("REGISTER t");
        assertEquals(2, lookupd.connections().size());
    }

    @Test
    @Tag("L-16")
    void anotherPortIsAnnouncedOnAnotherConnection() throws IOException {
        nsqd.create("t");
        start();
        awaitCommands("REGISTER t");
        nsqd.stopServing("tcp");
        nsqd.create("meanwhile");
        awaitCommands("REGISTER t", "REGISTER meanwhile");
        assertEquals(1, lookupd.connections().size(), "a transport in an update is no reason to leave");
        nsqd.serve("tcp", 6150);
        awaitIdentified(2);
        assertTrue(lookupd.connections().get(1).commands().get(0).contains("\"tcp_port\":6150"));
        awaitCommands("REGISTER meanwhile", "REGISTER t");
        assertTrue(lookupd.connections().get(0).ended());
    }

    @Test
    @Tag("L-22")
    @Tag("L-43")
    void whatAPeerSaysAboutItselfOutlivesItsConnection() throws Exception {
        start();
        await().until(() -> loop.knownPeers().equals(List.of(new PeerInfo("127.0.0.1", 1, 1, "1.3.0"))));
        loop.firstContact().get(10, TimeUnit.SECONDS);
        lookupd.close();
        await().until(() -> lookupd.connections().get(0).ended());
        assertEquals(1, loop.knownPeers().size());
        Fakes.lookupds(nsqd);
        await().until(() -> loop.knownPeers().isEmpty());
    }
}
