package io.nsqd.websocket;

import io.nsqd.api.Consumer;
import io.nsqd.api.Message;
import io.nsqd.api.Nsqd;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Reason;
import io.nsqd.api.SubscribeOptions;
import io.nsqd.api.Subscription;
import io.nsqd.stats.ClientStats;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Flow;

/**
 * One consumer whose messages go out as events, as fast as its client takes them. All but {@link #finish}, {@link #requeue} and what the
 * broker calls happens on the thread that feeds the streams.
 */
final class EventStream implements Consumer, Flow.Publisher<ByteBuffer>, Flow.Subscription {
    /** Of one piece of the stream. */
    private static final int MESSAGES = 64;

    private static final int BYTES = 64 * 1024;

    private static final byte[] BEAT = ":\n\n".getBytes(StandardCharsets.US_ASCII);

    private final EventStreams streams;
    private final String topic;
    private final String channel;
    private final boolean manual;
    private final int max;
    private final String address;
    private final Instant since = Instant.now();

    private volatile Subscription subscription;
    private Flow.Subscriber<? super ByteBuffer> subscriber;
    private long demand;
    private boolean over;

    /**
     * @param manual whether messages are settled by the client, and not by being sent
     * @param max how many may be in flight then
     */
    EventStream(EventStreams streams, String topic, String channel, boolean manual, int max, String address) {
        this.streams = streams;
        this.topic = topic;
        this.channel = channel;
        this.manual = manual;
        this.max = max;
        this.address = address;
    }

    String topic() {
        return topic;
    }

    String channel() {
        return channel;
    }

    /** @throws NsqdException as {@link io.nsqd.api.Channel#subscribe} does, and when the bundle is about to go */
    void subscribe(Nsqd nsqd, SubscribeOptions options) {
        subscription = nsqd.topic(topic).channel(channel).subscribe(this, options);
        if (!streams.add(this)) {
            // Nobody would feed it, and the channel would wait for it.
            streams.remove(this);
            subscription.close();
            throw new NsqdException(Reason.EXITING, "exiting");
        }
    }

    // ---- for whoever sends it

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> sending) {
        streams.feed(() -> {
            subscriber = sending;
            sending.onSubscribe(this);
            if (over) {
                sending.onComplete();
            } else {
                // So that the client knows at once that it is subscribed.
                beat();
            }
        });
    }

    @Override
    public void request(long count) {
        streams.feed(() -> {
            demand += count;
            send();
        });
    }

    @Override
    public void cancel() {
        streams.feed(() -> end(false));
    }

    // ---- messages

    private void send() {
        while (!over && subscriber != null && demand > 0) {
            int room = manual ? Math.min(MESSAGES, max - subscription.inFlight()) : MESSAGES;
            List<Message> taken = new ArrayList<>();
            int got = subscription.poll(Math.max(0, room), BYTES, taken::add);
            if (got == 0) {
                return;
            }
            if (!manual) {
                // Before it is sent: what does not arrive is not sent again.
                subscription.finish(taken.stream().mapToLong(Message::id).toArray(), got, (id, reason) -> {});
            }
            demand--;
            subscriber.onNext(Events.of(taken));
        }
    }

    /** Says that it is alive, where the client takes what it is sent. */
    void beat() {
        streams.feed(() -> {
            if (!over && subscriber != null && demand > 0) {
                demand--;
                subscriber.onNext(ByteBuffer.wrap(BEAT));
            }
        });
    }

    private void end(boolean complete) {
        if (over) {
            return;
        }
        over = true;
        streams.remove(this);
        subscription.close();
        if (manual) {
            // Nobody is left to settle it.
            subscription.requeueAll();
        }
        if (complete && subscriber != null) {
            subscriber.onComplete();
        }
    }

    /** Settles a message; any thread. */
    boolean finish(long id) {
        boolean[] refused = new boolean[1];
        subscription.finish(new long[] {id}, 1, (which, reason) -> refused[0] = true);
        if (!refused[0]) {
            wakeUp();
        }
        return !refused[0];
    }

    /** Gives a message back; any thread. */
    boolean requeue(long id, long delayNanos) {
        try {
            subscription.requeue(id, delayNanos);
        } catch (NsqdException e) {
            return false;
        }
        wakeUp();
        return true;
    }

    // ---- for the broker

    @Override
    public void wakeUp() {
        streams.feed(this::send);
    }

    @Override
    public void close() {
        streams.feed(() -> end(true));
    }

    @Override
    public ClientStats stats() {
        return subscription.stats("SSE", address, since, max);
    }
}
