package io.nsqd.http;

import io.nsqd.spi.Authorization;
import io.nsqd.spi.Authorization.Permission;

/**
 * What a client must be permitted to do to use an endpoint, where {@code auth-http-api} is on, in the terms that there are for
 * TCP clients.
 */
enum Access {
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
    /** What concerns the daemon: to publish to a topic without a name, as patterns that fit everything do. */
    DAEMON {
        @Override
        boolean isAllowed(Authorization authorization, String topic, String channel) {
            return authorization.allows(Permission.PUBLISH, "", "");
        }
    };

    /** @param topic the request's parameter, empty without */
    abstract boolean isAllowed(Authorization authorization, String topic, String channel);
}
