package io.nsqd.tcp;

import io.netty.channel.EventLoop;
import io.nsqd.api.Message;
import io.nsqd.api.MessageSink;
import io.nsqd.api.Subscription;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Takes messages from the subscription and writes them, as long as the client is ready for more (P-55) and reads what it
 * gets. Confined to the connection's loop, save for {@link #wakeUp} and the figures.
 */
final class MessagePump implements MessageSink {
    /** Messages taken from the channel at once: what is booked in flight before the first is written. */
    private static final int POLL_MESSAGES = 64;

    /** Bytes taken at once; one message may be more. */
    private static final long POLL_BYTES = 256 * 1024;

    private final EventLoop eventLoop;
    private final OutputBuffer output;
    private final AtomicBoolean wakeUpPending = new AtomicBoolean();
    private final Runnable wokenUp = this::wokenUp;

    private volatile Subscription subscription;
    private volatile long readyCount;
    private boolean stopped;
    private boolean draining;
    private long drainedBytes;

    MessagePump(EventLoop eventLoop, OutputBuffer output) {
        this.eventLoop = eventLoop;
        this.output = output;
    }

    /** Begins; nothing is taken before the client is ready. */
    void start(Subscription subscribed) {
        subscription = subscribed;
    }

    /** What is pumped from; {@code null} before there is any. */
    Subscription subscription() {
        return subscription;
    }

    /** The client is ready for so many. */
    void ready(long count) {
        readyCount = count;
    }

    long readyCount() {
        return readyCount;
    }

    /** Lets go of the subscription, which another one goes on with; {@code null} where there is none. */
    Subscription release() {
        Subscription released = subscription;
        subscription = null;
        return released;
    }

    /** Leaves the channel, for ever. */
    void stop() {
        stopped = true;
        if (subscription != null) {
            subscription.close();
        }
    }

    /** There may be messages. Called from any thread; wake-ups that come close together are one. */
    void wakeUp() {
        if (wakeUpPending.compareAndSet(false, true)) {
            eventLoop.execute(wokenUp);
        }
    }

    private void wokenUp() {
        wakeUpPending.set(false);
        if (subscription == null || stopped) {
            return;
        }
        if (!drain()) {
            // Who is woken polls, if only for nothing: the message is somebody else's.
            subscription.poll(0, 0, this);
        }
        output.flush();
    }

    /** Takes messages while there is room for them; false when there was none from the start. */
    boolean drain() {
        assert eventLoop.inEventLoop();
        if (draining) {
            // A write that filled the socket, or emptied it, was told of in the middle of a hand-over.
            return true;
        }
        draining = true;
        try {
            return drainWhileRoom();
        } finally {
            draining = false;
        }
    }

    private boolean drainWhileRoom() {
        boolean polled = false;
        while (subscription != null && !stopped && output.isWritable()) {
            int room = (int) Math.min(POLL_MESSAGES, readyCount - subscription.inFlight());
            if (room <= 0) {
                break;
            }
            polled = true;
            drainedBytes = 0;
            int taken = subscription.poll(room, POLL_BYTES, this);
            if (taken < room && drainedBytes < POLL_BYTES) {
                break;
            }
        }
        return polled;
    }

    @Override
    public void message(Message message) {
        drainedBytes += message.length();
        output.message(message);
    }
}
