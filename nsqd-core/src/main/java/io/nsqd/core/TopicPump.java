package io.nsqd.core;

import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.OutOfMemory;
import io.nsqd.stats.Trouble;
import io.nsqd.stats.Troubles;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Routes what waits in a topic to its channels, a bounded turn at a time, on the threads {@code nsqd-pump-N} that all
 * topics share. It is started by whatever makes a topic routable and goes on while anything is queued.
 */
final class TopicPump {
    private static final Logger LOG = LoggerFactory.getLogger(TopicPump.class);

    /** Messages of one turn, under the topic's lock: long enough to be worth it, short enough for publishers to wait. */
    private static final int TURN_MESSAGES = 256;

    private static final long TURN_BYTES = 256 * 1024;

    /** How long to wait after a channel could not store: what is routed meanwhile would pile up in memory. */
    private static final long TROUBLE_MILLIS = 250;

    /** How a turn ended. */
    enum Turn {
        /** Nothing is left, or may be routed now. */
        DONE,
        /** There is more. */
        MORE,
        /** There is more, but a channel could not store what it got. */
        TROUBLE
    }

    private final BrokerTopic topic;
    private final ScheduledExecutorService threads;
    private final Troubles troubles;
    /** Guarded by the topic's lock. */
    private boolean running;

    TopicPump(BrokerTopic topic, ScheduledExecutorService threads, Troubles troubles) {
        this.topic = topic;
        this.threads = threads;
        this.troubles = troubles;
    }

    /** Called under the topic's lock, which keeps two runs from overlapping. */
    void start() {
        if (!running) {
            running = true;
            submit(0);
        }
    }

    /** Called under the topic's lock by a turn that found nothing more. */
    void stopped() {
        running = false;
    }

    private void submit(long delayMillis) {
        try {
            if (delayMillis == 0) {
                threads.execute(this::turn);
            } else {
                threads.schedule(this::turn, delayMillis, TimeUnit.MILLISECONDS);
            }
        } catch (RejectedExecutionException e) {
            // The daemon stops: what is queued is flushed to the backend.
        }
    }

    private void turn() {
        switch (run()) {
            case MORE -> submit(0);
            case TROUBLE -> {
                troubles.count(Trouble.PUMP_FAILURES);
                submit(TROUBLE_MILLIS);
            }
            case DONE -> {
                // Whatever makes the topic routable again starts the pump again.
            }
        }
    }

    private Turn run() {
        try {
            return topic.pumpTurn(TURN_MESSAGES, TURN_BYTES);
        } catch (RuntimeException | Error e) {
            // Whatever it is must not stop the topic for good.
            OutOfMemory.check(e);
            LOG.error("TOPIC({}): failed to route - {}", topic.name(), e.toString(), e);
            return Turn.TROUBLE;
        }
    }
}
