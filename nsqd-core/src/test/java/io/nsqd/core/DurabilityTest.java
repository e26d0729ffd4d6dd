package io.nsqd.core;

import static io.nsqd.core.TestConsumer.body;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Message;
import io.nsqd.api.Option;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an OK is worth when the daemon dies: of what was acknowledged and not finished nothing is lost. */
final class DurabilityTest {
    @TempDir
    private Path directory;

    private int deaths;

    private static Map<Option, String> options(String durability, int memory) {
        Map<Option, String> options = new EnumMap<>(Option.class);
        options.put(Option.DURABILITY, durability);
        options.put(Option.MEM_QUEUE_SIZE, Integer.toString(memory));
        options.put(Option.JOURNAL_SEGMENT_BYTES, "1048576");
        return options;
    }

    private Path path(int run) {
        return directory.resolve(Integer.toString(run));
    }

    private TestDaemon first(Map<Option, String> options) throws IOException {
        Files.createDirectories(path(0));
        return TestDaemon.on(path(0), options);
    }

    /** The daemon as it comes back after it would have been killed now. */
    private TestDaemon killed(TestDaemon daemon, Map<Option, String> options) throws IOException {
        deaths++;
        daemon.copyTo(path(deaths));
        return TestDaemon.on(path(deaths), options);
    }

    /**
     * What a channel has, and how often each was delivered. One that was in the storage twice may come twice, as it was given back there
     * and where it had been before may not have been forgotten for good.
     */
    private static Map<String, Integer> drain(TestDaemon daemon, String topic, String channel, int count) {
        TestConsumer consumer = TestConsumer.on(daemon.channel(topic, channel), count + 1);
        Map<String, Integer> attempts = new TreeMap<>();
        while (attempts.size() < count) {
            Message message = consumer.next();
            attempts.merge(body(message), message.attempts(), Math::max);
        }
        await().until(() -> daemon.stats(topic, channel).depth() == 0);
        return attempts;
    }

    @ParameterizedTest
    @CsvSource({"written, 10000", "synced, 10000", "written, 2", "synced, 2", "written, 0", "synced, 0"})
    void aKillLosesNothingAndBringsNothingBackThatWasFinished(String durability, int memory) throws IOException {
        Map<Option, String> options = options(durability, memory);
        try (TestDaemon daemon = first(options)) {
            daemon.channel("t", "a");
            daemon.channel("t", "b");
            TestConsumer consumer = TestConsumer.on(daemon.channel("t", "a"), 1);
            daemon.publish("t", "finished").join();
            consumer.finish(consumer.next().id());
            daemon.publish("t", "given back").join();
            Message given = consumer.next();
            consumer.ready(0);
            daemon.publish("t", "in flight").join();
            consumer.requeue(given.id(), 0);
            consumer.ready(1);
            consumer.next();
            daemon.publish("t", "waiting 1", "waiting 2", "waiting 3").join();
            daemon.publish("none", "no channel 1", "no channel 2", "no channel 3")
                    .join();
            // What was finished is surely kept once something behind it is.
            daemon.publish("other", "m").join();
            try (TestDaemon again = killed(daemon, options)) {
                Map<String, Integer> a = drain(again, "t", "a", 5);
                assertEquals(
                        new TreeSet<>(List.of("given back", "in flight", "waiting 1", "waiting 2", "waiting 3")),
                        a.keySet());
                int attempts = a.get("in flight") + a.get("given back");
                // Out of the storage comes what went there first, sometimes.
                assertTrue(attempts == 4 || memory == 0 && attempts == 3, attempts + " attempts");
                assertEquals(6, drain(again, "t", "b", 6).size());
                assertEquals(3, drain(again, "none", "c", 3).size());
                assertEquals(1, drain(again, "other", "c", 1).size());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"written", "synced"})
    void aDelayIsWhatIsLeftOfIt(String durability) throws IOException {
        Map<Option, String> options = options(durability, 100);
        try (TestDaemon daemon = first(options)) {
            TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 1);
            daemon.topic("t")
                    .publishDeferred(TestDaemon.batch("an hour"), TimeUnit.HOURS.toNanos(1))
                    .join();
            daemon.publish("t", "given back").join();
            consumer.requeue(consumer.next().id(), TimeUnit.HOURS.toNanos(1));
            daemon.publish("other", "m").join();
            try (TestDaemon again = killed(daemon, options)) {
                assertEquals(2, again.stats("t", "c").deferredCount());
                assertEquals(0, again.stats("t", "c").depth());
                TestConsumer waiting = TestConsumer.on(again.channel("t", "c"), 5);
                again.pass(TimeUnit.MINUTES.toNanos(59));
                assertTrue(waiting.hasNothing());
                again.pass(TimeUnit.MINUTES.toNanos(1));
                assertEquals(new TreeSet<>(List.of("an hour", "given back")), new TreeSet<>(waiting.finishNext(2)));
            }
        }
    }

    /** Also what is so far away that memory has no body of it; killed, and stopped, and both again. */
    @ParameterizedTest
    @CsvSource({"written, false, false", "written, true, true", "written, false, true", "synced, true, false"})
    void aLongDelayOutlivesKillsAndStops(String durability, boolean killedFirst, boolean killedNext)
            throws IOException {
        Map<Option, String> options = options(durability, 10);
        int count = 3000;
        TreeSet<String> bodies = new TreeSet<>();
        TestDaemon daemon = first(options);
        daemon.channel("t", "c");
        for (int i = 0; i < count; i++) {
            bodies.add("body " + i);
            daemon.topic("t")
                    .publishDeferred(TestDaemon.batch("body " + i), TimeUnit.HOURS.toNanos(10) + i * 1_000_000L)
                    .join();
        }
        daemon.publish("t", "now").join();
        for (boolean kill : new boolean[] {killedFirst, killedNext}) {
            TestDaemon before = daemon;
            if (kill) {
                daemon = killed(before, options);
                before.close();
            } else {
                before.close();
                daemon = TestDaemon.on(before.dataPath, options);
            }
            TestDaemon again = daemon;
            await().until(() -> again.stats("t", "c").deferredCount() == count);
            daemon.awaitDepth("t", "c", 1);
        }
        try (TestDaemon last = daemon) {
            TestConsumer consumer = TestConsumer.on(last.channel("t", "c"), 1000);
            assertEquals(List.of("now"), consumer.finishNext(1));
            last.pass(TimeUnit.HOURS.toNanos(9));
            assertTrue(consumer.hasNothing());
            last.pass(TimeUnit.HOURS.toNanos(1) + TimeUnit.SECONDS.toNanos(4));
            assertEquals(bodies, new TreeSet<>(consumer.finishNext(count)));
            assertEquals(0, last.stats("t", "c").deferredCount());
        }
    }

    /** The clock steps by hours while the daemon is down: what remains is never more than was asked for, and never less than nothing. */
    @ParameterizedTest
    @CsvSource({"-5, true", "-5, false", "5, true", "5, false"})
    void aStepOfTheClockDoesNotStretchADelay(int hours, boolean kill) throws IOException {
        Map<Option, String> options = options("written", 10);
        TestDaemon daemon = first(options);
        daemon.channel("t", "c");
        daemon.topic("t")
                .publishDeferred(TestDaemon.batch("m"), TimeUnit.HOURS.toNanos(2))
                .join();
        if (kill) {
            deaths++;
            daemon.copyTo(path(deaths));
        }
        daemon.close();
        try (TestDaemon again = TestDaemon.on(path(deaths), options, TimeUnit.HOURS.toNanos(hours))) {
            TestConsumer consumer = TestConsumer.on(again.channel("t", "c"), 10);
            if (hours < 0) {
                await().until(() -> again.stats("t", "c").deferredCount() == 1);
                again.pass(TimeUnit.HOURS.toNanos(2) - TimeUnit.MINUTES.toNanos(1));
                assertTrue(consumer.hasNothing());
                again.pass(TimeUnit.MINUTES.toNanos(1));
            }
            assertEquals(List.of("m"), consumer.finishNext(1));
        }
    }

    /** Time and again, with all that can happen to messages, until everything is finished: each is delivered. */
    @ParameterizedTest
    @CsvSource({"written, 50", "synced, 50", "written, 100000"})
    void manyKills(String durability, int memory) throws IOException {
        Map<Option, String> options = options(durability, memory);
        int runs = 8;
        int each = 300;
        int again = 0;
        TreeSet<String> finished = new TreeSet<>();
        TreeSet<String> published = new TreeSet<>();
        TestDaemon daemon = first(options);
        List<TestDaemon> dead = new ArrayList<>();
        try {
            for (int run = 0; run < runs; run++) {
                for (int i = 0; i < each; i++) {
                    String body = run + "-" + i;
                    daemon.publish("t", body).join();
                    published.add(body);
                }
                TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 20);
                for (int i = 0; i < each * 2 / 3; i++) {
                    Message message = consumer.next();
                    String body = body(message);
                    if (i % 7 == 3) {
                        consumer.requeue(message.id(), 0);
                    } else if (i % 7 == 4) {
                        consumer.requeue(message.id(), 1_000_000);
                    } else if (i % 11 != 5) {
                        if (!finished.add(body)) {
                            again++;
                        }
                        assertTrue(consumer.finish(message.id()).isEmpty());
                    }
                }
                daemon.publish("other", "m").join();
                dead.add(daemon);
                daemon = killed(daemon, options);
            }
            TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 100);
            while (finished.size() < published.size()) {
                Message message = consumer.next();
                if (!finished.add(body(message))) {
                    again++;
                }
                consumer.finish(message.id());
            }
            assertEquals(published, finished);
            // Those only that went back to the storage from which they had come.
            assertTrue(memory > runs * each ? again == 0 : again < published.size() / 10, again + " came again");
            daemon.awaitDepth("t", "c", 0);
        } finally {
            for (TestDaemon one : dead) {
                one.close();
            }
            daemon.close();
        }
    }

    @Test
    void aCleanStopLeavesNothingButGosFiles() throws IOException {
        Map<Option, String> options = options("written", 100);
        try (TestDaemon daemon = first(options)) {
            daemon.channel("t", "c");
            daemon.publish("t", "1", "2").join();
        }
        try (Stream<Path> files = Files.list(path(0))) {
            assertEquals(
                    List.of(),
                    files.map(file -> file.getFileName().toString())
                            .filter(name -> name.contains("journal"))
                            .toList());
        }
        try (TestDaemon again = TestDaemon.on(path(0))) {
            assertEquals(2, drain(again, "t", "c", 2).size());
        }
    }

    @Test
    void whatWasPromisedBeforeIsKeptAlthoughNothingIsPromisedAnyMore() throws IOException {
        try (TestDaemon daemon = first(options("written", 100))) {
            daemon.channel("t", "c");
            daemon.publish("t", "1", "2").join();
            try (TestDaemon again = killed(daemon, options("memory", 100))) {
                assertEquals(2, drain(again, "t", "c", 2).size());
            }
        }
    }

    /** Much more goes through than segments are to take. */
    @ParameterizedTest
    @CsvSource({"written, 1000000", "written, 100", "synced, 100"})
    void segmentsAreGivenBack(String durability, int memory) throws IOException {
        Map<Option, String> options = options(durability, memory);
        options.put(Option.JOURNAL_MAX_BYTES, "8388608");
        try (TestDaemon daemon = first(options)) {
            TestConsumer stuck = TestConsumer.on(daemon.channel("t", "stuck"), 1);
            daemon.channel("t", "c");
            daemon.topic("t")
                    .publishDeferred(TestDaemon.batch("far 1", "far 2", "far 3"), TimeUnit.HOURS.toNanos(10))
                    .join();
            TestConsumer consumer = TestConsumer.on(daemon.channel("t", "c"), 1000);
            String body = "x".repeat(10_000);
            String[] first = new String[20];
            for (int i = 0; i < 20; i++) {
                first[i] = body + i;
            }
            int sent = 0;
            for (int i = 0; i < 200; i++) {
                String[] bodies = first;
                try {
                    daemon.publish(i == 0 ? "t" : "u", bodies).join();
                    sent += 20;
                } catch (java.util.concurrent.CompletionException e) {
                    // Full for a moment: it is given back soon.
                    i--;
                    Thread.onSpinWait();
                    continue;
                }
                if (i == 0) {
                    daemon.channel("u", "c");
                    consumer.finishNext(20);
                    consumer = TestConsumer.on(daemon.channel("u", "c"), 1000);
                } else {
                    consumer.finishNext(20);
                }
            }
            assertEquals(4000, sent);
            assertEquals(1, stuck.subscription().inFlight());
            try (TestDaemon again = killed(daemon, options)) {
                drain(again, "t", "stuck", 20);
                assertEquals(3, again.stats("t", "stuck").deferredCount());
                assertEquals(3, again.stats("t", "c").deferredCount());
                again.pass(TimeUnit.HOURS.toNanos(10) + TimeUnit.SECONDS.toNanos(3));
                assertEquals(
                        new TreeSet<>(List.of("far 1", "far 2", "far 3")),
                        drain(again, "t", "c", 3).keySet());
                await().until(() -> again.stats("u", "c").depth() == 0);
            }
        }
    }
}
