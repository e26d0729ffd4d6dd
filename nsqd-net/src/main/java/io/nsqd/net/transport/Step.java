package io.nsqd.net.transport;

/**
 * The rest of a command.
 *
 * @param <E> how it fails
 */
@FunctionalInterface
public interface Step<E extends Exception> {
    /** Carries it out; throws when the command fails. */
    void run() throws E;
}
