package io.nsqd.tcp;

import static io.nsqd.tcp.V2Client.command;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.MessageBatch;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Reason;
import io.nsqd.testing.FakeNsqd;
import io.nsqd.testing.FakeTopic;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that sends ahead while what it has published is on its way to the disk, for as long as the test likes. */
class PendingAnswersTest {
    private static final Duration MOMENT = Duration.ofMillis(100);

    /** An id that is nobody's. */
    private static final String UNKNOWN = "00000000000000ff";

    /** The publishes to {@code slow}, in their order. */
    private final List<CompletableFuture<Void>> pending = new CopyOnWriteArrayList<>();

    /** What publishes to {@code together} wait for, all of them, and how many there were. */
    private volatile CompletableFuture<Void> commit = new CompletableFuture<>();

    private final AtomicInteger uncommitted = new AtomicInteger();

    private final FakeNsqd nsqd = new SlowNsqd();
    private ServedNsqd served;
    private V2Client client;

    private final class SlowNsqd extends FakeNsqd {
        @Override
        protected FakeTopic newTopic(String name) {
            return new SlowTopic(this, name);
        }
    }

    private final class SlowTopic extends FakeTopic {
        SlowTopic(FakeNsqd nsqd, String name) {
            super(nsqd, name);
        }

        @Override
        public CompletableFuture<Void> publishDeferred(MessageBatch batch, long delayNanos) {
            CompletableFuture<Void> done = super.publishDeferred(batch, delayNanos);
            switch (name()) {
                case "slow" -> {
                    CompletableFuture<Void> later = new CompletableFuture<>();
                    pending.add(later);
                    return later;
                }
                case "together" -> {
                    synchronized (PendingAnswersTest.this) {
                        uncommitted.incrementAndGet();
                        return commit.thenRun(() -> {});
                    }
                }
                default -> {
                    return done;
                }
            }
        }
    }

    @BeforeEach
    void listen() throws Exception {
        TestLog.failures().clear();
        served = new ServedNsqd(nsqd);
        client = V2Client.connect(served.port()).send(V2Client.MAGIC);
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        served.close();
        assertEquals(List.of(), TestLog.failures());
    }

    private void awaitPending(int count) {
        await().until(() -> pending.size() >= count);
        assertEquals(count, pending.size());
    }

    private void complete(int from, int to) {
        pending.subList(from, to).forEach(each -> each.complete(null));
    }

    private static void fail(CompletableFuture<Void> publish) {
        publish.completeExceptionally(new NsqdException(Reason.BACKEND, "no space left on device"));
    }

    private List<String> bodies(String topic) {
        return nsqd.topic(topic).bodies();
    }

    private void answersOk(int times) throws IOException {
        for (int i = 0; i < times; i++) {
            client.answersOk();
        }
    }

    @Test
    @Tag("P-7")
    void eachCommandHasItsAnswerInItsTurn() throws Exception {
        client.line("SUB t c").answersOk();
        client.send(command("PUB slow", "1")
                + command("MPUB slow", V2Client.batch("2", "3"))
                + command("PUB quick", "4")
                + "FIN " + UNKNOWN + "\nTOUCH " + UNKNOWN + "\n"
                + command("DPUB slow 5", "5")
                + "REQ " + UNKNOWN + " 0\nRDY 1\nCLS\n");
        awaitPending(3);
        assertEquals(List.of("1", "2", "3", "5"), bodies("slow"));
        assertEquals(List.of("4"), bodies("quick"));

        complete(1, 3);
        client.isSilentFor(MOMENT);
        complete(0, 1);
        answersOk(3);
        client.complains("E_FIN_FAILED FIN " + UNKNOWN + " failed ID not in flight")
                .complains("E_TOUCH_FAILED TOUCH " + UNKNOWN + " failed ID not in flight")
                .answersOk()
                .complains("E_REQ_FAILED REQ " + UNKNOWN + " failed ID not in flight")
                .answers("CLOSE_WAIT");
    }

    @Test
    @Tag("P-7")
    void answersGoOutAsFarAsTheyAreThere() throws Exception {
        client.send(command("PUB slow", "1") + command("PUB slow", "2") + command("PUB quick", "3"));
        awaitPending(2);
        complete(0, 1);
        client.answersOk().isSilentFor(MOMENT);
        complete(1, 2);
        answersOk(2);
        client.line("PUB quick", "4").answersOk();
    }

    /** Messages answer nothing. */
    @Test
    @Tag("P-7")
    void messagesOvertakeWhatIsPending() throws Exception {
        client.line("SUB t c").answersOk();
        client.send(command("PUB slow", "1") + "RDY 5\n" + command("PUB t", "2"));
        assertEquals("2", client.delivery().body());
        complete(0, 1);
        answersOk(2);
    }

    @Test
    void beyondTheirNumberNothingIsDecodedUntilThereIsRoom() throws Exception {
        client.send(command("PUB slow", "x").repeat(PendingAnswers.MOST + 10));
        awaitPending(PendingAnswers.MOST);
        client.isSilentFor(MOMENT);
        awaitPending(PendingAnswers.MOST);

        complete(0, 3);
        answersOk(3);
        awaitPending(PendingAnswers.MOST + 3);
        complete(3, PendingAnswers.MOST);
        awaitPending(PendingAnswers.MOST + 10);
        complete(PendingAnswers.MOST, PendingAnswers.MOST + 10);
        answersOk(PendingAnswers.MOST + 7);
    }

    /** Answers that wait behind a publish take room as well. */
    @Test
    void refusalsBehindItAreBounded() throws Exception {
        client.line("SUB t c").answersOk();
        int many = 3 * PendingAnswers.MOST;
        client.send(command("PUB slow", "x") + ("TOUCH " + UNKNOWN + "\n").repeat(many) + command("PUB quick", "y"));
        awaitPending(1);
        client.isSilentFor(MOMENT);
        assertEquals(List.of(), bodies("quick"));
        complete(0, 1);
        client.answersOk();
        for (int i = 0; i < many; i++) {
            client.complains("E_TOUCH_FAILED TOUCH " + UNKNOWN + " failed ID not in flight");
        }
        client.answersOk();
    }

    @Test
    void beyondTheirBytesNothingIsDecodedUntilThereIsRoom() throws Exception {
        int most = (int) (PendingAnswers.MOST_BYTES / (1024 * 1024));
        Thread sending = new Thread(() -> {
            try {
                client.send(command("PUB slow", "x".repeat(1024 * 1024)).repeat(most + 2));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        sending.start();
        awaitPending(most);
        client.isSilentFor(MOMENT);
        awaitPending(most);
        complete(0, 1);
        client.answersOk();
        awaitPending(most + 1);
        complete(1, most + 1);
        awaitPending(most + 2);
        complete(most + 1, most + 2);
        answersOk(most + 1);
        sending.join();
    }

    @Test
    @Tag("P-22")
    void whatFailsInTheEndEndsTheConnectionInItsTurn() throws Exception {
        client.send(command("PUB slow", "1")
                + command("MPUB slow", V2Client.batch("2"))
                + command("PUB slow", "3")
                + command("PUB quick", "4"));
        awaitPending(3);
        await().until(() -> bodies("quick").equals(List.of("4")));
        fail(pending.get(1));
        complete(2, 3);
        client.isSilentFor(MOMENT);
        complete(0, 1);
        client.answersOk().refuses("E_MPUB_FAILED MPUB failed no space left on device");
    }

    @Test
    @Tag("P-22")
    void aFatalErrorWaitsForItsTurn() throws Exception {
        client.send(command("PUB slow", "1") + "BOGUS\n" + command("PUB quick", "2"));
        awaitPending(1);
        client.isSilentFor(MOMENT);
        complete(0, 1);
        client.answersOk().refuses("E_INVALID invalid command BOGUS");
        assertEquals(List.of(), bodies("quick"));
    }

    @Test
    @Tag("P-22")
    void whatFailsBeforeAFatalErrorIsTheLastWord() throws Exception {
        client.send(command("PUB slow", "1") + command("PUB slow", "2") + "BOGUS\n");
        awaitPending(2);
        client.isSilentFor(MOMENT);
        fail(pending.get(0));
        client.refuses("E_PUB_FAILED PUB failed no space left on device");
        complete(1, 2);
    }

    @Test
    @Tag("P-14")
    void whoEndsItsSideStillGetsItsAnswers() throws Exception {
        client.send(command("PUB slow", "1") + command("PUB slow", "2")).shutdownOutput();
        awaitPending(2);
        client.isSilentFor(MOMENT);
        complete(0, 1);
        client.answersOk().isSilentFor(MOMENT);
        complete(1, 2);
        client.answersOk().closes();
    }

    @Test
    @Tag("P-14")
    void whoEndsItsSideWithMoreThanMayBePendingGetsAllAnswers() throws Exception {
        int all = PendingAnswers.MOST + 5;
        client.send(command("PUB slow", "x").repeat(all)).shutdownOutput();
        awaitPending(PendingAnswers.MOST);
        complete(0, PendingAnswers.MOST);
        answersOk(PendingAnswers.MOST);
        awaitPending(all);
        complete(PendingAnswers.MOST, all);
        answersOk(5);
        client.closes();
    }

    @Test
    @Tag("P-14")
    void whatIsCutShortIsAnsweredInItsTurn() throws Exception {
        client.send(command("PUB slow", "1") + "PUB slow\n\0\0\0\7abc").shutdownOutput();
        awaitPending(1);
        client.isSilentFor(MOMENT);
        complete(0, 1);
        client.answersOk().refuses("E_BAD_MESSAGE PUB failed to read message body");
    }

    @Test
    void whoLeavesLeavesNothing() throws Exception {
        client.line("SUB t c").answersOk();
        client.send(command("PUB slow", "x").repeat(3));
        awaitPending(3);
        client.reset();
        await().until(() -> nsqd.fake("t", "c").consumer() == null);
        complete(0, 2);
        fail(pending.get(2));
        othersAreServed();
    }

    /** Nothing is read from it, so that it is gone is noticed only when it is answered. */
    @Test
    void whoLeavesWithAsManyPendingAsMayBeLeavesNothing() throws Exception {
        client.line("SUB t c").answersOk();
        client.send(command("PUB slow", "x").repeat(PendingAnswers.MOST + 100));
        awaitPending(PendingAnswers.MOST);
        client.reset();
        complete(0, PendingAnswers.MOST);
        await().until(() -> nsqd.fake("t", "c").consumer() == null);
        complete(PendingAnswers.MOST, pending.size());
        othersAreServed();
    }

    /** Whatever comes of what was completed comes before a later connection is heard. */
    private void othersAreServed() throws IOException {
        try (V2Client next = V2Client.connect(served.port()).send(V2Client.MAGIC)) {
            next.line("PUB quick", "y").answersOk();
        }
    }

    /** Longer than it may be silent. */
    @ParameterizedTest
    @Tag("P-46")
    @ValueSource(ints = {1, PendingAnswers.MOST + 1})
    void whoWaitsForAnswersIsNotGivenUp(int count) throws Exception {
        client.line("IDENTIFY", "{\"heartbeat_interval\":1000}").answersOk();
        client.send(command("PUB slow", "x").repeat(count));
        awaitPending(Math.min(count, PendingAnswers.MOST));
        for (int i = 0; i < 4; i++) {
            client.answersWith(Frame.HEARTBEAT);
        }
        int answered = pending.size();
        complete(0, answered);
        answersOkAmongHeartbeats(answered);
        if (count > PendingAnswers.MOST) {
            awaitPending(count);
            complete(answered, count);
            answersOkAmongHeartbeats(count - answered);
        }
    }

    /** They may come in between at any time. */
    private void answersOkAmongHeartbeats(int times) throws IOException {
        for (int i = 0; i < times; i++) {
            client.skipHeartbeats();
            client.answersOk();
        }
    }

    @Test
    @Tag("P-46")
    void whoHasEndedItsSideHearsHeartbeatsToo() throws Exception {
        client.line("IDENTIFY", "{\"heartbeat_interval\":1000}").answersOk();
        client.send(command("PUB slow", "x")).shutdownOutput();
        awaitPending(1);
        client.answersWith(Frame.HEARTBEAT).answersWith(Frame.HEARTBEAT).answersWith(Frame.HEARTBEAT);
        complete(0, 1);
        answersOkAmongHeartbeats(1);
        client.closes();
    }

    /** They change the stream, or are followed by messages. */
    @Test
    @Tag("P-7")
    void identifyAndSubscribeWaitForWhatIsPending() throws Exception {
        client.send(command("PUB slow", "1") + command("IDENTIFY", "{\"feature_negotiation\":true}")
                + command("PUB slow", "2") + "SUB t c\nRDY 1\n" + command("PUB t", "3"));
        awaitPending(1);
        client.isSilentFor(MOMENT);
        awaitPending(1);
        complete(0, 1);
        client.answersOk();
        assertTrue(client.frame().data().startsWith("{"));
        awaitPending(2);
        client.isSilentFor(MOMENT);
        assertEquals(List.of(), bodies("t"));
        complete(1, 2);
        answersOk(2);
        // The message and the answer to its publish.
        List<Frame> last = List.of(client.frame(), client.frame());
        assertTrue(last.contains(Frame.response("OK")), last::toString);
    }

    @Test
    @Tag("P-36")
    void anUpgradeWaitsForWhatIsPending() throws Exception {
        client.send(command("PUB slow", "1"));
        client.send(command("IDENTIFY", "{\"feature_negotiation\":true,\"snappy\":true}"));
        awaitPending(1);
        client.isSilentFor(MOMENT);
        complete(0, 1);
        client.answersOk();
        assertTrue(client.frame().data().contains("\"snappy\":true"));
        client.startSnappy();
        client.answersOk().line("PUB quick", "2").answersOk();
    }

    @Test
    @Tag("P-70")
    void authWaitsForWhatIsPending() throws Exception {
        client.send(command("PUB slow", "1") + command("AUTH", "secret"));
        awaitPending(1);
        client.isSilentFor(MOMENT);
        complete(0, 1);
        client.answersOk().refuses("E_AUTH_DISABLED AUTH disabled");
    }

    /** One commit for as many messages as may be pending, and no more commits than that. */
    @Test
    void tenThousandTakeTenCommits() throws Exception {
        int all = 10_000;
        client.send(command("PUB together", "x".repeat(20)).repeat(all));
        int commits = 0;
        int answered = 0;
        while (answered < all) {
            int batch = Math.min(PendingAnswers.MOST, all - answered);
            await().pollInterval(1, TimeUnit.MILLISECONDS).until(() -> uncommitted.get() == batch);
            commit();
            commits++;
            answersOk(batch);
            answered += batch;
        }
        assertEquals(10, commits);
        assertFalse(client.hearsWithin(MOMENT));
    }

    private void commit() {
        CompletableFuture<Void> durable;
        synchronized (this) {
            durable = commit;
            commit = new CompletableFuture<>();
            uncommitted.set(0);
        }
        durable.complete(null);
    }
}
