package io.nsqd.console;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class SeriesTest {
    @Test
    void numbersAreKeptWellEnoughForAChart() {
        for (long exact : new long[] {0, 1, 2047}) {
            assertEquals(exact, Magnitude.value(Magnitude.of(exact)));
        }
        for (long number = 1; number < 1L << 41; number = number * 3 + 1) {
            double off = Math.abs(Magnitude.value(Magnitude.of(number)) - number) / (double) number;
            assertTrue(off < 0.001, number + " became " + Magnitude.value(Magnitude.of(number)));
        }
        assertEquals(0, Magnitude.value(Magnitude.of(-5)));
        assertTrue(Magnitude.of(Long.MAX_VALUE) != Magnitude.UNKNOWN);
    }

    @Test
    void whatStaysTheSameTakesNoRoom() {
        Series series = new Series();
        for (int step = 0; step < Series.SAMPLES; step++) {
            series.add(step, (char) 7);
        }
        assertFalse(series.isWide());
        series.add(Series.SAMPLES, (char) 8);
        assertTrue(series.isWide());
        for (int step = 1; step <= Series.SAMPLES; step++) {
            series.add(Series.SAMPLES + step, (char) 8);
        }
        assertFalse(series.isWide());
    }

    /** Against a map of all that was ever added. */
    @Test
    void theLastHourIsWhatWasAdded() {
        Random random = new Random(3);
        for (int round = 0; round < 50; round++) {
            Series series = new Series();
            Map<Long, Long> all = new HashMap<>();
            long step = random.nextInt(1000);
            for (int i = 0; i < 1500; i++) {
                char sample = random.nextInt(10) == 0 ? (char) random.nextInt(3) : (char) 1;
                series.add(step, sample);
                all.put(step, (long) sample);
                int gap = random.nextInt(400) == 0 ? random.nextInt(500) : 1;
                List<Double> values = series.values(step, 1);
                assertEquals(Series.SAMPLES, values.size());
                for (int at : new int[] {0, 1, 100, 358, 359}) {
                    Long known = all.get(step - Series.SAMPLES + 1 + at);
                    if (known == null) {
                        assertNull(values.get(at));
                    } else {
                        assertEquals((double) known, values.get(at));
                    }
                }
                step += Math.max(1, gap);
            }
        }
    }

    @Test
    void theNewestAreThoseInARow() {
        Series series = new Series();
        series.add(1, (char) 1);
        series.add(2, (char) 2);
        assertArrayEquals(new long[] {1, 2}, series.newest(6));
        series.add(4, (char) 4);
        series.add(5, (char) 5);
        assertArrayEquals(new long[] {4, 5}, series.newest(6));
        assertArrayEquals(new long[] {5}, series.newest(1));
    }
}
