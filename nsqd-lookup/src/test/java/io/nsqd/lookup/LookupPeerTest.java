package io.nsqd.lookup;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Option;
import io.nsqd.peer.PeerWorkers;
import io.nsqd.testing.FakeNsqd;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a nsqlookupd that misbehaves, and of the others meanwhile. */
class LookupPeerTest {
    /** Short time-outs: they are what is tested. */
    private static final Timing HASTY = new Timing(
            Duration.ofMillis(200),
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
        nsqd.create("t", "c");
    }

    @AfterEach
    void stop() throws IOException {
        loop.close();
        lookupd.close();
        workers.close();
    }

    private void start(String... addresses) throws IOException {
        Fakes.lookupds(nsqd, addresses);
        loop = new LookupLoop(nsqd, workers, HASTY);
        nsqd.tell(loop);
        loop.start();
    }

    private void awaitReconnect() {
        await().until(() -> lookupd.connections().size() > 1);
        assertTrue(lookupd.connections().get(0).ended());
    }

    @ParameterizedTest
    @ValueSource(strings = {"E_INVALID", "E_BAD_BODY IDENTIFY missing fields", "", "[]", "{} {}", "42"})
    @Tag("L-22")
    @Tag("L-52")
    void anIdentifyThatIsRefusedIsTriedAgain(String reply) throws IOException {
        lookupd.answering((connection, command) -> connection.reply(reply));
        start(lookupd.address());
        awaitReconnect();
        assertEquals(1, lookupd.connections().get(0).commands().size());
        assertEquals(List.of(), loop.knownPeers());
    }

    @Test
    @Tag("L-22")
    void aPeerWithoutBroadcastAddressIsToldButNotAsked() throws IOException {
        lookupd.answering((connection, command) -> connection.reply(command.startsWith("IDENTIFY") ? "{}" : "OK"));
        start(lookupd.address());
        await().until(() -> lookupd.commands().equals(List.of("REGISTER t c")));
        assertEquals(List.of(), loop.knownPeers());
    }

    @Test
    @Tag("L-23")
    void whatARegisterIsAnsweredDoesNotMatter() throws IOException {
        lookupd.answering((connection, command) ->
                connection.reply(command.startsWith("IDENTIFY") ? FakeNsqlookupd.info(1) : "E_BAD_TOPIC \u0007 no"));
        nsqd.create("u");
        start(lookupd.address());
        await().until(() -> lookupd.commands().equals(List.of("REGISTER t c", "REGISTER u")));
        assertEquals(1, lookupd.connections().size());
    }

    @Test
    @Tag("L-54")
    @Tag("X-19")
    void anErrorThatEndsTheConnectionLeadsToANewOne() throws IOException {
        lookupd.answering((connection, command) -> {
            if (command.startsWith("IDENTIFY")) {
                connection.reply(FakeNsqlookupd.info(1));
            } else {
                connection.reply("E_INVALID client must IDENTIFY");
                connection.close();
            }
        });
        start(lookupd.address());
        await().until(() -> lookupd.connections().size() > 2);
    }

    @Test
    @Tag("L-22")
    @Tag("L-54")
    void whatIsSaidLastBeforeTheEndIsHeard() throws IOException {
        lookupd.answering((connection, command) -> {
            connection.reply(FakeNsqlookupd.info(1));
            connection.close();
        });
        start(lookupd.address());
        await().until(() -> !loop.knownPeers().isEmpty());
    }

    @Test
    @Tag("L-3")
    void aReplyMayComeInPieces() throws IOException {
        byte[] info = FakeNsqlookupd.info(1).getBytes(StandardCharsets.UTF_8);
        lookupd.answering((connection, command) -> {
            byte[] text = command.startsWith("IDENTIFY") ? info : new byte[] {'O', 'K'};
            byte[] reply = ByteBuffer.allocate(4 + text.length)
                    .putInt(text.length)
                    .put(text)
                    .array();
            for (byte b : reply) {
                connection.raw(new byte[] {b});
            }
        });
        nsqd.create("u");
        start(lookupd.address());
        await().until(() -> lookupd.commands().equals(List.of("REGISTER t c", "REGISTER u")));
        assertEquals(1, lookupd.connections().size());
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE, 1001, Integer.MAX_VALUE})
    @Tag("L-4")
    void anImpossibleReplyLengthEndsTheConnection(int length) throws IOException {
        nsqd.with(Option.MAX_BODY_SIZE, 1000L);
        lookupd.answering((connection, command) ->
                connection.raw(ByteBuffer.allocate(4).putInt(length).array()));
        start(lookupd.address());
        awaitReconnect();
    }

    @Test
    @Tag("L-4")
    void aReplyOfTheGreatestLengthIsTaken() throws IOException {
        nsqd.with(Option.MAX_BODY_SIZE, 100_000L);
        lookupd.answering((connection, command) ->
                connection.reply(command.startsWith("IDENTIFY") ? FakeNsqlookupd.info(1) : "x".repeat(100_000)));
        nsqd.create("u");
        start(lookupd.address());
        await().until(() -> lookupd.commands().equals(List.of("REGISTER t c", "REGISTER u")));
        assertEquals(1, lookupd.connections().size());
    }

    @Test
    @Tag("L-2")
    void aReplyWithoutACommandEndsTheConnection() throws IOException {
        lookupd.answering((connection, command) -> {
            connection.reply(command.startsWith("IDENTIFY") ? FakeNsqlookupd.info(1) : "OK");
            if (command.startsWith("REGISTER")) {
                connection.reply("OK");
            }
        });
        start(lookupd.address());
        awaitReconnect();
    }

    @Test
    @Tag("L-5")
    @Tag("L-20")
    void aSilentPeerIsLeftAndDelaysNobody() throws Exception {
        lookupd.answering((connection, command) -> {});
        try (FakeNsqlookupd good = new FakeNsqlookupd()) {
            start(lookupd.address(), good.address());
            await().until(() -> good.commands().equals(List.of("REGISTER t c")));
            nsqd.create("u");
            await().until(() -> good.commands().equals(List.of("REGISTER t c", "REGISTER u")));
            awaitReconnect();
            assertEquals(1, good.connections().size());
        }
    }

    @Test
    @Tag("L-5")
    void aReplyThatStallsHalfwayEndsTheConnection() throws IOException {
        lookupd.answering((connection, command) -> connection.raw(new byte[] {0, 0, 0, 2, 'O'}));
        start(lookupd.address());
        awaitReconnect();
    }

    @ParameterizedTest
    @ValueSource(strings = {"nowhere", "127.0.0.1:0", "127.0.0.1:http", "1:2:3", "no-such-host.invalid:1", ""})
    @Tag("L-24")
    void anAddressThatCannotBeUsedHarmsNobody(String bad) throws IOException {
        start(bad, lookupd.address());
        await().until(() -> lookupd.commands().equals(List.of("REGISTER t c")));
    }
}
