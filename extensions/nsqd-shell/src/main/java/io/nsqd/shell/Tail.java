package io.nsqd.shell;

import io.nsqd.api.Channel;
import io.nsqd.api.Consumer;
import io.nsqd.api.HostIdentity;
import io.nsqd.api.Message;
import io.nsqd.api.Names;
import io.nsqd.api.Printable;
import io.nsqd.api.SubscribeOptions;
import io.nsqd.api.Subscription;
import io.nsqd.api.Topic;
import io.nsqd.stats.ClientStats;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * A consumer that prints. It takes messages on the thread of the command, through an ephemeral channel of its own that
 * vanishes with it, so that no other consumer misses one.
 */
final class Tail implements Consumer {
    private static final int AT_ONCE = 100;
    private static final long MESSAGE_TIMEOUT_SECONDS = 60;

    private final Topic topic;
    private final Instant begin = Instant.now();
    private final Semaphore wakeUps = new Semaphore(0);
    private volatile boolean closed;
    private volatile Subscription subscription;

    Tail(Topic topic) {
        this.topic = topic;
    }

    /**
     * Prints messages as they come.
     *
     * @param count how many at the most
     * @param seconds how long to wait for one
     * @return how many there were
     */
    int run(int count, long seconds, PrintStream out) {
        String name = "tail" + ThreadLocalRandom.current().nextInt(100_000, 1_000_000) + Names.EPHEMERAL;
        Channel channel = topic.channel(name);
        subscription =
                channel.subscribe(this, new SubscribeOptions(TimeUnit.SECONDS.toNanos(MESSAGE_TIMEOUT_SECONDS), 0));
        try {
            return print(count, seconds, out);
        } catch (InterruptedException e) {
            // Meant for this command alone: the shell goes on.
            return (int) subscription.finishCount();
        } finally {
            subscription.close();
        }
    }

    private int print(int count, long seconds, PrintStream out) throws InterruptedException {
        List<Message> taken = new ArrayList<>();
        int printed = 0;
        while (printed < count && !closed) {
            int asked = Math.min(AT_ONCE, count - printed);
            int got = subscription.poll(asked, Long.MAX_VALUE, taken::add);
            taken.forEach(message -> out.println(line(message)));
            out.flush();
            subscription.finish(taken.stream().mapToLong(Message::id).toArray(), got, (id, reason) -> {});
            taken.clear();
            printed += got;
            if (got < asked) {
                if (!wakeUps.tryAcquire(seconds, TimeUnit.SECONDS)) {
                    break;
                }
                wakeUps.drainPermits();
            }
        }
        return printed;
    }

    private static String line(Message message) {
        return Printable.of(new String(message.block(), message.offset(), message.length(), StandardCharsets.UTF_8));
    }

    @Override
    public void wakeUp() {
        wakeUps.release();
    }

    /** Ends it: the channel is being deleted, or the daemon leaves. */
    @Override
    public void close() {
        closed = true;
        wakeUps.release();
    }

    @Override
    public ClientStats stats() {
        String host = HostIdentity.hostname();
        Subscription current = subscription;
        return new ClientStats(
                "nsqd-shell",
                host,
                "V2",
                "@",
                3,
                AT_ONCE,
                current == null ? 0 : current.inFlight(),
                current == null ? 0 : current.messageCount(),
                current == null ? 0 : current.finishCount(),
                0,
                begin,
                0,
                false,
                false,
                "nsqd-shell",
                Optional.empty(),
                Optional.empty(),
                List.of());
    }
}
