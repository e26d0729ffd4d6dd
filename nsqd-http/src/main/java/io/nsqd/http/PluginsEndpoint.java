package io.nsqd.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nsqd.stats.PluginStats;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;

/** {@code /plugins}: what the daemon is made of and how that is, as text unless JSON is asked for. Gathered by a worker. */
final class PluginsEndpoint implements Endpoint.Handler {
    private final Supplier<List<PluginStats>> plugins;

    PluginsEndpoint(Supplier<List<PluginStats>> plugins) {
        this.plugins = plugins;
    }

    @Override
    public void handle(Exchange exchange) throws HttpException {
        boolean asJson = exchange.query().value("format").filter("json"::equals).isPresent();
        exchange.work(() ->
                asJson ? Response.json(200, json(plugins.get())) : Response.text(PluginStats.table(plugins.get())));
    }

    private static byte[] json(List<PluginStats> plugins) {
        return GoJson.bytes(json -> {
            json.writeStartObject();
            json.writeArrayFieldStart("plugins");
            for (PluginStats plugin : plugins) {
                write(json, plugin);
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    private static void write(JsonGenerator json, PluginStats plugin) throws IOException {
        json.writeStartObject();
        GoJson.writeString(json, "name", plugin.name());
        GoJson.writeString(json, "version", plugin.version());
        GoJson.writeString(json, "state", plugin.state());
        GoJson.writeString(json, "file", plugin.file());
        GoJson.writeString(json, "reason", plugin.reason());
        json.writeEndObject();
    }
}
