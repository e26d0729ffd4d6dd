package io.nsqd.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.stats.TopicStats;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class HistoryTest {
    private static final long NOW = 1_800_000_000_000L;

    private final History history = new History();

    @SuppressWarnings("unchecked")
    private static List<Double> values(Map<String, Object> view, String figure) {
        return (List<Double>) view.get(figure);
    }

    private Double last(Optional<String> topic, Optional<String> channel, String figure) {
        return values(history.view(topic, channel, NOW), figure).get(Series.SAMPLES - 1);
    }

    @Test
    void ratesAreWhatCameAndWentSinceTheLastSample() {
        history.add(1, Samples.of(Samples.topic("t", 100, Samples.channel("c", 50, 100, 1))));
        assertNull(last(Optional.of("t"), Optional.empty(), "in"), "nobody knows what was before");
        history.add(2, Samples.of(Samples.topic("t", 300, Samples.channel("c", 150, 300, 1))));
        assertEquals(20, last(Optional.of("t"), Optional.empty(), "in"));
        assertEquals(10, last(Optional.of("t"), Optional.of("c"), "out"));
        assertEquals(150, last(Optional.of("t"), Optional.of("c"), "depth"));
        assertEquals(20, last(Optional.empty(), Optional.empty(), "in"));
        assertEquals(
                NOW - 3_590_000L,
                history.view(Optional.empty(), Optional.empty(), NOW).get("from"));
    }

    @Test
    void aTopicThatWasMadeAnewHasNoRateBelowZero() {
        history.add(1, Samples.of(Samples.topic("t", 1000)));
        history.add(2, Samples.of(Samples.topic("t", 5)));
        assertNull(last(Optional.of("t"), Optional.empty(), "in"));
        history.add(3, Samples.of(Samples.topic("t", 15)));
        assertEquals(1, last(Optional.of("t"), Optional.empty(), "in"));
    }

    /** What is only noted while it stands still is there when somebody looks, and when it moves again. */
    @Test
    void whatStoodStillIsMadeUpFor() {
        for (int step = 1; step <= 50; step++) {
            history.add(step, Samples.of(Samples.topic("t", 100, Samples.channel("c", 7, 100, 1))));
        }
        List<Double> depth = values(history.view(Optional.of("t"), Optional.of("c"), NOW), "depth");
        assertEquals(List.of(7.0, 7.0), List.of(depth.get(Series.SAMPLES - 50), depth.get(Series.SAMPLES - 1)));
        assertNull(depth.get(Series.SAMPLES - 51));
        for (int step = 51; step <= 60; step++) {
            history.add(step, Samples.of(Samples.topic("t", 100, Samples.channel("c", 7, 100, 1))));
        }
        history.add(61, Samples.of(Samples.topic("t", 200, Samples.channel("c", 107, 200, 1))));
        List<Double> in = values(history.view(Optional.of("t"), Optional.empty(), NOW), "in");
        assertEquals(
                List.of(0.0, 0.0, 10.0),
                List.of(in.get(Series.SAMPLES - 10), in.get(Series.SAMPLES - 2), in.get(Series.SAMPLES - 1)));
        assertEquals(107, last(Optional.of("t"), Optional.of("c"), "depth"));
    }

    @Test
    void whatIsGoneIsForgotten() {
        history.add(1, Samples.of(Samples.topic("t", 1, Samples.channel("c", 1, 1, 0))));
        history.add(2, Samples.of(Samples.topic("t", 1)));
        assertNull(last(Optional.of("t"), Optional.of("c"), "depth"));
        assertEquals(0, last(Optional.of("t"), Optional.empty(), "depth"));
    }

    /** A thousand topics that stand still have no arrays, and no more than there may be have any. */
    @Test
    void memoryIsBounded() {
        TopicStats[] still = new TopicStats[1000];
        for (int i = 0; i < still.length; i++) {
            still[i] = Samples.topic("t" + i, 10, Samples.channel("c", 10, 10, 0));
        }
        history.add(1, Samples.of(still));
        history.add(2 + Series.SAMPLES, Samples.of(still));
        for (int step = 0; step < Series.SAMPLES; step++) {
            history.add(step + 3L + Series.SAMPLES, Samples.of(still));
        }
        assertEquals(0, history.wide());

        TopicStats[] many = new TopicStats[History.MOST + 100];
        for (int i = 0; i < many.length; i++) {
            many[i] = Samples.topic("t" + i, i);
        }
        history.add(2000, Samples.of(many));
        history.add(2001, Samples.of(many));
        assertTrue(history.wide() <= 5L * (History.MOST + 1));
    }
}
