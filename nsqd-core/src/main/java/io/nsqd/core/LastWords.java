package io.nsqd.core;

import io.nsqd.api.Errors;
import io.nsqd.api.NsqdException;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import java.util.Locale;

/** What is said of a failure with which the daemon ends. */
final class LastWords {
    private static final Logger LOG = LoggerFactory.getLogger(LastWords.class);

    private LastWords() {}

    /**
     * The line about it. Where nobody foresaw the failure, its own words are added and its stack trace is logged: there will be
     * no second chance to find out.
     *
     * @param what what has failed
     * @param cause what went wrong, or {@code null}
     */
    static String of(String what, Throwable cause) {
        Throwable bug = unforeseen(cause);
        if (bug == null) {
            LOG.debug("fatal", cause);
            return what;
        }
        String reason = Errors.describe(bug);
        boolean said = what.toLowerCase(Locale.ROOT).contains(reason.toLowerCase(Locale.ROOT));
        String line = said ? what : what + " - " + reason;
        LOG.fatal("NSQ: cannot go on: {}", line, cause);
        return line;
    }

    /** What went wrong at bottom, if it is of the kind that is not thrown on purpose; else {@code null}. */
    private static Throwable unforeseen(Throwable cause) {
        Throwable bug = null;
        for (Throwable each = cause; each != null; each = each.getCause()) {
            if (each instanceof Error || each instanceof RuntimeException && !(each instanceof NsqdException)) {
                bug = each;
            }
        }
        return bug;
    }
}
