package io.nsqd.faults;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.interop.HttpApi;
import io.nsqd.launcher.Daemon;
import io.nsqd.tcp.Delivery;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages that nobody can digest are delivered as often as the policy says, and then are dead letters, once. */
class PoisonIT {
    private static final int MESSAGES = 100_000;
    private static final int BATCH = 500;
    private static final int KILLS = Integer.getInteger("faults.poison.kills", 3);

    @TempDir
    Path directory;

    @Test
    void onePoisonMessageAmongManyIsDeliveredThreeTimesAndIsOneDeadLetter() throws Exception {
        try (Daemon daemon = Daemon.of(directory).flags("--durability=written").start()) {
            PoisonKills.say(daemon);
            Session.consumer(daemon.tcpPort(), "t", "c", 0).close();
            try (Session publisher = new Session(daemon.tcpPort())) {
                for (int first = 0; first < MESSAGES; first += BATCH) {
                    String[] bodies = new String[BATCH];
                    for (int i = 0; i < BATCH; i++) {
                        bodies[i] = first + i == MESSAGES / 2 ? "poison" : Integer.toString(first + i);
                    }
                    assertTrue(publisher.sendBatch("t", bodies));
                }
            }
            Map<String, Integer> times = new HashMap<>();
            Delivery poison = null;
            try (Session consumer = Session.consumer(daemon.tcpPort(), "t", "c", 100)) {
                for (int i = 0; i < MESSAGES - 1 + 3; i++) {
                    Delivery delivery = consumer.next();
                    assertEquals(times.merge(delivery.body(), 1, Integer::sum), delivery.attempts());
                    if (delivery.body().equals("poison")) {
                        poison = delivery;
                        consumer.giveBack(delivery);
                    } else {
                        consumer.finish(delivery);
                    }
                }
                await().until(() -> Figures.waiting(daemon, "t", "c") == 0);
            }
            assertEquals(MESSAGES, times.size());
            assertEquals(3, times.get("poison"));
            assertEquals(
                    MESSAGES - 1, times.values().stream().filter(n -> n == 1).count());
            List<Delivery> dead = new ArrayList<>();
            Session.drain(daemon, "dead", "d", dead::add);
            assertEquals(1, dead.size());
            assertEquals("poison", dead.get(0).body());
            assertEquals(poison.id(), dead.get(0).id());
            assertEquals(poison.timestampNanos(), dead.get(0).timestampNanos());
            Work.assertNothingOdd(daemon);
            assertEquals(0, daemon.stop());
        }
    }

    /** What goes through the disk may come again after a kill, and so be delivered oftener; it is one letter all the same. */
    @ParameterizedTest
    @ValueSource(ints = {1_000_000, 100})
    void noKillCostsADeadLetter(int memory) throws Exception {
        long seed = new Random().nextInt(1_000_000);
        PoisonKills.Result result = PoisonKills.run(() -> Daemon.of(directory), memory, KILLS, seed);
        result.outcome().report("ours");
        assertTrue(result.poisoned() > 0);
        assertEquals(0, result.outcome().lost(), result::toString);
        assertTrue(memory == 100 || result.tooOften() == 0, result::toString);
        // What was on its way at the instant of a kill.
        assertTrue(result.outcome().duplicated() <= KILLS, result::toString);
    }

    @Test
    void lettersWaitUntilTheDiskOfTheirTopicHasRoom() throws Exception {
        try (Daemon daemon = Daemon.of(directory).start()) {
            PoisonKills.say(daemon);
            HttpApi.of(daemon).post("/topic/policy?topic=dead", "{\"max-depth\":1,\"overflow\":\"reject\"}");
            Session.consumer(daemon.tcpPort(), "dead", "d", 0).close();
            try (Session client = new Session(daemon.tcpPort())) {
                assertTrue(client.send("PUB dead", "in the way"));
                assertTrue(client.send("PUB t", "poison"));
            }
            try (Session consumer = Session.consumer(daemon.tcpPort(), "t", "c", 1)) {
                for (int i = 0; i < 3; i++) {
                    consumer.giveBack(consumer.next());
                }
                daemon.awaitLog("cannot go to the dead-letter topic dead, and wait until they can");
                assertEquals(1, Figures.waiting(daemon, "t", "c"));
                List<String> bodies = new ArrayList<>();
                Session.drain(daemon, "dead", "d", delivery -> bodies.add(delivery.body()));
                await().atMost(Duration.ofSeconds(20)).until(() -> Figures.waiting(daemon, "t", "c") == 0);
                Session.drain(daemon, "dead", "d", delivery -> bodies.add(delivery.body()));
                assertEquals(List.of("in the way", "poison"), bodies);
            }
        }
    }
}
