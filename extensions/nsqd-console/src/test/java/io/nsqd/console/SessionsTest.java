package io.nsqd.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.spi.Authorization;
import io.nsqd.spi.Credentials;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class SessionsTest {
    private final AtomicLong now = new AtomicLong(System.nanoTime());
    private final Sessions sessions = new Sessions(now::get);

    private Sessions.Session open() {
        return sessions.open(
                new Credentials(new byte[] {1}, "", false, ""),
                new Authorization("ann", "", List.of(), Duration.ofDays(30)));
    }

    @Test
    void whoIsNotSeenForHalfADayIsNobody() {
        Sessions.Session session = open();
        for (int i = 0; i < 5; i++) {
            now.addAndGet(TimeUnit.HOURS.toNanos(Sessions.IDLE_HOURS - 1));
            assertTrue(sessions.find(session.id()).isPresent());
        }
        now.addAndGet(TimeUnit.HOURS.toNanos(Sessions.IDLE_HOURS + 1));
        assertTrue(sessions.find(session.id()).isEmpty());
        assertFalse(session.isGood());
    }

    @Test
    void theOneThatWasNotSeenLongestMakesRoom() {
        Sessions.Session kept = open();
        Sessions.Session lost = open();
        for (int i = 0; i < Sessions.MOST - 1; i++) {
            assertTrue(sessions.find(kept.id()).isPresent());
            open();
        }
        assertTrue(sessions.find(kept.id()).isPresent());
        assertTrue(sessions.find(lost.id()).isEmpty());
    }

    @Test
    void anAuthorizationThatIsOverIsAskedAboutAgain() {
        Sessions.Session session = open();
        assertTrue(session.isGood());
        now.addAndGet(TimeUnit.DAYS.toNanos(31));
        assertFalse(session.isGood());
        session.renew(new Authorization("ann", "", List.of(), Duration.ofDays(90)));
        assertTrue(session.isGood());
        sessions.close(session);
        assertFalse(session.isGood());
    }

    @Test
    void tokensAreNotToBeGuessed() {
        Set<String> tokens = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            tokens.add(sessions.token());
        }
        assertEquals(1000, tokens.size());
        assertTrue(tokens.stream().allMatch(token -> token.matches("[A-Za-z0-9_-]{43}")));
    }

    @Test
    void loginsThatFailAreCounted() {
        LoginLimit limit = new LoginLimit();
        for (int i = 0; i < LoginLimit.FAILURES; i++) {
            assertTrue(limit.allows("10.0.0.1", 0));
            limit.failed("10.0.0.1", 0);
        }
        assertFalse(limit.allows("10.0.0.1", 1));
        assertTrue(limit.allows("10.0.0.2", 1), "others are not held up");
        assertTrue(limit.allows("10.0.0.1", TimeUnit.SECONDS.toNanos(61)));
    }
}
