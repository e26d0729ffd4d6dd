package io.nsqd.http;

import io.nsqd.api.Printable;
import io.nsqd.spi.HttpEndpoint;
import io.nsqd.spi.Services;
import java.util.Optional;

/**
 * What an endpoint says of itself with its service properties.
 *
 * @param access what a client must be permitted to do; nothing where that depends on the method
 * @param streaming whether it takes bodies as they come
 * @param atOnce how many requests it answers at a time
 */
record EndpointTerms(Optional<Access> access, boolean streaming, int atOnce) {
    /** Of an endpoint that says nothing. */
    static final EndpointTerms NONE = new EndpointTerms(Optional.empty(), false, Turns.AT_ONCE);

    /** @throws IllegalArgumentException saying which property cannot be meant */
    static EndpointTerms of(Services.Found<HttpEndpoint> found) {
        Optional<Object> access = found.property(HttpEndpoint.ACCESS);
        Optional<Access> named = access.flatMap(Access::named);
        if (access.isPresent() && named.isEmpty()) {
            throw wrong(HttpEndpoint.ACCESS, "says nothing that a client could be permitted", access.get());
        }
        return new EndpointTerms(
                named, streaming(found.property(HttpEndpoint.BODY)), atOnce(found.property(HttpEndpoint.CONCURRENCY)));
    }

    private static boolean streaming(Optional<Object> said) {
        return switch (said.orElse(HttpEndpoint.BODY_WHOLE).toString()) {
            case HttpEndpoint.BODY_WHOLE -> false;
            case HttpEndpoint.BODY_STREAM -> true;
            default -> throw wrong(HttpEndpoint.BODY, "is neither whole nor stream", said.orElseThrow());
        };
    }

    private static int atOnce(Optional<Object> said) {
        if (said.isEmpty()) {
            return Turns.AT_ONCE;
        }
        try {
            int number = Integer.parseInt(said.get().toString());
            if (number >= 1 && number <= Turns.MOST_AT_ONCE) {
                return number;
            }
        } catch (NumberFormatException e) {
            // As bad as one that is out of range.
        }
        throw wrong(HttpEndpoint.CONCURRENCY, "is no number from 1 to " + Turns.MOST_AT_ONCE, said.get());
    }

    private static IllegalArgumentException wrong(String property, String why, Object said) {
        return new IllegalArgumentException(property + " " + why + ": " + Printable.of(said.toString()));
    }
}
