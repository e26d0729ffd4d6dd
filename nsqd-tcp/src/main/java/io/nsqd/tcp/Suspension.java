package io.nsqd.tcp;

import java.util.concurrent.CompletableFuture;

/** The only kind of waiting there is: the connection decodes nothing until a completion is there (P-7). */
@FunctionalInterface
interface Suspension {
    /** Goes on with {@code next}, on the connection's loop, when {@code result} is complete, one way or the other. */
    void until(CompletableFuture<?> result, Step next);
}
