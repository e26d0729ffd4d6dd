package io.nsqd.api;

/** What options must be, each and together: checked once, whichever way they came (O-25). */
final class OptionRules {
    private OptionRules() {}

    /** @throws NsqdException with {@link Reason#BAD_OPTION} and the words of O-25, for the first that is wrong in its order */
    static void check(Options options) {
        check(Option.MAX_DEFLATE_LEVEL, options);
        for (Option option : Option.values()) {
            check(option, options);
        }
        checkQuorums(options);
        boolean certified = !options.string(Option.TLS_CERT).isEmpty()
                || !options.string(Option.TLS_KEY).isEmpty();
        if (options.tlsRequired() != TlsRequired.FALSE && !certified) {
            throw new NsqdException(
                    Reason.BAD_OPTION, "cannot require TLS client connections without TLS key and cert");
        }
        for (double percentile : options.floats(Option.E2E_PROCESSING_LATENCY_PERCENTILE)) {
            // Not the other way round: what is no number is out of range.
            if (!(percentile > 0 && percentile <= 1)) {
                throw new NsqdException(
                        Reason.BAD_OPTION, "invalid E2E processing latency percentile: " + shortest(percentile));
            }
        }
    }

    /** An entry is on some bookies of its ledger, and acknowledged by some of these. */
    private static void checkQuorums(Options options) {
        long ensemble = options.integer(Option.CLUSTER_ENSEMBLE);
        long write = options.integer(Option.CLUSTER_WRITE_QUORUM);
        long ack = options.integer(Option.CLUSTER_ACK_QUORUM);
        if (ack > write || write > ensemble) {
            throw new NsqdException(
                    Reason.BAD_OPTION,
                    "--cluster-ack-quorum (" + ack + ") must not be above --cluster-write-quorum (" + write
                            + "), nor that above --cluster-ensemble (" + ensemble + ")");
        }
    }

    private static void check(Option option, Options options) {
        if (isUsed(option, options)) {
            option.check(options.value(option));
        }
    }

    /** Whether a value has any effect: a config file may say what it likes of what it leaves off. */
    private static boolean isUsed(Option option, Options options) {
        return switch (option) {
            case STATSD_INTERVAL -> !options.string(Option.STATSD_ADDRESS).isEmpty();
            case E2E_PROCESSING_LATENCY_WINDOW_TIME ->
                !options.floats(Option.E2E_PROCESSING_LATENCY_PERCENTILE).isEmpty();
            default -> true;
        };
    }

    private static String shortest(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }
}
