package io.nsqd.core;

import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.MessageEvents;
import io.nsqd.spi.MessageListener;
import io.nsqd.stats.Trouble;
import io.nsqd.stats.Troubles;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** What one {@link MessageListener} is to be told, on a {@link Lane} of its own. Any thread may add to it; nothing waits. */
final class MessageFeed {
    private static final Logger LOG = LoggerFactory.getLogger(MessageFeed.class);

    /** Messages that may wait; of a listener that takes so long, more is not to be remembered. */
    private static final int MOST_WAITING = 100_000;

    private final MessageListener listener;
    private final Lane lane;
    private final Troubles troubles;
    private final Queue<News> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicLong messages = new AtomicLong();
    private final AtomicLong missed = new AtomicLong();
    private final AtomicBoolean calling = new AtomicBoolean();

    /** The topics that it asked for, once it has been asked. */
    private volatile List<String> patterns = List.of();

    /** What can happen to messages. */
    enum Event {
        PUBLISHED,
        FINISHED,
        REQUEUED,
        TIMED_OUT
    }

    /** @param channel empty for what happens in the topic */
    record News(Event event, String topic, String channel, MessageEvents messages) {}

    MessageFeed(MessageListener listener, Lane lane, Troubles troubles) {
        this.listener = listener;
        this.lane = lane;
        this.troubles = troubles;
    }

    /** Asks which topics it is about, and then says that it is ready. */
    void begin(Runnable ready) {
        lane.later(() -> {
            patterns = List.copyOf(listener.topics());
            ready.run();
        });
    }

    /** Whether it asks for a topic. */
    boolean wants(String topic) {
        for (String pattern : patterns) {
            boolean fits = pattern.endsWith("*")
                    ? topic.startsWith(pattern.substring(0, pattern.length() - 1))
                    : topic.equals(pattern);
            if (fits) {
                return true;
            }
        }
        return false;
    }

    /** Tells it later. */
    void add(News news) {
        int size = news.messages().size();
        if (messages.addAndGet(size) > MOST_WAITING) {
            messages.addAndGet(-size);
            troubles.add(Trouble.MESSAGE_EVENTS_DROPPED, size);
            if (missed.getAndAdd(size) == 0) {
                LOG.warn("NSQ: {} is too slow, and is not told of some messages", lane);
            }
        } else {
            waiting.add(news);
        }
        if (calling.compareAndSet(false, true)) {
            lane.later(this::tell);
        }
    }

    private void tell() {
        // What is added from now on makes for another call.
        calling.set(false);
        long lost = missed.getAndSet(0);
        if (lost > 0) {
            call(() -> listener.missed(lost));
        }
        for (News news = waiting.poll(); news != null; news = waiting.poll()) {
            messages.addAndGet(-news.messages().size());
            News told = news;
            call(() -> tell(told));
        }
    }

    private void tell(News news) {
        switch (news.event()) {
            case PUBLISHED -> listener.published(news.topic(), news.messages());
            case FINISHED -> listener.finished(news.topic(), news.channel(), news.messages());
            case REQUEUED -> listener.requeued(news.topic(), news.channel(), news.messages());
            case TIMED_OUT -> listener.timedOut(news.topic(), news.channel(), news.messages());
        }
    }

    /** One that throws at one thing may be told the next. */
    private void call(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException | Error e) {
            LOG.error("NSQ: {} failed - {}", lane, e.toString(), e);
        }
    }

    /** It is told no more. */
    void end() {
        waiting.clear();
        lane.close();
    }
}
