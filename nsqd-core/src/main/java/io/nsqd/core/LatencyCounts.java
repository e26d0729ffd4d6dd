package io.nsqd.core;

/**
 * How many values fell where: buckets so narrow, 128 to each power of two, that the middle of one is within 0.4 % of whatever is in it.
 * Adding a value costs two loads and a store, however many there are.
 *
 * <p>Not safe for use by several threads at once. An unused one holds nothing but the table of its rows.
 */
final class LatencyCounts {
    private static final int ROW_BITS = 7;
    private static final int ROW = 1 << ROW_BITS;

    /** A row for each power of two, made when the first value needs it. */
    private final long[][] rows = new long[Long.SIZE - ROW_BITS][];

    private long count;
    private long least = Long.MAX_VALUE;
    private long greatest;

    /** Adds the values {@code from} to {@code to}, the latter excluded; one below zero, as after a step of the clock, is taken for zero. */
    void add(long[] values, int from, int to) {
        // Values of a batch are alike: of those in one bucket it is told once.
        int slot = 0;
        int run = 0;
        for (int i = from; i < to; i++) {
            long value = Math.max(0, values[i]);
            int its = slot(value);
            if (its != slot) {
                add(slot, run);
                slot = its;
                run = 0;
            }
            run++;
            least = Math.min(least, value);
            greatest = Math.max(greatest, value);
        }
        add(slot, run);
        count += to - from;
    }

    /** The number of a bucket: that of its row, then that in it. A row has a bucket for each value of the bits after the leading one. */
    private static int slot(long value) {
        int row = Math.max(0, Long.SIZE - ROW_BITS - Long.numberOfLeadingZeros(value));
        return row << ROW_BITS | (int) (value >>> Math.max(0, row - 1)) & (ROW - 1);
    }

    private void add(int slot, int run) {
        if (run > 0) {
            int row = slot >> ROW_BITS;
            if (rows[row] == null) {
                rows[row] = new long[ROW];
            }
            rows[row][slot & (ROW - 1)] += run;
        }
    }

    void add(LatencyCounts other) {
        for (int row = 0; row < rows.length; row++) {
            if (other.rows[row] == null) {
                continue;
            }
            if (rows[row] == null) {
                rows[row] = new long[ROW];
            }
            for (int i = 0; i < ROW; i++) {
                rows[row][i] += other.rows[row][i];
            }
        }
        count += other.count;
        least = Math.min(least, other.least);
        greatest = Math.max(greatest, other.greatest);
    }

    long count() {
        return count;
    }

    long greatest() {
        return greatest;
    }

    /** What is told of each bucket that is not empty, in ascending order. */
    @FunctionalInterface
    interface Visitor {
        /**
         * @param value the middle of the bucket, not outside of what was added
         * @param count how many are in it
         * @return whether to go on
         */
        boolean visit(double value, long count);
    }

    void visit(Visitor visitor) {
        for (int row = 0; row < rows.length; row++) {
            if (rows[row] == null) {
                continue;
            }
            for (int i = 0; i < ROW; i++) {
                if (rows[row][i] > 0 && !visitor.visit(middle(row, i), rows[row][i])) {
                    return;
                }
            }
        }
    }

    private double middle(int row, int index) {
        double middle = row == 0 ? index : Math.scalb(ROW + index + 0.5, row - 1);
        return Math.max((double) least, Math.min((double) greatest, middle));
    }
}
