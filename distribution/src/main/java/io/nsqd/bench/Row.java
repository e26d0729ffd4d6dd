package io.nsqd.bench;

import java.util.List;

/**
 * What was measured of a workload.
 *
 * @param messages of a round
 * @param values of the rounds that count, for each server
 */
record Row(Workload workload, Metric metric, int messages, List<List<Double>> values) {
    Spread spread(int server) {
        return Spread.of(values.get(server));
    }

    /** Of the medians, the first server's to the second's. */
    double ratio() {
        return spread(0).median() / spread(1).median();
    }
}
