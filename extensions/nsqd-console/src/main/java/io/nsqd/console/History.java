package io.nsqd.console;

import io.nsqd.stats.ChannelStats;
import io.nsqd.stats.NsqdStats;
import io.nsqd.stats.TopicStats;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The last hour of the daemon, of each topic and of each channel, a sample every {@value #STEP_SECONDS} seconds. What stands still takes
 * some hundred bytes, what moves 720 for each figure that does: with five for a topic or channel, at most 36 MB for the {@value #MOST} that
 * have a history; of what comes beyond there is none. Any thread.
 */
final class History {
    static final int STEP_SECONDS = 10;

    /** Topics and channels together. */
    static final int MOST = 10_000;

    /** The figures of each: what waits, what came in, what went out, what is in flight, what is held back. */
    enum Figure {
        DEPTH("depth", 1),
        IN("in", STEP_SECONDS),
        OUT("out", STEP_SECONDS),
        IN_FLIGHT("inFlight", 1),
        DEFERRED("deferred", 1);

        private final String word;
        private final double divisor;

        Figure(String word, double divisor) {
            this.word = word;
            this.divisor = divisor;
        }
    }

    /**
     * The figures of one. Of one that stands still it is only noted since when: most do, and there may be thousands. The samples are made up for
     * when something happens, or somebody looks.
     */
    private static final class Past {
        private final Map<Figure, Series> series = new EnumMap<>(Figure.class);

        /** What was counted when the last sample was taken; {@code null} before the first. */
        private Counts counted;

        /** The step of that sample. */
        private long seen = -1;

        /** The last step of which the series have a sample. */
        private long written = -1;

        Past() {
            for (Figure figure : Figure.values()) {
                series.put(figure, new Series());
            }
        }

        void add(long step, Counts counts) {
            // Once an hour it is written down all the same: what has stood still for so long takes no room.
            boolean still = counts.equals(counted) && step == seen + 1 && step - written < Series.SAMPLES;
            if (!still) {
                catchUp();
                write(step, counts);
            }
            counted = counts;
            seen = step;
        }

        /** Makes up for the samples of one that has stood still. */
        private void catchUp() {
            for (long missed = Math.max(written + 1, seen - Series.SAMPLES); missed <= seen; missed++) {
                write(missed, counted);
            }
        }

        /** Counters that have gone back are those of another topic of the same name. */
        private void write(long step, Counts counts) {
            boolean known = counted != null && counts.in() >= counted.in();
            write(step, Figure.DEPTH, counts.depth());
            if (known) {
                write(step, Figure.IN, counts.in() - counted.in());
                write(step, Figure.OUT, counts.out() - counted.out());
            }
            write(step, Figure.IN_FLIGHT, counts.inFlight());
            write(step, Figure.DEFERRED, counts.deferred());
            written = step;
        }

        private void write(long step, Figure figure, long value) {
            series.get(figure).add(step, Magnitude.of(value));
        }

        Series series(Figure figure) {
            catchUp();
            return series.get(figure);
        }
    }

    private final Map<String, Past> pasts = new HashMap<>();
    private final Past node = new Past();
    private long step = -1;

    private static String key(String topic, Optional<String> channel) {
        return channel.map(name -> topic + ":" + name).orElse(topic);
    }

    /** Takes a sample of a step, which is later than all before. */
    synchronized void add(long now, NsqdStats stats) {
        step = now;
        Counts all = Counts.NONE;
        for (TopicStats topic : stats.topics()) {
            Counts channels = Counts.NONE;
            for (ChannelStats channel : topic.channels()) {
                Counts counts = Counts.of(channel);
                add(key(topic.name(), Optional.of(channel.name())), counts);
                channels = channels.plus(counts);
            }
            Counts counts = Counts.of(topic, channels);
            add(topic.name(), counts);
            all = all.plus(counts);
        }
        node.add(now, all);
        pasts.values().removeIf(past -> past.seen != now);
    }

    private void add(String key, Counts counts) {
        Past past = pasts.get(key);
        if (past == null) {
            if (pasts.size() >= MOST) {
                return;
            }
            past = new Past();
            pasts.put(key, past);
        }
        past.add(step, counts);
    }

    /**
     * What the page draws. Of what has no history all is unknown.
     *
     * @param topic nothing for the whole daemon
     */
    synchronized Map<String, Object> view(Optional<String> topic, Optional<String> channel, long epochMillis) {
        Past known = topic.isEmpty() ? node : pasts.get(key(topic.get(), channel));
        Past past = known == null ? new Past() : known;
        Map<String, Object> view =
                Json.object("step", STEP_SECONDS, "from", epochMillis - (Series.SAMPLES - 1) * STEP_SECONDS * 1000L);
        for (Figure figure : Figure.values()) {
            view.put(figure.word, past.series(figure).values(step, figure.divisor));
        }
        return view;
    }

    /** The newest samples of a channel's figure, the newest last; fewer where fewer are known in a row. */
    synchronized long[] newest(String topic, String channel, Figure figure, int count) {
        Past past = pasts.get(key(topic, Optional.of(channel)));
        return past == null ? new long[0] : past.series(figure).newest(count);
    }

    /** How many figures have an array of their own. */
    synchronized long wide() {
        List<Past> all = new ArrayList<>(pasts.values());
        all.add(node);
        return all.stream()
                .flatMap(past -> past.series.values().stream())
                .filter(Series::isWide)
                .count();
    }
}
