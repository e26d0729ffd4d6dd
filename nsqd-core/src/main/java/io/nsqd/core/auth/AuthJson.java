package io.nsqd.core.auth;

import io.nsqd.json.JsonObject;
import io.nsqd.spi.Authorization;
import io.nsqd.spi.Authorization.Entry;
import io.nsqd.spi.Authorization.Permission;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads the answers of an auth server (P-74). */
final class AuthJson {
    private AuthJson() {}

    /**
     * Reads an authorization, good from now on.
     *
     * @throws IOException when it is not what P-74 allows
     */
    static Authorization authorization(byte[] body) throws IOException {
        JsonObject answer = JsonObject.read(body, "ttl", "authorizations", "identity", "identity_url");
        List<Entry> entries = new ArrayList<>();
        for (JsonObject entry : answer.objects("authorizations", "topic", "channels", "permissions")) {
            entries.add(entry(entry));
        }
        long ttl = answer.integer("ttl");
        if (ttl <= 0) {
            throw new IOException("invalid TTL " + ttl + " (must be >0)");
        }
        return new Authorization(
                answer.text("identity"), answer.text("identity_url"), entries, Duration.ofSeconds(ttl));
    }

    private static Entry entry(JsonObject entry) throws IOException {
        Set<Permission> permissions = EnumSet.noneOf(Permission.class);
        for (String permission : entry.texts("permissions")) {
            permissions.add(permission(permission));
        }
        List<Pattern> channels = new ArrayList<>();
        for (String channel : entry.texts("channels")) {
            channels.add(GoPattern.compile(channel));
        }
        return new Entry(GoPattern.compile(entry.text("topic")), channels, permissions);
    }

    private static Permission permission(String name) throws IOException {
        return switch (name) {
            case "subscribe" -> Permission.SUBSCRIBE;
            case "publish" -> Permission.PUBLISH;
            default -> throw new IOException("unknown permission " + name);
        };
    }
}
