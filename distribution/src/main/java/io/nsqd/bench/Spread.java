package io.nsqd.bench;

import java.util.Arrays;
import java.util.List;

/** What several rounds came to. */
record Spread(double median, double min, double max) {
    /** @param values of the rounds, at least one */
    static Spread of(List<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int middle = sorted.length / 2;
        double median = sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(median, sorted[0], sorted[sorted.length - 1]);
    }

    /**
     * The smallest value that at least this share of the values does not exceed.
     *
     * @param values in any order; they are sorted here
     * @param count how many of them count, from the first on; at least one
     * @param share of 1
     */
    static long percentile(long[] values, int count, double share) {
        Arrays.sort(values, 0, count);
        int rank = (int) Math.ceil(share * count);
        return values[Math.max(1, rank) - 1];
    }
}
