package io.nsqd.shell;

import io.nsqd.api.Nsqd;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/**
 * The daemons while they are there, mostly one. Commands and health checks are there before and after them, so that they can say that
 * there is none. Any thread.
 */
final class RunningDaemons {
    /** How long a command waits for a daemon that is just starting or being updated. */
    private static final long ARRIVAL_SECONDS = 10;

    /** How long a daemon's departure waits for those who take messages; they have only to notice. */
    private static final long DEPARTURE_SECONDS = 5;

    private final long patienceNanos;

    /** By their names. */
    private final Map<String, Nsqd> daemons = new TreeMap<>();

    /** Who takes messages, and of which daemon. */
    private final Map<Tail, Nsqd> tails = new HashMap<>();

    RunningDaemons() {
        this(TimeUnit.SECONDS.toNanos(ARRIVAL_SECONDS));
    }

    RunningDaemons(long patienceNanos) {
        this.patienceNanos = patienceNanos;
    }

    /** Takes note that one is there; closed when it leaves. */
    synchronized AutoCloseable attach(Nsqd arrived) {
        daemons.put(arrived.name(), arrived);
        notifyAll();
        return () -> detach(arrived);
    }

    private synchronized void detach(Nsqd leaving) throws InterruptedException {
        daemons.remove(leaving.name(), leaving);
        tails.forEach((tail, nsqd) -> {
            if (nsqd == leaving) {
                tail.close();
            }
        });
        await(TimeUnit.SECONDS.toNanos(DEPARTURE_SECONDS), () -> !tails.containsValue(leaving));
    }

    /** Those that are there now, by name. */
    synchronized List<Nsqd> all() {
        return daemons.values().stream()
                .sorted(Comparator.comparing(Nsqd::name))
                .toList();
    }

    /** The one that is meant, if it is there now: see {@link #get}. */
    synchronized Optional<Nsqd> now(Optional<String> chosen) {
        if (chosen.isPresent()) {
            return Optional.ofNullable(daemons.get(chosen.get()));
        }
        if (daemons.size() == 1) {
            return daemons.values().stream().findFirst();
        }
        return Optional.ofNullable(daemons.get(Nsqd.DEFAULT_NAME));
    }

    /**
     * The one that is meant, which is waited for a little: that of the name, or else the only one, or else the default one.
     *
     * @throws Refused when it does not come, or there are several of which none is the default one
     */
    synchronized Nsqd get(Optional<String> chosen) {
        try {
            await(patienceNanos, () -> now(chosen).isPresent() || chosen.isEmpty() && !daemons.isEmpty());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return now(chosen).orElseThrow(() -> missing(chosen));
    }

    private Refused missing(Optional<String> chosen) {
        String there = daemons.keySet().stream().sorted().collect(Collectors.joining(", "));
        if (there.isEmpty()) {
            return new Refused("nsqd is not running");
        }
        return new Refused(chosen.map(name -> "there is no daemon " + name).orElse("there are several daemons")
                + ": nsqd:use takes one of " + there);
    }

    private void await(long nanos, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + nanos;
        while (!condition.getAsBoolean()) {
            long millis = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (millis <= 0) {
                return;
            }
            wait(millis);
        }
    }

    /** A command begins to take messages; it is told when the daemon leaves. */
    synchronized void begin(Tail tail, Nsqd nsqd) {
        if (!daemons.containsValue(nsqd)) {
            throw new Refused("nsqd is not running");
        }
        tails.put(tail, nsqd);
    }

    /** It has ended. */
    synchronized void end(Tail tail) {
        tails.remove(tail);
        notifyAll();
    }
}
