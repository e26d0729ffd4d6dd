package io.nsqd.console;

import io.nsqd.spi.Authorization;
import io.nsqd.spi.Authorization.Permission;
import java.util.Optional;

/**
 * Who asks, and what he may. Immutable.
 *
 * @param name who he proved to be; his address where nobody need log in
 * @param address from where, empty over a unix socket
 * @param csrf what a change must come with, so that no other page can make it
 * @param authorization what the authenticator says; nothing where nobody need log in: such a one may all but change bundles
 */
record Visitor(String name, String address, String csrf, Optional<Authorization> authorization) {
    /** Whether he may do whatever concerns the daemon as a whole. */
    boolean administers() {
        return authorization.map(Authorization::administers).orElse(true);
    }

    /** Whether somebody has vouched for it that he administers the daemon: not for the anonymous. */
    boolean isProvedAdministrator() {
        return authorization.isPresent() && administers();
    }

    /** Whether he may publish to a topic, which is also what may be done to the topic itself. */
    boolean mayPublish(String topic) {
        return administers() || authorization.orElseThrow().allows(Permission.PUBLISH, topic, "");
    }

    /** Whether he may subscribe to a channel, which is also what may be done to it and to its messages. */
    boolean maySubscribe(String topic, String channel) {
        return administers() || authorization.orElseThrow().allows(Permission.SUBSCRIBE, topic, channel);
    }

    /** Whether he sees a channel. */
    boolean sees(String topic, String channel) {
        return mayPublish(topic) || maySubscribe(topic, channel);
    }
}
