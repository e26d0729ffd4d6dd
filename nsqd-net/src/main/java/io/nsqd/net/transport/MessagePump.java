package io.nsqd.net.transport;

import io.netty.channel.Channel;
import io.nsqd.api.Consumer;
import io.nsqd.api.Message;
import io.nsqd.api.MessageSink;
import io.nsqd.api.Nsqd;
import io.nsqd.api.SubscribeOptions;
import io.nsqd.api.Subscription;
import io.nsqd.net.ParkedConnection;
import io.nsqd.stats.ClientStats;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Takes messages from a client's subscription and has them written, as long as the client is ready for more (P-55) and reads what it
 * gets. Goes along when the connection changes its transport: {@link #park} leaves what there is to the next one's {@link #restore}.
 * Confined to the connection's loop, save for {@link #wakeUp}, {@link #afterInput} and the figures.
 */
public final class MessagePump implements MessageSink {
    /** Messages taken from the channel at once: what is booked in flight before the first is written. */
    private static final int POLL_MESSAGES = 64;

    /** Bytes taken at once; one message may be more. */
    private static final long POLL_BYTES = 256 * 1024;

    private final Channel connection;
    private final ClientOutput output;
    private final MessageSink encoder;
    private final AtomicBoolean wakeUpPending = new AtomicBoolean();
    private final Runnable wokenUp = this::wokenUp;

    private volatile Subscription subscription;
    private String topic = "";
    private String channel = "";
    private volatile long readyCount;
    private boolean stopped;
    private boolean draining;
    private long drainedBytes;

    /** What the connection has become; {@code null} while it is served here. */
    private ParkedConnection parked;

    /**
     * A pump without a subscription.
     *
     * @param connection the client's
     * @param output where {@code encoder} puts messages
     */
    public MessagePump(Channel connection, ClientOutput output, MessageSink encoder) {
        this.connection = connection;
        this.output = output;
        this.encoder = encoder;
    }

    /**
     * Subscribes; nothing is taken before the client is ready.
     *
     * @throws io.nsqd.api.NsqdException as {@link io.nsqd.api.Channel#subscribe} does
     */
    public void subscribe(Nsqd nsqd, String toTopic, String toChannel, SubscribeOptions options, Consumer consumer) {
        subscription = nsqd.topic(toTopic).channel(toChannel).subscribe(consumer, options);
        topic = toTopic;
        channel = toChannel;
    }

    /** What is pumped from; {@code null} before there is any. Any thread. */
    public Subscription subscription() {
        return subscription;
    }

    /** The topic subscribed to; empty where there is none. */
    public String topic() {
        return topic;
    }

    /** The channel subscribed to; empty where there is none. */
    public String channel() {
        return channel;
    }

    /** The client is ready for so many. */
    public void ready(long count) {
        readyCount = count;
    }

    /** How many the client is ready for. Any thread. */
    public long readyCount() {
        return readyCount;
    }

    /** Leaves the channel, for ever. */
    public void stop() {
        stopped = true;
        if (subscription != null) {
            subscription.close();
        }
    }

    /** There may be messages: what a {@link Consumer} does with it. Any thread; wake-ups that come close together are one. */
    public void wakeUp() {
        if (wakeUpPending.compareAndSet(false, true)) {
            connection.eventLoop().execute(wokenUp);
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

    /** What a {@link Consumer} does with it. Any thread. */
    public void afterInput(Runnable then) {
        try {
            // Not all is read at once: twice round is enough for megabytes of each connection.
            connection.eventLoop().execute(() -> nextRound(() -> nextRound(() -> inputRead(then))));
        } catch (RejectedExecutionException e) {
            then.run();
        }
    }

    /** What the loop itself schedules, if only for now, runs after it has read once more; what it executes may run before that. */
    private void nextRound(Runnable then) {
        var unused = connection.eventLoop().schedule(then, 0, TimeUnit.NANOSECONDS);
    }

    /** All has been read that had arrived; or will be by the next transport. */
    private void inputRead(Runnable then) {
        if (parked == null) {
            then.run();
        } else {
            parked.afterInput(then);
        }
    }

    /** Takes messages while there is room for them; false when there was none from the start. */
    public boolean drain() {
        assert connection.eventLoop().inEventLoop();
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
        encoder.message(message);
    }

    /**
     * The connection was parked: its subscription, if there is any, waits there with what is in flight.
     *
     * @param figures shown of the client meanwhile
     */
    public void park(ParkedConnection left, Nsqd nsqd, ClientStats figures) {
        parked = left;
        Subscription held = subscription;
        subscription = null;
        if (held != null) {
            left.hold(nsqd, held, figures);
        }
    }

    /**
     * Goes on where the transport before has ended. Where the daemon is another one, the client is subscribed anew: what was in flight
     * is back in its channel. Once it may take messages, {@link #wakeUp} is to be called.
     *
     * @param ofTopic what the client had subscribed to; nothing is done where that is empty
     * @throws io.nsqd.api.NsqdException when the client cannot be subscribed anew
     */
    public void restore(
            ParkedConnection left,
            Nsqd nsqd,
            String ofTopic,
            String ofChannel,
            SubscribeOptions options,
            Consumer consumer) {
        if (ofTopic.isEmpty()) {
            return;
        }
        Optional<Subscription> kept = left.subscription(nsqd, consumer);
        if (kept.isPresent()) {
            subscription = kept.get();
            topic = ofTopic;
            channel = ofChannel;
        } else {
            subscribe(nsqd, ofTopic, ofChannel, options, consumer);
        }
    }
}
