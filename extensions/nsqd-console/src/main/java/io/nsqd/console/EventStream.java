package io.nsqd.console;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Flow;
import java.util.function.BooleanSupplier;

/**
 * What one open page is told. Events are only ever sent by the console's thread; what a slow page has missed is made good by a whole
 * snapshot, so that nothing heaps up.
 */
final class EventStream implements Flow.Publisher<ByteBuffer>, Flow.Subscription {
    private final Live live;
    private final BooleanSupplier good;
    private final Figures.Sight sight;

    /** Guarded by this, as is what follows. */
    private Flow.Subscriber<? super ByteBuffer> subscriber;

    private long demand;
    private boolean over;

    /** What the page knows; {@code null} for nothing. Confined to the console's thread. */
    private Figures known;

    /** When it was sent something, by {@link System#nanoTime}. Confined to the console's thread. */
    private long sentAt;

    /** @param good whether the visitor would be let in still */
    EventStream(Live live, Visitor visitor, BooleanSupplier good) {
        this.live = live;
        this.good = good;
        sight = visitor.administers() ? Figures.Sight.ALL : new OwnSight(visitor);
    }

    /** What somebody sees who does not see all; patterns are tried once for each name. Confined to the console's thread. */
    private static final class OwnSight implements Figures.Sight {
        private final Visitor visitor;
        private final Map<String, Boolean> seen = new HashMap<>();

        OwnSight(Visitor visitor) {
            this.visitor = visitor;
        }

        @Override
        public boolean sees(String topic, Set<String> channels) {
            return seen.computeIfAbsent(topic, visitor::mayPublish)
                    || channels.stream().anyMatch(channel -> sees(topic, channel));
        }

        @Override
        public boolean sees(String topic, String channel) {
            return seen.computeIfAbsent(topic + ":" + channel, key -> visitor.sees(topic, channel));
        }
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> subscribed) {
        synchronized (this) {
            subscriber = subscribed;
        }
        subscribed.onSubscribe(this);
        live.add(this);
    }

    @Override
    public void request(long more) {
        synchronized (this) {
            demand = demand + more < 0 ? Long.MAX_VALUE : demand + more;
        }
        live.wanted(this);
    }

    @Override
    public void cancel() {
        synchronized (this) {
            over = true;
        }
        live.remove(this);
    }

    private synchronized boolean take() {
        if (over || demand == 0) {
            return false;
        }
        demand--;
        return true;
    }

    // ---- the console's thread

    Figures.Sight sight() {
        return sight;
    }

    Figures known() {
        return known;
    }

    long sentAt() {
        return sentAt;
    }

    boolean isGood() {
        return good.getAsBoolean();
    }

    /**
     * Sends an event, if the page takes it now.
     *
     * @param newest what the page knows after it
     */
    void send(byte[] event, Figures newest, long nanoTime) {
        if (take()) {
            known = newest;
            sentAt = nanoTime;
            subscriber.onNext(ByteBuffer.wrap(event));
        } else {
            // It misses this.
            known = null;
        }
    }

    /** There is nothing to tell: what the page knows is what is. */
    void skip(Figures newest) {
        known = newest;
    }

    /** Ends it; the page comes again by itself. */
    void end() {
        boolean first;
        synchronized (this) {
            first = !over;
            over = true;
        }
        if (first) {
            subscriber.onComplete();
        }
    }
}
