package io.nsqd.stats;

/**
 * A number of a plug-in's for whoever watches the daemon.
 *
 * @param name lowercase letters, digits and underscores, with the unit in the end, as Prometheus wants it; {@code nsqd_} comes before it there
 * @param kind whether it only grows
 * @param help one sentence for people
 * @param value of this moment
 */
public record Figure(String name, Kind kind, String help, double value) {
    /** How a figure changes. */
    public enum Kind {
        /** Up and down. */
        GAUGE,
        /** Up, from the start of the daemon on; its name ends in {@code _total}. */
        COUNTER
    }

    /** Checks the name, as what is shown elsewhere must be readable there. */
    public Figure {
        if (!name.matches("[a-z][a-z0-9_]*")) {
            throw new IllegalArgumentException("a figure's name must be of the characters a-z 0-9 _, and is " + name);
        }
    }

    /** One that goes up and down. */
    public static Figure gauge(String name, String help, double value) {
        return new Figure(name, Kind.GAUGE, help, value);
    }

    /** One that only grows. */
    public static Figure counter(String name, String help, double value) {
        return new Figure(name, Kind.COUNTER, help, value);
    }
}
