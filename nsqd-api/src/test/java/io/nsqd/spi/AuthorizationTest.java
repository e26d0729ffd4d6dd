package io.nsqd.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.spi.Authorization.Entry;
import io.nsqd.spi.Authorization.Permission;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("P-76")
class AuthorizationTest {
    private static final Set<Permission> ALL = Set.of(Permission.values());

    private static Entry entry(String topic, Set<Permission> permissions, String... channels) {
        List<Pattern> patterns = Stream.of(channels).map(Pattern::compile).toList();
        return new Entry(Pattern.compile(topic), patterns, permissions);
    }

    private static Authorization of(Entry... entries) {
        return new Authorization("alice", "", List.of(entries), Duration.ofSeconds(60));
    }

    private static boolean subscribes(Authorization authorization, String topic, String channel) {
        return authorization.allows(Permission.SUBSCRIBE, topic, channel);
    }

    private static boolean publishes(Authorization authorization, String topic) {
        return authorization.allows(Permission.PUBLISH, topic, "");
    }

    @ParameterizedTest
    @CsvSource({
        "log, c, catalog, abc, true",
        "log, c, logs, c, true",
        "^log$, ^c$, catalog, c, false",
        "^log$, ^c$, log, abc, false",
        "^log$, ^c$, log, c, true",
        "'', '', anything, any, true",
        "log, d, log, c, false"
    })
    void patternsAreSearchedFor(
            String topicPattern, String channelPattern, String topic, String channel, boolean allowed) {
        assertEquals(allowed, subscribes(of(entry(topicPattern, ALL, channelPattern)), topic, channel));
    }

    @Test
    void aPublishHasTheEmptyChannel() {
        assertFalse(publishes(of(entry(".*", ALL)), "t"));
        assertFalse(publishes(of(entry(".*", ALL, "c")), "t"));
        assertTrue(publishes(of(entry(".*", ALL, ".*")), "t"));
        assertTrue(publishes(of(entry(".*", ALL, "")), "t"));
        assertTrue(publishes(of(entry(".*", ALL, "c", "^$")), "t"));
    }

    @Test
    void aPermissionIsNeeded() {
        Authorization publisher = of(entry(".*", Set.of(Permission.PUBLISH), ".*"));
        assertTrue(publishes(publisher, "t"));
        assertFalse(subscribes(publisher, "t", "c"));
        Authorization subscriber = of(entry(".*", Set.of(Permission.SUBSCRIBE), ".*"));
        assertFalse(publishes(subscriber, "t"));
        assertTrue(subscribes(subscriber, "t", "c"));
        assertFalse(subscribes(of(entry(".*", Set.of(), ".*")), "t", "c"));
    }

    @Test
    void oneEntrySufficesAndEntriesAreNotMixed() {
        Authorization authorization =
                of(entry("^a$", Set.of(Permission.PUBLISH), ".*"), entry("^b$", Set.of(Permission.SUBSCRIBE), "^c$"));
        assertTrue(publishes(authorization, "a"));
        assertFalse(publishes(authorization, "b"));
        assertTrue(subscribes(authorization, "b", "c"));
        assertFalse(subscribes(authorization, "a", "c"));
        assertEquals(2, authorization.entries().size());
        assertFalse(publishes(of(), "a"));
    }

    @Test
    @Tag("P-77")
    void itExpires() {
        long before = System.nanoTime();
        Authorization authorization = of();
        long after = System.nanoTime();
        assertFalse(authorization.isExpired(before + Duration.ofSeconds(60).toNanos() - 1));
        assertTrue(authorization.isExpired(after + Duration.ofSeconds(60).toNanos()));
        Authorization endless = new Authorization("", "", List.of(), Duration.ofSeconds(Long.MAX_VALUE));
        assertFalse(endless.isExpired(after + Duration.ofDays(100_000).toNanos()));
    }

    @Test
    void aSearchThatTakesTooLongFindsNothing() {
        Authorization authorization = of(entry("^(a|aa|a*)*$", ALL, ".*"));
        assertTrue(publishes(authorization, "a".repeat(64)));
        assertTimeout(Duration.ofSeconds(5), () -> assertFalse(publishes(authorization, "a".repeat(63) + "b")));
    }

    @Test
    void theSecretIsNotShown() {
        Credentials credentials = new Credentials(new byte[] {'s', '3'}, "127.0.0.1", false, "");
        assertEquals("s3", credentials.secretText());
        assertFalse(credentials.toString().contains("s3"));
    }
}
