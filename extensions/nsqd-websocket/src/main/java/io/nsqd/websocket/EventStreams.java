package io.nsqd.websocket;

import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.HttpEndpoint;
import io.nsqd.spi.OutOfMemory;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** The streams of events there are, and the thread that feeds them all. Any thread. */
final class EventStreams implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EventStreams.class);

    /** How often a stream says that it is alive; proxies cut what is silent for a minute. */
    private static final long BEAT_SECONDS = 15;

    private static final long CLOSE_SECONDS = 5;
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final Set<EventStream> streams = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService feeder;
    private final long maxRequeueNanos;
    private volatile boolean closed;

    EventStreams(Nsqd nsqd) {
        maxRequeueNanos = nsqd.options().nanos(Option.MAX_REQ_TIMEOUT);
        feeder = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "nsqd-stream");
            thread.setDaemon(true);
            return thread;
        });
        feeder.scheduleWithFixedDelay(
                () -> streams.forEach(EventStream::beat), BEAT_SECONDS, BEAT_SECONDS, TimeUnit.SECONDS);
    }

    /** @return false where there are to be none any more */
    boolean add(EventStream stream) {
        streams.add(stream);
        // Once more, as close() may have looked for them in between.
        return !closed;
    }

    void remove(EventStream stream) {
        streams.remove(stream);
    }

    /** Has something done on the thread that feeds streams; not at all once they are closed. */
    void feed(Runnable task) {
        try {
            feeder.execute(() -> run(task));
        } catch (RejectedExecutionException e) {
            // Each stream is told so when it is closed.
            return;
        }
    }

    private static void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            OutOfMemory.check(e);
            LOG.error("websocket: a stream of events failed - {}", e.toString(), e);
        }
    }

    /** Settles a message that was sent by one of the streams; see {@link SettleEndpoint.Settling}. */
    boolean finish(HttpEndpoint.Request request, long id) {
        return any(request, stream -> stream.finish(id));
    }

    /** Gives a message back, after the milliseconds that {@code delay} says. */
    boolean requeue(HttpEndpoint.Request request, long id) {
        long nanos = delay(request.parameter("delay"));
        return any(request, stream -> stream.requeue(id, nanos));
    }

    private long delay(Optional<String> text) {
        if (text.isEmpty()) {
            return 0;
        }
        try {
            long millis = Long.parseLong(text.get());
            if (millis >= 0) {
                // As REQ has it.
                return millis > maxRequeueNanos / NANOS_PER_MILLI ? maxRequeueNanos : millis * NANOS_PER_MILLI;
            }
        } catch (NumberFormatException e) {
            // As bad as one below 0.
        }
        throw new IllegalArgumentException("INVALID_DELAY");
    }

    /** @param request names the topic and the channel, or leaves it to the id to find the message */
    private boolean any(HttpEndpoint.Request request, Predicate<EventStream> settled) {
        Optional<String> topic = request.parameter("topic");
        Optional<String> channel = request.parameter("channel");
        return streams.stream()
                .filter(stream -> topic.isEmpty() || topic.get().equals(stream.topic()))
                .filter(stream -> channel.isEmpty() || channel.get().equals(stream.channel()))
                .anyMatch(settled);
    }

    /** Ends all streams. */
    @Override
    public void close() {
        closed = true;
        streams.forEach(EventStream::close);
        feeder.shutdown();
        try {
            feeder.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
