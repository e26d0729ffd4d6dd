package io.nsqd.bench;

import java.util.List;

/** What can be measured. */
enum Workload {
    PUB("pub", 50_000, "PUB, each answered before the next"),
    MPUB("mpub", 500_000, "MPUB of --batch messages, each answered before the next"),
    PUB_PIPE("pub-pipe", 500_000, "PUB, up to 1000 of a connection on their way"),
    CONSUME("consume", 500_000, "messages that wait are received and finished"),
    PUBSUB("pubsub", 500_000, "MPUB on some connections, received and finished on as many others"),
    LATENCY("latency", 20_000, "PUB at --rate on one connection; how long after they were due others receive them");

    private final String label;
    private final int messages;
    private final String help;

    Workload(String label, int messages, String help) {
        this.label = label;
        this.messages = messages;
        this.help = help;
    }

    String label() {
        return label;
    }

    /** Messages of a round where nothing else is said. */
    int messages() {
        return messages;
    }

    String help() {
        return help;
    }

    /** Whether it can also be done over HTTP. */
    boolean hasHttp() {
        return this == PUB || this == MPUB;
    }

    List<Metric> metrics() {
        return this == LATENCY ? List.of(Metric.P50, Metric.P99, Metric.P999) : List.of(Metric.RATE);
    }
}
