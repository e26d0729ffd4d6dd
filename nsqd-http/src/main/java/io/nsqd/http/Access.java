package io.nsqd.http;

import io.nsqd.spi.Authorization;
import io.nsqd.spi.Authorization.Permission;
import io.nsqd.spi.HttpEndpoint;
import java.util.Map;
import java.util.Optional;

/**
 * What a client must be permitted to do to use an endpoint, where HTTP clients must authenticate, in the terms that there are for
 * TCP clients.
 */
enum Access {
    /** Everybody may. */
    OPEN {
        @Override
        boolean isAllowed(Authorization authorization, String topic, String channel) {
            return true;
        }
    },
    /** What concerns a topic: to publish to it. */
    TOPIC {
        @Override
        boolean isAllowed(Authorization authorization, String topic, String channel) {
            return authorization.allows(Permission.PUBLISH, topic, "");
        }
    },
    /** What concerns a channel: to subscribe to it. */
    CHANNEL {
        @Override
        boolean isAllowed(Authorization authorization, String topic, String channel) {
            return authorization.allows(Permission.SUBSCRIBE, topic, channel);
        }
    },
    /** What concerns the daemon: to administer it, as those may who may publish to topics of every name. */
    DAEMON {
        @Override
        boolean isAllowed(Authorization authorization, String topic, String channel) {
            return authorization.administers();
        }
    };

    private static final Map<String, Access> NAMED = Map.of(
            HttpEndpoint.ACCESS_OPEN, OPEN,
            HttpEndpoint.ACCESS_PUBLISH, TOPIC,
            HttpEndpoint.ACCESS_SUBSCRIBE, CHANNEL,
            HttpEndpoint.ACCESS_ADMINISTER, DAEMON);

    /** What an endpoint of a plug-in asks for, by {@link HttpEndpoint#ACCESS}. */
    static Optional<Access> named(Object name) {
        return name instanceof String text ? Optional.ofNullable(NAMED.get(text)) : Optional.empty();
    }

    /** @param topic the request's parameter, empty without */
    abstract boolean isAllowed(Authorization authorization, String topic, String channel);
}
