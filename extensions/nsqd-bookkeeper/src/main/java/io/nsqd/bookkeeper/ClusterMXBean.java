package io.nsqd.bookkeeper;

import java.util.Map;

/** What JMX shows of a node of a cluster. */
public interface ClusterMXBean {
    /** Its name, its estate, what it is adopting, and what is wrong. */
    Map<String, String> getState();

    /** The figures that {@code /metrics} has, too, by their names. */
    Map<String, Double> getFigures();
}
