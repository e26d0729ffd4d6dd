package io.nsqd.shell;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.LogLevel;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import io.nsqd.api.Reason;
import io.nsqd.api.Topic;
import io.nsqd.stats.PluginStats;
import io.nsqd.stats.Trouble;
import io.nsqd.testing.FakeNsqd;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an administrator types, and what the answer is. */
final class CommandsTest {
    private final FakeNsqd nsqd = new FakeNsqd();
    private final RunningDaemons daemon = new RunningDaemons(TimeUnit.MILLISECONDS.toNanos(50));
    private List<PluginStats> plugins = List.of();
    private final Commands commands = new Commands(daemon, () -> plugins);

    /** What the session has set. */
    private final Map<String, Object> variables = new HashMap<>();

    private final Selection selection = new Selection(variables::get, variables::put);
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private AutoCloseable attached;

    @BeforeEach
    void attach() {
        attached = daemon.attach(nsqd);
    }

    private String run(String line) {
        List<String> words = Arrays.asList(line.split(" "));
        Verb verb = Arrays.stream(Verb.values())
                .filter(candidate -> candidate.word().equals(words.get(0)))
                .findFirst()
                .orElseThrow();
        return commands.run(
                verb,
                words.subList(1, words.size()),
                new PrintStream(printed, true, StandardCharsets.UTF_8),
                selection);
    }

    @Test
    void pluginsAreShownWhetherTheDaemonRunsOrNot() throws Exception {
        attached.close();
        plugins = List.of(
                new PluginStats("io.nsqd.core", "1.0.0", "failed", "bundles/nsqd-core.jar", "no such\u001b disk"));
        assertEquals(
                "NAME          VERSION  STATE   FILE                   REASON\n"
                        + "io.nsqd.core  1.0.0    failed  bundles/nsqd-core.jar  no such\\x1b disk",
                run("plugins"));
    }

    private String refusal(String line) {
        String message = assertThrows(Refused.class, () -> run(line)).getMessage();
        assertEquals(1, message.lines().count());
        return message;
    }

    private void publish(String topic, String body) {
        nsqd.topic(topic).publish(MessageBatch.of(body.getBytes(StandardCharsets.UTF_8)));
    }

    private List<String> printed() {
        return printed.toString(StandardCharsets.UTF_8).lines().toList();
    }

    // ---- topics and channels

    @Test
    void topicsAndChannelsAreMadeListedAndDeleted() {
        assertEquals("no topics", run("topics"));
        assertEquals("created topic orders", run("create orders"));
        assertEquals("topic orders is there already", run("create orders"));
        assertEquals("created channel billing in topic orders", run("create orders billing"));
        assertEquals("channel billing is there already in topic orders", run("create orders billing"));
        assertEquals("created channel a in topic events", run("create events a"));
        assertEquals("events\norders", run("topics"));
        assertEquals("orders", run("topics o"));
        assertEquals("billing", run("channels orders"));
        assertEquals("no channels", run("channels orders x"));
        publish("orders", "one");
        assertEquals(
                "deleted channel billing of topic orders: 1 message and 0 consumers are gone",
                run("delete orders billing"));
        publish("orders", "two");
        publish("orders", "three");
        assertEquals("deleted topic orders: 0 channels and 2 messages are gone", run("delete orders"));
        assertEquals("events", run("topics"));
    }

    @Test
    void topicsAndChannelsArePaused() {
        run("create orders billing");
        assertEquals("paused topic orders", run("pause orders"));
        assertEquals("paused channel billing of topic orders", run("pause orders billing"));
        assertEquals("orders (paused)", run("topics"));
        assertEquals("billing (paused)", run("channels orders"));
        assertEquals("unpaused topic orders", run("unpause orders"));
        assertEquals("unpaused channel billing of topic orders", run("unpause orders billing"));
        assertEquals("orders", run("topics"));
        assertEquals("billing", run("channels orders"));
    }

    @Test
    void emptyingSaysWhatIsGone() {
        publish("orders", "one");
        assertEquals("emptied topic orders: 1 message dropped; what its channels have stays", run("empty orders"));
        run("create orders billing");
        publish("orders", "two");
        publish("orders", "three");
        assertEquals("emptied channel billing of topic orders: 2 messages dropped", run("empty orders billing"));
        assertTrue(nsqd.stats(io.nsqd.stats.StatsFilter.ALL)
                        .topics()
                        .get(0)
                        .channels()
                        .get(0)
                        .depth()
                == 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"stats", "channels", "pause", "unpause", "empty", "delete", "tail"})
    void whatIsNotThereIsNotMade(String command) {
        assertEquals("there is no topic ord", refusal(command + " ord"));
        run("create orders");
        assertEquals("there is no topic ord; is it orders?", refusal(command + " ord"));
        assertEquals(1, nsqd.topics().size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"stats", "pause", "unpause", "empty", "delete"})
    void aMissingChannelIsNotMadeEither(String command) {
        run("create orders billing");
        assertEquals("there is no channel x in topic orders", refusal(command + " orders x"));
        assertEquals("there is no channel bill in topic orders; is it billing?", refusal(command + " orders bill"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"create a/b", "create a b/c", "delete a/b", "publish a/b x", "tail a/b", "pause a\u001b[2J"})
    void namesAreChecked(String line) {
        run("create a b");
        String message = refusal(line);
        assertTrue(message.contains("is not a valid"), message);
        assertFalse(message.contains("\u001b"), message);
    }

    // ---- figures

    @Test
    void figuresAreATable() {
        nsqd.serve("tcp", 4150);
        run("create orders billing");
        publish("orders", "hello");
        run("create events");
        List<String> lines = run("stats").lines().toList();
        assertTrue(lines.get(0).startsWith("nsqd 1.3.0, health OK, started 2023-11-14T22:13:20Z, up "), lines.get(0));
        assertEquals("serving tcp 127.0.0.1:4150 (nio)", lines.get(1));
        assertTrue(lines.get(2).matches("TOPIC / CHANNEL +DEPTH .*STATE"), lines.get(2));
        assertTrue(lines.get(3).matches("events +0 +0 +0"), lines.get(3));
        assertTrue(lines.get(4).matches("orders +0 +0 +1"), lines.get(4));
        assertTrue(lines.get(5).matches("  billing +1 +0 +0 +0 +1 +0 +0 +0"), lines.get(5));
        assertEquals(6, lines.size());
        run("pause orders billing");
        List<String> one = run("stats orders billing").lines().toList();
        assertEquals(3, one.size());
        assertTrue(one.get(2).endsWith("0  paused"), one.get(2));
    }

    @Test
    void anIdleDaemonHasFiguresToo() {
        nsqd.health("NOK - disk\u0007 full");
        List<String> lines = run("stats").lines().toList();
        assertTrue(lines.get(0).contains("health NOK - disk\\x07 full,"), lines.get(0));
        assertEquals("serving nobody: no transport is there", lines.get(1));
        assertEquals("no topics", lines.get(2));
    }

    // ---- publish, tail

    @Test
    void aMessageIsMadeOfWords() {
        run("create orders billing");
        assertEquals("published 11 bytes to orders", run("publish orders hello world"));
        assertEquals("published 1 byte to fresh", run("publish fresh x"));
        assertTrue(nsqd.existingTopic("fresh").isPresent());
    }

    @Test
    void whatCannotBePublishedIsRefused() {
        nsqd.with(Map.of(Option.MAX_MSG_SIZE, 3L));
        assertEquals("the message has 4 bytes, which is more than max-msg-size 3", refusal("publish orders four"));
        assertEquals("usage: nsqd:publish <topic> <word>...", refusal("publish orders"));
        assertEquals(
                "a message must not be empty",
                assertThrows(
                                Refused.class,
                                () -> commands.run(Verb.PUBLISH, List.of("orders", ""), System.out, selection))
                        .getMessage());
        nsqd.topic("orders").result(CompletableFuture.failedFuture(new NsqdException(Reason.BACKEND, "disk full")));
        assertEquals("could not publish: disk full", refusal("publish orders x"));
    }

    @Test
    void tailShowsWhatComesAndVanishes() throws Exception {
        run("create orders billing");
        publish("orders", "before");
        CompletableFuture<String> tail = CompletableFuture.supplyAsync(() -> run("tail orders 2"));
        Topic topic = nsqd.topic("orders");
        await().until(() -> topic.channels().size() == 2);
        assertTrue(topic.channels().get(1).name().matches("tail[0-9]{6}#ephemeral"));
        publish("orders", "one");
        publish("orders", "\u001b[31mtwo\nlines");
        publish("orders", "three");
        assertEquals("2 messages of orders", tail.get(10, TimeUnit.SECONDS));
        assertEquals(List.of("one", "\\x1b[31mtwo\\x0alines"), printed());
        assertEquals("billing", run("channels orders"));
    }

    @Test
    void tailEndsWhenNothingComes() {
        run("create orders");
        assertEquals("0 messages of orders", run("tail orders 5 1"));
        assertEquals("no channels", run("channels orders"));
    }

    /** It would be the first channel, take what waits, and be gone. */
    @Test
    void tailDoesNotTakeWhatWaitsForTheFirstChannel() {
        publish("orders", "precious");
        assertTrue(refusal("tail orders 1 1").startsWith("topic orders has messages and no channel"));
        assertEquals(
                1, nsqd.stats(io.nsqd.stats.StatsFilter.ALL).topics().get(0).depth());
    }

    @Test
    void tailEndsWhenItIsInterrupted() throws Exception {
        run("create orders billing");
        AtomicReference<String> result = new AtomicReference<>();
        Thread thread = new Thread(() -> result.set(run("tail orders")));
        thread.start();
        Topic topic = nsqd.topic("orders");
        await().until(() -> topic.channels().size() == 2);
        thread.interrupt();
        thread.join(10_000);
        assertEquals("0 messages of orders", result.get());
        assertEquals("billing", run("channels orders"));
    }

    @Test
    void tailEndsBeforeTheDaemonHasLeft() throws Exception {
        run("create orders billing");
        CompletableFuture<String> tail = CompletableFuture.supplyAsync(() -> run("tail orders"));
        Topic topic = nsqd.topic("orders");
        await().until(() -> topic.channels().size() == 2);
        attached.close();
        assertEquals(1, topic.channels().size());
        assertEquals("0 messages of orders", tail.get(10, TimeUnit.SECONDS));
    }

    @Test
    void tailNeedsANumber() {
        run("create orders");
        assertEquals("'many' is not a number greater than 0", refusal("tail orders many"));
        assertEquals("'0' is not a number greater than 0", refusal("tail orders 1 0"));
    }

    // ---- options

    @Test
    void optionsAreShownAndChanged() {
        assertTrue(run("config").lines().anyMatch("mem-queue-size = 10000 (default)"::equals));
        assertEquals("mem-queue-size = 10000 (default)", run("config mem_queue_size"));
        assertEquals("lookupd-tcp-address = a:1,b:2", run("config --lookupd-tcp-address a:1,b:2"));
        assertEquals(List.of("a:1", "b:2"), nsqd.options().strings(Option.LOOKUPD_TCP_ADDRESS));
        assertEquals(
                "lookupd-tcp-address = ",
                commands.run(Verb.CONFIG, List.of("lookupd-tcp-address", ""), System.out, selection));
        assertEquals("msg-timeout = 1m0s (default)", run("config msg-timeout"));
        assertEquals("mem-queue-size cannot be changed at run time", refusal("config mem-queue-size 7"));
        assertEquals("there is no option colour", refusal("config colour"));
        assertEquals("there is no option version", refusal("config version"));
    }

    @Test
    void transportsTellWhatBecameOfConnections() {
        nsqd.stopServing("tcp");
        nsqd.stopServing("http");
        assertEquals("nothing is served", run("transports"));
        nsqd.serve("tcp", 4150);
        assertEquals(
                "tcp 127.0.0.1:4150 (nio): connections parked 5, adopted 3, closed at hand-over 2", run("transports"));
    }

    @Test
    void whatMustNeverHappenIsCounted() {
        List<String> sound = run("trouble").lines().toList();
        assertEquals(Trouble.values().length, sound.size());
        assertTrue(sound.stream().allMatch(line -> line.matches("[a-z_]+ +0(\\.000 s)? +[A-Z].*\\.")), sound::toString);
        nsqd.troubles().add(Trouble.MESSAGES_LOST, 7);
        nsqd.troubles().add(Trouble.LOOP_STALL_TIME, 1_250_000_000);
        List<String> sick = run("trouble").lines().toList();
        assertTrue(sick.stream().anyMatch(line -> line.matches("messages_lost +7 .*")), sick::toString);
        assertTrue(sick.stream().anyMatch(line -> line.matches("loop_stall +1\\.250 s .*")), sick::toString);
        assertEquals(
                Trouble.values().length - 2,
                sick.stream().filter(sound::contains).count());
    }

    @Test
    void theLogLevelIsShownAndChanged() {
        assertEquals("info", run("log-level"));
        assertEquals("the log level is debug", run("log-level DEBUG"));
        assertEquals(LogLevel.DEBUG, nsqd.options().logLevel());
        assertEquals("invalid log level 'loud' (debug, info, warn, error, fatal)", refusal("log-level loud"));
    }

    // ---- help, completion, no daemon

    @ParameterizedTest
    @EnumSource(Verb.class)
    void eachCommandHelpsAndCountsItsArguments(Verb verb) {
        assertEquals("usage: " + verb.usage() + "\n" + verb.help(), run(verb.word() + " --help"));
        String many = verb == Verb.PUBLISH ? "" : " a b c d e";
        assertEquals("usage: " + verb.usage(), refusal(verb.word() + many));
    }

    @Test
    void whatMayFollowIsKnown() {
        run("create orders billing");
        run("create orders audit");
        assertEquals(List.of("orders"), commands.candidates(Verb.PAUSE, List.of(), selection));
        assertEquals(List.of("audit", "billing"), commands.candidates(Verb.PAUSE, List.of("orders"), selection));
        assertEquals(List.of("orders"), commands.candidates(Verb.TOPICS, List.of(), selection));
        assertEquals(List.of("audit", "billing"), commands.candidates(Verb.CHANNELS, List.of("orders"), selection));
        assertEquals(List.of(), commands.candidates(Verb.PAUSE, List.of("x"), selection));
        assertEquals(List.of(), commands.candidates(Verb.PAUSE, List.of("orders", "billing"), selection));
        assertEquals(List.of("audit", "billing"), commands.candidates(Verb.POLICY, List.of("orders"), selection));
        List<String> settings = List.of("orders", "billing", "ttl=1h");
        assertTrue(commands.candidates(Verb.POLICY, settings.subList(0, 2), selection)
                .contains("max-attempts="));
        assertTrue(commands.candidates(Verb.POLICY, settings, selection).contains("max-attempts="));
        assertTrue(commands.candidates(Verb.CONFIG, List.of(), selection).contains("mem-queue-size"));
        assertEquals(
                5, commands.candidates(Verb.LOG_LEVEL, List.of(), selection).size());
    }

    @Test
    void withoutADaemonThatIsSaid() throws Exception {
        attached.close();
        assertEquals("nsqd is not running", refusal("stats"));
        assertEquals(List.of(), commands.candidates(Verb.PAUSE, List.of(), selection));
        daemon.attach(nsqd);
        assertEquals("no topics", run("topics"));
    }

    @Test
    void ofSeveralDaemonsTheOneThatWasChosenIsMeant() throws Exception {
        FakeNsqd other = new FakeNsqd().named("other");
        other.topic("elsewhere");
        try (AutoCloseable second = daemon.attach(other)) {
            assertNotNull(second);
            nsqd.topic("orders");
            assertEquals("orders", run("topics"));
            assertTrue(run("use other").lines().anyMatch(line -> line.startsWith("* other ")), "chosen");
            assertEquals("elsewhere", run("topics"));
            assertEquals("there is no daemon third: nsqd:use takes one of default, other", refusal("use third"));
            attached.close();
            assertEquals("elsewhere", run("topics"));
        }
        // What was chosen has gone, and another one must not be taken for it.
        daemon.attach(nsqd);
        assertEquals("there is no daemon other: nsqd:use takes one of default", refusal("topics"));
        assertTrue(run("use default").startsWith("* default "), "chosen");
    }

    @Test
    void whereNoneIsTheDefaultOneMustBeChosen() throws Exception {
        attached.close();
        try (AutoCloseable one = daemon.attach(new FakeNsqd().named("one"))) {
            assertNotNull(one);
            assertEquals("no topics", run("topics"));
            try (AutoCloseable two = daemon.attach(new FakeNsqd().named("two"))) {
                assertNotNull(two);
                assertEquals("there are several daemons: nsqd:use takes one of one, two", refusal("topics"));
            }
        }
    }
}
