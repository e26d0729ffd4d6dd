package io.nsqd.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SetbacksTest {
    private static final Path JAR = Path.of("a.jar");

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE);
    private final Setbacks setbacks = new Setbacks(now::get);

    @Test
    void whatGoesWrongIsTriedAgainEverMoreSeldomUpToAMinute() {
        List<Long> delays = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            setbacks.add(JAR, "no");
            long delay = 0;
            while (!setbacks.isDue(JAR)) {
                now.addAndGet(TimeUnit.SECONDS.toNanos(1));
                delay++;
            }
            delays.add(delay);
        }
        assertEquals(List.of(1L, 2L, 4L, 8L, 16L, 32L, 60L, 60L, 60L), delays);
    }

    @Test
    void onlyAnotherReasonIsNews() {
        assertTrue(setbacks.add(JAR, "no"));
        assertFalse(setbacks.add(JAR, "no"));
        assertTrue(setbacks.add(JAR, "never"));
        assertTrue(setbacks.add(Path.of("b.jar"), "never"));
        setbacks.clear(JAR);
        assertTrue(setbacks.add(JAR, "never"));
    }

    @Test
    void whatWentWellIsNotTriedAgain() {
        assertFalse(setbacks.isDue(JAR));
        setbacks.add(JAR, "no");
        setbacks.clear(JAR);
        now.addAndGet(TimeUnit.HOURS.toNanos(1));
        assertFalse(setbacks.isDue(JAR));
    }
}
