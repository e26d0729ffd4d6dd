package io.nsqd.launcher;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * What has gone wrong with jars, and when each is tried again: after a second, two, four, up to a minute. Confined to one thread.
 */
final class Setbacks {
    private static final long FIRST_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long LAST_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final LongSupplier nanoTime;
    private final Map<Path, Setback> setbacks = new HashMap<>();

    private record Setback(String reason, long delayNanos, long dueNanos) {}

    Setbacks() {
        this(System::nanoTime);
    }

    /** @param nanoTime as {@link System#nanoTime} */
    Setbacks(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Takes note of one; says whether it is news, for what is known need not be said again. */
    boolean add(Path jar, String reason) {
        Setback last = setbacks.get(jar);
        long delay = last == null ? FIRST_NANOS : Math.min(LAST_NANOS, 2 * last.delayNanos());
        setbacks.put(jar, new Setback(reason, delay, nanoTime.getAsLong() + delay));
        return last == null || !last.reason().equals(reason);
    }

    /** Whether it is time to try again. */
    boolean isDue(Path jar) {
        Setback last = setbacks.get(jar);
        return last != null && nanoTime.getAsLong() - last.dueNanos() >= 0;
    }

    /** When something is to be tried again, in milliseconds; the longest delay if nothing is wrong. */
    long nextMillis() {
        long now = nanoTime.getAsLong();
        return setbacks.values().stream()
                .mapToLong(last -> TimeUnit.NANOSECONDS.toMillis(Math.max(0, last.dueNanos() - now)) + 1)
                .min()
                .orElse(TimeUnit.NANOSECONDS.toMillis(LAST_NANOS));
    }

    /** What is wrong with a jar, empty if nothing is. */
    String reason(Path jar) {
        Setback last = setbacks.get(jar);
        return last == null ? "" : last.reason();
    }

    /** All is well, or another jar has come. */
    void clear(Path jar) {
        setbacks.remove(jar);
    }
}
