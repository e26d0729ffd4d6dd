package io.nsqd.metrics;

/** Something with its labels, which are made once for all its samples. */
final class Labelled<T> {
    final byte[] labels;
    final T stats;

    Labelled(byte[] labels, T stats) {
        this.labels = labels;
        this.stats = stats;
    }
}
