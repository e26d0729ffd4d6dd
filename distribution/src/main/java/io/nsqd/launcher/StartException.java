package io.nsqd.launcher;

/** The daemon does not start: what to write to standard error, and the exit code (O-64). */
final class StartException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Exit code after a wrong flag, or where the Go daemon would crash. */
    static final int USAGE = 2;

    /** Exit code after a fatal configuration or runtime error. */
    static final int FATAL = 1;

    private final int exitCode;

    /**
     * @param exitCode what the process exits with
     * @param message the whole text for standard error, without the last line's end
     */
    StartException(int exitCode, String message) {
        super(message, null, false, false);
        this.exitCode = exitCode;
    }

    int exitCode() {
        return exitCode;
    }
}
