package io.nsqd.core.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.NsqdException;
import io.nsqd.api.Reason;
import io.nsqd.policy.PolicyKey;
import io.nsqd.policy.PolicyRule;
import io.nsqd.spi.DocumentStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which rule counts, what is refused, and what outlives a restart. */
final class PolicyStoreTest {
    @TempDir
    private Path dataPath;

    private int changes;
    private PolicyStore store;

    @BeforeEach
    void open() throws IOException {
        store = reopened();
    }

    private PolicyStore reopened() throws IOException {
        PolicyStore opened = new PolicyStore(new FileDocuments(dataPath), () -> changes++);
        opened.load();
        return opened;
    }

    private static PolicyRule topic(String topic, String... texts) {
        return rule(topic, Optional.empty(), "", texts);
    }

    private static PolicyRule channel(String topic, String channel, String... texts) {
        return rule(topic, Optional.of(channel), "", texts);
    }

    private static PolicyRule rule(String topic, Optional<String> channel, String source, String... texts) {
        Map<String, String> values = new java.util.LinkedHashMap<>();
        for (int i = 0; i < texts.length; i += 2) {
            values.put(texts[i], texts[i + 1]);
        }
        return PolicyRule.of(topic, channel, values, source);
    }

    private String ttl(String topic, String channel) {
        return store.effective(topic, Optional.of(channel)).number(PolicyKey.TTL) / 1_000_000_000L + "s";
    }

    private static String refused(Runnable said) {
        NsqdException refusal = assertThrows(NsqdException.class, said::run);
        assertEquals(Reason.BAD_POLICY, refusal.reason());
        return refusal.getMessage();
    }

    @Test
    void theMostSpecificRuleCountsForEachKey() {
        store.set(topic("*", "ttl", "1s", "max-depth", "7"));
        store.set(topic("orders.*", "ttl", "2s"));
        assertEquals("1s", ttl("prices", "c"));
        assertEquals("2s", ttl("orders.eu", "c"));
        store.set(topic("orders.eu", "ttl", "3s"));
        assertEquals("3s", ttl("orders.eu", "c"));
        store.set(channel("orders.*", "*", "ttl", "4s"));
        assertEquals("4s", ttl("orders.eu", "c"), "a rule about channels is more specific than one about topics");
        store.set(channel("orders.*", "archive", "ttl", "5s"));
        assertEquals("5s", ttl("orders.eu", "archive"));
        assertEquals("4s", ttl("orders.eu", "archives"));
        assertEquals(7, store.effective("orders.eu", Optional.of("archive")).number(PolicyKey.MAX_DEPTH));
        assertEquals(3, store.effective("orders.eu", Optional.empty()).number(PolicyKey.TTL) / 1_000_000_000L);
    }

    @Test
    void patternsMatchWholeNames() {
        assertTrue(new Glob("*").matches("a"));
        assertTrue(new Glob("a*c*").matches("abcd"));
        assertTrue(new Glob("a?c").matches("abc"));
        assertTrue(new Glob("**a").matches("ba"));
        assertFalse(new Glob("a?c").matches("ac"));
        assertFalse(new Glob("abc").matches("abcd"));
        assertFalse(new Glob("").matches("a"));
        assertFalse(new Glob("a*b").matches("ac"));
        assertFalse(new Glob("*a*a*a*a*a*a*a*a*b").matches("a".repeat(64)));
    }

    @Test
    void whatIsSaidToTheDaemonOutlivesARestartAndAConfigurationsRulesDoNot() throws IOException {
        store.set(channel("orders", "*", "max-attempts", "5", "retry-delay", "1m30s"));
        store.replace("io.nsqd.policy~a", List.of(rule("orders", Optional.empty(), "io.nsqd.policy~a", "ttl", "1h")));
        assertEquals(2, store.rules().size());
        assertEquals(2, changes);
        store = reopened();
        assertEquals(1, store.rules().size());
        assertEquals("orders:*", store.rules().get(0).about());
        assertEquals(
                90_000_000_000L, store.effective("orders", Optional.of("c")).number(PolicyKey.RETRY_DELAY));
        assertTrue(store.remove("orders", Optional.of("*"), ""));
        assertFalse(store.remove("orders", Optional.of("*"), ""));
        assertEquals(List.of(), reopened().rules());
    }

    @Test
    void whatCannotBeIsRefusedWithASentence() {
        assertTrue(refused(() -> topic("t", "ttl", "5")).contains("ttl cannot be '5': it is a duration"));
        assertTrue(refused(() -> topic("t", "tll", "5s")).contains("there is no key 'tll'"));
        assertTrue(refused(() -> topic("t", "max-attempts", "5")).contains("max-attempts is for channels"));
        assertTrue(refused(() -> channel("t", "c", "publish-rate", "5")).contains("publish-rate is for topics"));
        assertTrue(refused(() -> topic("a b", "ttl", "5s")).contains("'a b' is neither the name of a topic"));
        assertTrue(refused(() -> topic("t")).contains("there is nothing in it"));
        assertTrue(refused(() -> channel("t", "c", "max-attempts", "65536")).contains("from 0 to 65535"));
        assertTrue(refused(() -> channel("t", "c", "max-attempts", "-1")).contains("from 0 to 65535"));
        assertTrue(refused(() -> topic("t", "overflow", "DISK")).contains("one of disk, reject, drop-oldest"));
        assertTrue(refused(() -> topic("t", "msg-timeout", "0s")).contains("above 0"));
        assertTrue(refused(() -> channel("t", "c", "dead-letter-topic", "x#ephemeral"))
                .contains("not ephemeral"));
    }

    @Test
    void deadLettersCannotGoInACircle() {
        store.set(channel("a", "*", "dead-letter-topic", "b"));
        store.set(channel("b", "*", "dead-letter-topic", "c"));
        String why = refused(() -> store.set(channel("c", "x", "dead-letter-topic", "a")));
        assertTrue(why.contains("a -> b -> c -> a") || why.contains("b -> c -> a -> b"), why);
        assertEquals(2, store.rules().size());
        assertTrue(refused(() -> store.set(channel("dead", "*", "dead-letter-topic", "dead")))
                .contains("dead -> dead"));
    }

    @Test
    void aTopicOfDeadLettersMayBeLeftOutOfAPattern() {
        assertTrue(refused(() -> store.set(channel("*", "*", "dead-letter-topic", "dead")))
                .contains("say first"));
        store.set(channel("dead", "*", "dead-letter-topic", ""));
        store.set(channel("*", "*", "dead-letter-topic", "dead"));
        assertEquals(Optional.empty(), store.effective("dead", Optional.of("c")).text(PolicyKey.DEAD_LETTER_TOPIC));
        assertEquals(Optional.of("dead"), store.effective("t", Optional.of("c")).text(PolicyKey.DEAD_LETTER_TOPIC));
        refused(() -> store.remove("dead", Optional.of("*"), ""));
        assertEquals(2, store.rules().size());
    }

    @Test
    void whatCannotBeStoredIsNotInForce() throws IOException {
        PolicyStore failing = new PolicyStore(
                new DocumentStore() {
                    @Override
                    public Optional<byte[]> loadDocument(String name) {
                        return Optional.empty();
                    }

                    @Override
                    public void saveDocument(String name, byte[] content) throws IOException {
                        throw new IOException("No space left on device");
                    }
                },
                () -> changes++);
        NsqdException refusal = assertThrows(NsqdException.class, () -> failing.set(topic("t", "ttl", "1s")));
        assertEquals(Reason.BACKEND, refusal.reason());
        assertTrue(refusal.getMessage().contains("the policies cannot be stored - "), refusal.getMessage());
        assertEquals(List.of(), failing.rules());
        assertEquals(0, changes);
    }

    @Test
    void aDamagedDocumentDoesNotKeepTheDaemonFromStartingAndIsKeptAside() throws IOException {
        store.set(topic("t", "ttl", "1s"));
        Path file = dataPath.resolve("nsqd.policies");
        String text = Files.readString(file);
        for (int end = 0; end < text.length() - 3; end += 7) {
            Files.writeString(file, text.substring(0, end));
            assertEquals(List.of(), reopened().rules());
            assertEquals(text.substring(0, end), Files.readString(dataPath.resolve("nsqd.policies.bad")));
        }
        Files.writeString(
                file,
                "{\"policies\":[{\"topic\":\"t\",\"values\":{\"from-the-future\":\"1\"}},"
                        + "{\"topic\":\"u\",\"values\":{\"ttl\":\"2s\"}}]}",
                StandardCharsets.UTF_8);
        assertEquals(
                List.of("u"), reopened().rules().stream().map(PolicyRule::topic).toList());
    }

    /** As where another daemon of a cluster has kept it aside already. */
    @Test
    void norDoesOneThatCannotBeKeptAside() throws IOException {
        PolicyStore damaged = new PolicyStore(
                new DocumentStore() {
                    @Override
                    public Optional<byte[]> loadDocument(String name) {
                        return Optional.of("{damaged".getBytes(StandardCharsets.UTF_8));
                    }

                    @Override
                    public void saveDocument(String name, byte[] content) throws IOException {
                        throw new IOException(name + " was changed by another node meanwhile");
                    }
                },
                () -> changes++);
        damaged.load();
        assertEquals(List.of(), damaged.rules());
    }
}
