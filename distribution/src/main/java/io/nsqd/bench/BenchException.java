package io.nsqd.bench;

/** The benchmark cannot be done, or not be finished; the message is the line for the user. */
final class BenchException extends Exception {
    private static final long serialVersionUID = 1L;

    /** The exit code when a server refuses, fails or dies. */
    static final int SERVER = 1;

    /** The exit code after a wrong flag. */
    static final int USAGE = 2;

    private final int exitCode;

    private BenchException(int exitCode, String message, Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    static BenchException usage(String message) {
        return new BenchException(USAGE, message, null);
    }

    static BenchException server(Address address, String what) {
        return new BenchException(SERVER, address + ": " + what, null);
    }

    static BenchException server(Address address, String what, Throwable cause) {
        String why = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        return new BenchException(SERVER, address + ": " + what + " - " + why, cause);
    }

    int exitCode() {
        return exitCode;
    }
}
