package io.nsqd.console;

import io.nsqd.api.Channel;
import io.nsqd.api.Nsqd;
import io.nsqd.api.PeekedMessage;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.stats.ChannelStats;
import io.nsqd.stats.NsqdStats;
import io.nsqd.stats.TopicStats;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * When the oldest message that waits in a channel was published. Who wants to know has to look at it, which may take a disk: so it is looked
 * up in turns, a few channels at a time, elsewhere.
 */
final class OldestMessages {
    private static final Logger LOG = LoggerFactory.getLogger(OldestMessages.class);

    /** In one turn. */
    private static final int CHANNELS = 50;

    private static final long NONE = -1;
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final Nsqd nsqd;
    private final Executor workers;
    private final Map<String, Long> found = new ConcurrentHashMap<>();
    private final AtomicBoolean looking = new AtomicBoolean();

    /** The channel that was looked at last: the next turn begins behind it. */
    private String place = "";

    /** @param workers may block */
    OldestMessages(Nsqd nsqd, Executor workers) {
        this.nsqd = nsqd;
        this.workers = workers;
    }

    /** A channel whose messages wait. */
    private record Place(String topic, String channel) {
        String key() {
            return topic + ":" + channel;
        }
    }

    /** Milliseconds since the epoch; -1 where that is not known. */
    long of(String key) {
        return found.getOrDefault(key, NONE);
    }

    /** Begins a turn, unless the one before is not over. Called by the console's thread. */
    void look(NsqdStats stats) {
        if (!looking.compareAndSet(false, true)) {
            return;
        }
        List<Place> waiting = new ArrayList<>();
        Set<String> keys = new HashSet<>();
        for (TopicStats topic : stats.topics()) {
            for (ChannelStats channel : topic.channels()) {
                if (channel.depth() > 0) {
                    Place there = new Place(topic.name(), channel.name());
                    waiting.add(there);
                    keys.add(there.key());
                }
            }
        }
        found.keySet().retainAll(keys);
        List<Place> turn = turn(waiting);
        if (turn.isEmpty()) {
            looking.set(false);
            return;
        }
        workers.execute(() -> {
            try {
                turn.forEach(this::look);
            } finally {
                looking.set(false);
            }
        });
    }

    private List<Place> turn(List<Place> waiting) {
        if (waiting.size() <= CHANNELS) {
            return waiting;
        }
        int begin = 0;
        for (int i = 0; i < waiting.size(); i++) {
            if (waiting.get(i).key().equals(place)) {
                begin = i + 1;
            }
        }
        List<Place> turn = new ArrayList<>();
        for (int i = 0; i < CHANNELS; i++) {
            turn.add(waiting.get((begin + i) % waiting.size()));
        }
        place = turn.get(CHANNELS - 1).key();
        return turn;
    }

    private void look(Place there) {
        try {
            Optional<Channel> channel =
                    nsqd.existingTopic(there.topic()).flatMap(topic -> topic.existingChannel(there.channel()));
            List<PeekedMessage> first = channel.map(some -> some.peek(PeekedMessage.State.WAITING, 1))
                    .orElse(List.of());
            if (first.isEmpty()) {
                found.remove(there.key());
            } else {
                found.put(there.key(), first.get(0).message().timestampNanos() / NANOS_PER_MILLI);
            }
        } catch (RuntimeException e) {
            // One that cannot be looked at is shown without.
            LOG.debug("CONSOLE: cannot look at the oldest message of {}", there.key(), e);
            found.remove(there.key());
        }
    }
}
