package io.nsqd.net.transport;

import java.util.concurrent.CompletableFuture;

/**
 * The only kind of waiting there is: the connection decodes nothing until a completion is there (P-7).
 *
 * @param <E> how a command fails
 */
@FunctionalInterface
public interface Suspension<E extends Exception> {
    /** Goes on with {@code next}, on the connection's loop, when {@code result} is complete, one way or the other. */
    void until(CompletableFuture<?> result, Step<E> next) throws E;
}
