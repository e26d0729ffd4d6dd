package io.nsqd.tcp;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.nsqd.api.MessageBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What the connections of one event loop share: scratch space that is used within one call, and a coarse tick instead of
 * timers of their own. Confined to the loop.
 */
final class LoopState {
    /** How late a heartbeat or a deadline may be. */
    static final long TICK_MILLIS = 200;

    /** FINs settled together. */
    private static final int FINISH_BATCH = 4096;

    /** The line being parsed. */
    final byte[] line = new byte[Limits.MAX_LINE_BYTES];

    /** FINs of the read batch being handled. */
    final long[] finished = new long[FINISH_BATCH];

    /** The message of a PUB. */
    final MessageBatch single = new MessageBatch();

    private final EventLoop loop;
    private final List<ClientConnection> connections = new ArrayList<>();
    private ScheduledFuture<?> tick;
    private long now = System.nanoTime();

    LoopState(EventLoop loop) {
        this.loop = loop;
    }

    /** Nanoseconds of {@link System#nanoTime}, at most a tick old. */
    long now() {
        return now;
    }

    void add(ClientConnection connection) {
        assert loop.inEventLoop();
        if (connections.isEmpty()) {
            now = System.nanoTime();
            tick = loop.scheduleAtFixedRate(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
        }
        connection.placeInLoop = connections.size();
        connections.add(connection);
    }

    void remove(ClientConnection connection) {
        assert loop.inEventLoop();
        int place = connection.placeInLoop;
        if (place >= connections.size() || connections.get(place) != connection) {
            return;
        }
        // The last one takes its place: thousands may leave at once.
        ClientConnection last = connections.remove(connections.size() - 1);
        if (last != connection) {
            connections.set(place, last);
            last.placeInLoop = place;
        }
        if (connections.isEmpty() && tick != null) {
            tick.cancel(false);
            tick = null;
        }
    }

    private void tick() {
        long late = System.nanoTime() - now - TimeUnit.MILLISECONDS.toNanos(2 * TICK_MILLIS);
        now = System.nanoTime();
        if (late > 0) {
            // The process, or this loop, stood still: what clients sent meanwhile may not have been read.
            connections.forEach(connection -> connection.stoodStill(late));
            return;
        }
        // Backwards: a connection that the tick closes leaves the list, and the last, which had its tick, takes its
        // place.
        for (int i = connections.size() - 1; i >= 0; i--) {
            if (i < connections.size()) {
                tick(connections.get(i));
            }
        }
    }

    /** One connection's trouble must not end the tick of all others. */
    private void tick(ClientConnection connection) {
        try {
            connection.tick(now);
        } catch (RuntimeException | Error e) {
            connection.failed(e);
        }
    }

    /** Ends the tick, whatever is left. */
    void close() {
        loop.execute(() -> {
            connections.clear();
            if (tick != null) {
                tick.cancel(false);
                tick = null;
            }
        });
    }
}
