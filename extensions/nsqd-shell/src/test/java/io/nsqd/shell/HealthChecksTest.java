package io.nsqd.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.testing.FakeNsqd;
import java.util.List;
import org.apache.felix.hc.api.Result;
import org.junit.jupiter.api.Test;

/** Who lives, and who is ready. */
final class HealthChecksTest {
    private final FakeNsqd nsqd = new FakeNsqd();

    private Result ready() {
        return HealthChecks.ready(List.of(nsqd));
    }

    @Test
    void aDaemonThatIsThereLives() {
        assertEquals(Result.Status.OK, HealthChecks.live(List.of(nsqd)).getStatus());
        nsqd.health("NOK - disk full");
        assertEquals(Result.Status.OK, HealthChecks.live(List.of(nsqd)).getStatus());
        assertEquals(Result.Status.CRITICAL, HealthChecks.live(List.of()).getStatus());
    }

    @Test
    void aDaemonThatServesAndStoresIsReady() {
        nsqd.serve("tcp", 4150);
        assertEquals(Result.Status.OK, ready().getStatus());
        assertTrue(ready().toString().contains("tcp 127.0.0.1:4150"), ready().toString());
    }

    @Test
    void oneThatServesNobodyIsNotReadyYet() {
        assertEquals(Result.Status.TEMPORARILY_UNAVAILABLE, ready().getStatus());
        assertEquals(
                Result.Status.TEMPORARILY_UNAVAILABLE,
                HealthChecks.ready(List.of()).getStatus());
    }

    @Test
    void oneThatCannotStoreIsNotReady() {
        nsqd.serve("tcp", 4150);
        nsqd.health("NOK - disk full");
        assertEquals(Result.Status.CRITICAL, ready().getStatus());
        assertTrue(ready().toString().contains("disk full"), ready().toString());
    }
}
