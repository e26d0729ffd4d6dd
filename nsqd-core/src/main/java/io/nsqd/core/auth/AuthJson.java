package io.nsqd.core.auth;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.nsqd.spi.Authorization;
import io.nsqd.spi.Authorization.Entry;
import io.nsqd.spi.Authorization.Permission;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads the answers of an auth server (P-74). Any thread. */
final class AuthJson {
    private final ObjectMapper mapper = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    /**
     * Reads an authorization, good from now on.
     *
     * @throws IOException when it is not what P-74 allows
     */
    Authorization authorization(byte[] body) throws IOException {
        JsonNode answer = object(mapper.readTree(body));
        JsonNode ttl = field(answer, "ttl");
        if (!ttl.isIntegralNumber() || !ttl.canConvertToLong() || ttl.longValue() <= 0) {
            throw new IOException("invalid TTL " + ttl + " (must be >0)");
        }
        List<Entry> entries = new ArrayList<>();
        for (JsonNode entry : array(answer, "authorizations")) {
            entries.add(entry(object(entry)));
        }
        return new Authorization(
                text(answer, "identity"), text(answer, "identity_url"), entries, Duration.ofSeconds(ttl.longValue()));
    }

    private static Entry entry(JsonNode entry) throws IOException {
        Set<Permission> permissions = EnumSet.noneOf(Permission.class);
        for (JsonNode permission : array(entry, "permissions")) {
            permissions.add(permission(text(permission)));
        }
        List<Pattern> channels = new ArrayList<>();
        for (JsonNode channel : array(entry, "channels")) {
            channels.add(GoPattern.compile(text(channel)));
        }
        return new Entry(GoPattern.compile(text(entry, "topic")), channels, permissions);
    }

    private static Permission permission(String name) throws IOException {
        return switch (name) {
            case "subscribe" -> Permission.SUBSCRIBE;
            case "publish" -> Permission.PUBLISH;
            default -> throw new IOException("unknown permission " + name);
        };
    }

    /**
     * Reads the port at which a server wants to be asked instead.
     *
     * @throws IOException when the answer names none
     */
    int httpsPort(byte[] body) throws IOException {
        JsonNode port = field(object(mapper.readTree(body)), "https_port");
        if (!port.canConvertToInt() || port.intValue() <= 0) {
            throw new IOException("403 without https_port");
        }
        return port.intValue();
    }

    private static JsonNode object(JsonNode node) throws IOException {
        if (!node.isObject()) {
            throw new IOException("not a JSON object");
        }
        return node;
    }

    /** A list; nothing is an empty one. */
    private static JsonNode array(JsonNode parent, String name) throws IOException {
        JsonNode node = field(parent, name);
        if (!node.isArray() && !isNothing(node)) {
            throw new IOException(name + " is not a list");
        }
        return node;
    }

    private static String text(JsonNode parent, String name) throws IOException {
        return text(field(parent, name));
    }

    /** A text; nothing is an empty one. */
    private static String text(JsonNode node) throws IOException {
        if (!node.isTextual() && !isNothing(node)) {
            throw new IOException("not a text: " + node);
        }
        return isNothing(node) ? "" : node.textValue();
    }

    private static boolean isNothing(JsonNode node) {
        return node.isNull() || node.isMissingNode();
    }

    /** Go finds the last field that bears the name in whatever case. */
    private static JsonNode field(JsonNode parent, String name) {
        JsonNode found = MissingNode.getInstance();
        for (Map.Entry<String, JsonNode> field : parent.properties()) {
            if (field.getKey().equalsIgnoreCase(name)) {
                found = field.getValue();
            }
        }
        return found;
    }
}
