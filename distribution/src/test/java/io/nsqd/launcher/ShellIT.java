package io.nsqd.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.launcher.plugin.Dawdler;
import io.nsqd.launcher.plugin.Greeter;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code bin/nsqd --shell}, with commands from a pipe. */
class ShellIT {
    private static final String PROMPT = "nsqd> ";

    @TempDir
    Path directory;

    private Daemon start() throws IOException {
        return Daemon.of(directory).flags("--shell").start();
    }

    /** What is printed for the commands, by lines and without prompts. */
    private List<String> answers(String... commands) throws Exception {
        try (Daemon daemon = start()) {
            daemon.type(commands);
            daemon.type("exit");
            assertEquals(0, daemon.awaitExit());
            assertNoErrors(daemon);
            return daemon.output()
                    .lines()
                    .map(line -> line.replace(PROMPT, ""))
                    .filter(line -> !line.isEmpty())
                    .toList();
        }
    }

    private static void assertNoErrors(Daemon daemon) {
        assertTrue(
                daemon.log().stream().noneMatch(line -> line.contains(" ERROR: ") || line.contains(" WARNING: ")),
                () -> String.join("\n", daemon.log()));
    }

    @Test
    void theEndIsQuietWhateverIsBeingTriedAgain() throws Exception {
        DistributionCopy copy = new DistributionCopy(directory.resolve("home"));
        copy.addShell();
        // What needs time to stop, so that the folders are looked at meanwhile.
        copy.drop("needy.jar", "1.0.0", Greeter.class, "Require-Capability: test.nothing");
        copy.drop("slow.jar", "1.0.0", Dawdler.class);
        try (Daemon daemon =
                Daemon.of(directory).home(copy.home()).flags("--shell").start()) {
            daemon.awaitLog("PLUGIN\\(slow\\.jar\\): started");
            daemon.awaitLog("PLUGIN\\(needy\\.jar\\): cannot be started");
            daemon.type("exit");
            daemon.awaitLog("DAWDLER: stopping");
            copy.drop("late.jar", "1.0.0", Greeter.class);
            assertEquals(0, daemon.awaitExit());
            assertEquals(
                    1,
                    daemon.log().stream()
                            .filter(line -> line.contains(" ERROR: "))
                            .count(),
                    () -> String.join("\n", daemon.log()));
        }
    }

    @Test
    void pluginsAreShown() throws Exception {
        List<String> answers = answers("plugins", "nsqd:plugins | grep core");
        assertTrue(answers.get(0).matches("NAME +VERSION +STATE +FILE +REASON"), answers::toString);
        assertTrue(
                answers.get(1).matches("io\\.nsqd\\.api +0\\.1\\.0\\S* +active +bundles/nsqd-api\\.jar"),
                answers::toString);
        assertTrue(answers.get(10).startsWith("io.nsqd.core "), answers::toString);
    }

    @Test
    void policiesAreSaidShownAndTakenBack() throws Exception {
        assertEquals(
                List.of(
                        "no policies",
                        "orders:* max-attempts=5 retry-delay=1s",
                        "orders ttl=1h0m0s",
                        "max-attempts = 5  (orders:*)",
                        "retry-delay = 1s  (orders:*)",
                        "ttl = 1h0m0s  (orders)",
                        "no policy",
                        "orders:* has no policy of its own any more",
                        "orders ttl=1h0m0s",
                        "created channel billing in topic orders",
                        "published 5 bytes to orders",
                        "no messages"),
                answers(
                        "nsqd:policy",
                        "policy orders '*' max-attempts=5 retry-delay=1s",
                        "policy orders ttl=1h",
                        "policy orders billing",
                        "policy prices",
                        "policy orders '*' --remove",
                        "policy",
                        "nsqd:create orders billing",
                        "nsqd:publish orders hello",
                        "nsqd:peek orders billing deferred"));
    }

    @Test
    void topicsAndChannelsAreAdministered() throws Exception {
        assertEquals(
                List.of(
                        "no topics",
                        "created topic orders",
                        "created channel billing in topic orders",
                        "created topic passing#ephemeral",
                        "orders",
                        "passing#ephemeral",
                        "billing",
                        "published 11 bytes to orders",
                        "published 7 bytes to orders",
                        "paused channel billing of topic orders",
                        "billing (paused)",
                        "unpaused channel billing of topic orders",
                        "paused topic orders",
                        "unpaused topic orders",
                        "0 messages of orders",
                        "emptied channel billing of topic orders: 2 messages dropped",
                        "emptied topic orders: 0 messages dropped; what its channels have stays",
                        "deleted channel billing of topic orders: 0 messages and 0 consumers are gone",
                        "deleted topic orders: 0 channels and 0 messages are gone",
                        "passing#ephemeral"),
                answers(
                        "nsqd:topics",
                        "nsqd:create orders",
                        "nsqd:create orders billing",
                        "nsqd:create passing#ephemeral",
                        "topics",
                        "channels orders",
                        "nsqd:publish orders hello world",
                        "nsqd:publish orders '{\"a\":1}'",
                        "nsqd:pause orders billing",
                        "nsqd:channels orders",
                        "nsqd:unpause orders billing",
                        "nsqd:pause orders",
                        "nsqd:unpause orders",
                        "nsqd:tail orders 1 1",
                        "nsqd:empty orders billing",
                        "nsqd:empty orders",
                        "nsqd:delete orders billing",
                        "nsqd:delete orders",
                        "topics"));
    }

    @Test
    void figuresAreShown() throws Exception {
        List<String> answers =
                answers("create orders billing", "publish orders x", "stats", "stats orders | grep bill");
        assertTrue(answers.get(2).startsWith("nsqd 1.3.0, health OK, started "), answers::toString);
        assertTrue(
                answers.get(3)
                        .matches("serving http 127\\.0\\.0\\.1:\\d+ \\(\\w+\\), tcp 127\\.0\\.0\\.1:\\d+ \\(\\w+\\)"),
                answers::toString);
        assertTrue(answers.get(4).startsWith("TOPIC / CHANNEL "), answers::toString);
        assertTrue(answers.get(5).matches("orders +0 +0 +1"), answers::toString);
        assertTrue(answers.get(6).matches("  billing +1 +0 +0 +0 +1 +0 +0 +0"), answers::toString);
        assertTrue(answers.get(7).matches("  billing +1 .*"), answers::toString);
    }

    @Test
    void optionsAreShownAndChanged() throws Exception {
        List<String> answers = answers(
                "config mem_queue_size",
                "config lookupd-tcp-address ''",
                "log-level",
                "log-level warn",
                "nsqd:loglevel info",
                "nsqd:log-level",
                "config");
        assertEquals(
                List.of(
                        "mem-queue-size = 10000 (default)",
                        "lookupd-tcp-address = ",
                        "info",
                        "the log level is warn",
                        "the log level is info",
                        "info"),
                answers.subList(0, 6));
        assertTrue(answers.contains("tcp-address = 127.0.0.1:0"), answers::toString);
    }

    /** One line each, and nothing of the program's insides. */
    @Test
    void refusalsAreOneLine() throws Exception {
        assertEquals(
                List.of(
                        "there is no topic ord",
                        "usage: nsqd:delete <topic> [<channel>]",
                        "'a/b' is not a valid topic name (1 to 64 of . a-z A-Z 0-9 _ -, and #ephemeral at the end if it is"
                                + " to be)",
                        "mem-queue-size cannot be changed at run time",
                        "invalid log level 'loud' (debug, info, warn, error, fatal)"),
                answers(
                                "nsqd:delete ord",
                                "nsqd:delete",
                                "nsqd:create a/b",
                                "nsqd:config mem-queue-size 7",
                                "nsqd:log-level loud")
                        .stream()
                        .map(line -> line.replace("gogo: Refused: ", ""))
                        .toList());
    }

    @Test
    void eachCommandHasHelp() throws Exception {
        List<String> words = List.of(
                "stats",
                "topics",
                "channels",
                "create",
                "pause",
                "unpause",
                "empty",
                "delete",
                "publish",
                "tail",
                "transports",
                "trouble",
                "plugins",
                "config");
        List<String> commands = new ArrayList<>(List.of("help", "help nsqd:loglevel", "log-level --help"));
        words.forEach(word -> commands.addAll(List.of("help nsqd:" + word, word + " --help")));
        List<String> answers = answers(commands.toArray(new String[0]));
        for (String word : words) {
            assertTrue(answers.contains("nsqd:" + word), answers::toString);
            assertTrue(answers.stream().anyMatch(line -> line.matches(word + " - .{10,}")), answers::toString);
            assertTrue(
                    answers.stream().anyMatch(line -> line.matches("usage: nsqd:" + word + "( .*)?")),
                    answers::toString);
        }
        assertTrue(answers.stream().anyMatch(line -> line.matches("loglevel - .{10,}")), answers::toString);
        assertTrue(answers.contains("usage: nsqd:log-level [<level>]"), answers::toString);
    }

    @Test
    void tailShowsMessagesOfClients() throws Exception {
        try (Daemon daemon = start()) {
            daemon.type("create orders billing", "tail orders 2", "channels orders", "exit");
            daemon.awaitLog("TOPIC\\(orders\\): new channel\\(tail\\d+#ephemeral\\)");
            for (String body : List.of("one", "two\u001b[2J")) {
                HttpRequest request = HttpRequest.newBuilder(
                                URI.create("http://127.0.0.1:" + daemon.httpPort() + "/pub?topic=orders"))
                        .POST(BodyPublishers.ofString(body))
                        .build();
                HttpClient.newHttpClient().send(request, BodyHandlers.discarding());
            }
            assertEquals(0, daemon.awaitExit());
            List<String> lines = daemon.output().lines().toList();
            assertEquals(PROMPT + "one", lines.get(1));
            assertEquals("two\\x1b[2J", lines.get(2));
            assertEquals("2 messages of orders", lines.get(3));
            assertEquals(PROMPT + "billing", lines.get(4));
        }
    }

    @Test
    void theEndOfTheInputIsTheEnd() throws Exception {
        try (Daemon daemon = start()) {
            daemon.endInput();
            assertEquals(0, daemon.awaitExit());
            daemon.awaitLog("INFO: NSQ: bye$");
        }
    }

    /** The shell waits for input, and tail for messages. */
    @ParameterizedTest
    @ValueSource(strings = {"", "tail orders"})
    void aSignalEndsItWhateverTheShellWaitsFor(String command) throws Exception {
        try (Daemon daemon = start()) {
            daemon.type("create orders", command);
            daemon.awaitLog(command.isEmpty() ? "TOPIC\\(orders\\): created" : "new channel\\(tail");
            assertEquals(0, daemon.stop());
            daemon.awaitLog("INFO: NSQ: bye$");
            assertFalse(daemon.output().contains("\tat "), daemon.output());
        }
    }

    @Test
    void withoutTheFlagNothingIsRead() throws Exception {
        try (Daemon daemon = Daemon.of(directory).start()) {
            daemon.type("nsqd:create orders", "exit");
            daemon.endInput();
            assertEquals(0, daemon.stop());
            assertEquals("", daemon.output());
            assertFalse(daemon.log().stream().anyMatch(line -> line.contains("TOPIC(orders)")));
        }
    }

    @Test
    void aDistributionWithoutAShellSaysSo() throws Exception {
        DistributionCopy copy = new DistributionCopy(directory.resolve("home"));
        try (Daemon daemon =
                Daemon.of(directory).home(copy.home()).flags("--shell").launch()) {
            assertEquals(1, daemon.awaitExit());
            daemon.awaitLog(" FATAL: there is no shell in ");
        }
    }
}
