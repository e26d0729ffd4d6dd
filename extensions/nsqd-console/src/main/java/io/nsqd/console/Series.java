package io.nsqd.console;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One figure over the last hour, a sample for each step. As long as it stays the same it takes no more than that one number. Not thread-safe.
 */
final class Series {
    /** An hour. */
    static final int SAMPLES = 360;

    /** The samples in a ring, by their step; {@code null} while all of them are {@link #same}. */
    private char[] ring;

    private char same = Magnitude.UNKNOWN;

    /** How many samples up to the last are {@link #same}; no more are counted than there are. */
    private int steady = SAMPLES;

    private long last = -1;

    /** Adds the sample of a step, which is later than all before; those that were left out are unknown. */
    void add(long step, char sample) {
        long first = last < 0 ? step : last + 1;
        if (step - first >= SAMPLES) {
            ring = null;
            same = Magnitude.UNKNOWN;
            steady = SAMPLES;
            first = step;
        }
        for (long missed = first; missed < step; missed++) {
            put(missed, Magnitude.UNKNOWN);
        }
        put(step, sample);
        last = step;
    }

    private void put(long step, char sample) {
        if (ring == null && sample != same) {
            ring = new char[SAMPLES];
            Arrays.fill(ring, same);
        }
        if (ring != null) {
            ring[(int) (step % SAMPLES)] = sample;
        }
        steady = sample == same ? Math.min(SAMPLES, steady + 1) : 1;
        same = sample;
        if (steady == SAMPLES) {
            ring = null;
        }
    }

    /** Whether it has an array of its own. */
    boolean isWide() {
        return ring != null;
    }

    /**
     * The samples up to a step.
     *
     * @param divisor by which each is divided, as for a rate
     * @return as many as there are steps in an hour, {@code null} for those that nobody knows
     */
    List<Double> values(long step, double divisor) {
        List<Double> values = new ArrayList<>(SAMPLES);
        for (long at = step - SAMPLES + 1; at <= step; at++) {
            char sample = at < 0 || at > last || at <= last - SAMPLES
                    ? Magnitude.UNKNOWN
                    : ring == null ? same : ring[(int) (at % SAMPLES)];
            values.add(sample == Magnitude.UNKNOWN ? null : Magnitude.value(sample) / divisor);
        }
        return values;
    }

    /** The samples of the last steps, the newest last; fewer where not so many are known. */
    long[] newest(int count) {
        long[] values = new long[count];
        int known = 0;
        for (long at = last - count + 1; at <= last; at++) {
            char sample = at < 0 ? Magnitude.UNKNOWN : ring == null ? same : ring[(int) (at % SAMPLES)];
            if (sample == Magnitude.UNKNOWN) {
                known = 0;
            } else {
                values[known++] = Magnitude.value(sample);
            }
        }
        return Arrays.copyOf(values, known);
    }
}
