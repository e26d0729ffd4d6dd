package io.nsqd.core;

import java.util.Arrays;

/**
 * A sketch of a stream of values that answers chosen quantiles within a small error of rank: targeted quantiles after
 * Cormode, Korn, Muthukrishnan and Srivastava, with the constants that the Go daemon has (B-52).
 *
 * <p>Its cost for a value is some ten times that of counting it, so that only the first {@value #SKETCHED} are sketched; the others
 * are counted ({@link LatencyCounts}), and quantiles are then within 0.4 % of a value at most an error of rank away
 * (docs/decisions/latencies-are-counted.md).
 *
 * <p>Not safe for use by several threads at once. An unused stream holds nothing.
 */
final class LatencyStream {
    private static final double EPSILON = 0.01;
    private static final int BUFFER = 500;
    private static final int SKETCHED = 10_000;

    private final double[] targets;
    private double[] buffer = new double[0];
    private int buffered;

    /** The list: values ascending, each with the ranks it stands for and the uncertainty of its rank. */
    private double[] values = new double[0];

    private double[] widths = new double[0];
    private double[] deltas = new double[0];
    private int size;
    /** The sum of all widths. */
    private double total;

    /** What came after the first values; {@code null} before. */
    private LatencyCounts counts;

    LatencyStream(double[] targets) {
        this.targets = targets;
    }

    void insert(long[] samples, int count) {
        int i = 0;
        while (i < count && counts == null) {
            sketch((double) samples[i++]);
        }
        if (i < count) {
            counts.add(samples, i, count);
        }
    }

    private void sketch(double value) {
        if (buffered == buffer.length) {
            buffer = Arrays.copyOf(buffer, Math.min(BUFFER, Math.max(16, buffered * 2)));
        }
        buffer[buffered++] = value;
        if (buffered == BUFFER) {
            flush();
            if (total >= SKETCHED) {
                counts = new LatencyCounts();
            }
        }
    }

    void reset() {
        buffer = new double[0];
        buffered = 0;
        values = new double[0];
        widths = new double[0];
        deltas = new double[0];
        size = 0;
        total = 0;
        counts = null;
    }

    /** Merges the samples of another stream into this one's list. */
    void merge(LatencyStream other) {
        if (other.size == 0) {
            mergeSorted(Arrays.copyOf(other.buffer, other.buffered));
        } else {
            other.flush();
            mergeList(other.values, other.widths, other.size);
        }
        if (other.counts != null) {
            if (counts == null) {
                counts = new LatencyCounts();
            }
            counts.add(other.counts);
        }
    }

    private void flush() {
        mergeSorted(Arrays.copyOf(buffer, buffered));
        buffered = 0;
        compress();
    }

    private void mergeSorted(double[] samples) {
        Arrays.sort(samples);
        double[] ones = new double[samples.length];
        Arrays.fill(ones, 1);
        mergeList(samples, ones, samples.length);
    }

    /** Merges ascending samples into the list, in one pass over both. */
    private void mergeList(double[] samples, double[] sampleWidths, int count) {
        double[] newValues = new double[size + count];
        double[] newWidths = new double[size + count];
        double[] newDeltas = new double[size + count];
        double rank = 0;
        int from = 0;
        int to = 0;
        for (int i = 0; i < count; i++) {
            while (from < size && values[from] <= samples[i]) {
                newValues[to] = values[from];
                newWidths[to] = widths[from];
                newDeltas[to] = deltas[from];
                rank += widths[from];
                from++;
                to++;
            }
            newValues[to] = samples[i];
            newWidths[to] = sampleWidths[i];
            newDeltas[to] = from < size ? Math.floor(invariant(rank)) - 1 : 0;
            to++;
            total += sampleWidths[i];
            rank += sampleWidths[i];
        }
        System.arraycopy(values, from, newValues, to, size - from);
        System.arraycopy(widths, from, newWidths, to, size - from);
        System.arraycopy(deltas, from, newDeltas, to, size - from);
        values = newValues;
        widths = newWidths;
        deltas = newDeltas;
        size += count;
    }

    /** From the right, neighbours are joined as long as the error allows. */
    private void compress() {
        if (size < 2) {
            return;
        }
        int kept = size - 1;
        double rank = total - 1 - widths[kept];
        for (int i = size - 2; i >= 0; i--) {
            double width = widths[i];
            if (width + widths[kept] + deltas[kept] <= invariant(rank)) {
                widths[kept] += width;
            } else {
                kept--;
                values[kept] = values[i];
                widths[kept] = width;
                deltas[kept] = deltas[i];
            }
            rank -= width;
        }
        size -= kept;
        System.arraycopy(values, kept, values, 0, size);
        System.arraycopy(widths, kept, widths, 0, size);
        System.arraycopy(deltas, kept, deltas, 0, size);
    }

    /** How far a rank may be off at {@code rank}: the least that any target demands. */
    private double invariant(double rank) {
        double least = Double.POSITIVE_INFINITY;
        for (double q : targets) {
            double allowed = q * total <= rank ? 2 * EPSILON * rank / q : 2 * EPSILON * (total - rank) / (1 - q);
            if (allowed < least) {
                least = allowed;
            }
        }
        return least;
    }

    /** The value of a quantile, 0 without samples. Only for a stream that was filled by {@link #merge}. */
    double query(double quantile) {
        if (size == 0) {
            return 0;
        }
        if (counts != null) {
            return new Walk(quantile).toTheEnd();
        }
        double target = Math.ceil(quantile * total);
        target += Math.ceil(invariant(target) / 2);
        double rank = 0;
        for (int i = 1; i < size; i++) {
            rank += widths[i - 1];
            if (rank + widths[i] + deltas[i] > target) {
                return values[i - 1];
            }
        }
        return values[size - 1];
    }

    long count() {
        return (long) total + (counts == null ? 0 : counts.count());
    }

    /** Through the list and the counts at once, in ascending order, to the value at a quantile's rank. */
    private final class Walk {
        private final double target;
        private double rank;
        private int next;
        private double found;

        Walk(double quantile) {
            target = Math.max(1, Math.ceil(quantile * (double) count()));
        }

        double toTheEnd() {
            if (target >= (double) count()) {
                return Math.max(values[size - 1], (double) counts.greatest());
            }
            counts.visit((value, count) -> listUpTo(value) && step(value, (double) count));
            if (rank < target) {
                listUpTo(Double.POSITIVE_INFINITY);
            }
            return found;
        }

        private boolean listUpTo(double value) {
            boolean more = true;
            while (more && next < size && values[next] <= value) {
                more = step(values[next], widths[next]);
                next++;
            }
            return more;
        }

        private boolean step(double value, double width) {
            found = value;
            rank += width;
            return rank < target;
        }
    }
}
