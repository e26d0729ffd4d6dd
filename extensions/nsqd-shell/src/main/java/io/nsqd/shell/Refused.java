package io.nsqd.shell;

/**
 * A command that could not be carried out. Its message is the one line that the user sees: there is no stack trace, which no
 * user of a shell could make sense of.
 */
final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Refused(String message) {
        super(message, null, false, false);
    }
}
