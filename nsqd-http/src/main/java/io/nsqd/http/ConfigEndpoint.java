package io.nsqd.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nsqd.api.LogLevel;
import io.nsqd.api.Nsqd;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.api.TlsVersion;
import io.nsqd.json.JsonException;
import io.nsqd.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** {@code /config/:opt}: reads any option, sets the two that may change (H-68 to H-70). */
final class ConfigEndpoint {
    private final Nsqd nsqd;
    /** What {@code null} sets the list to; known again by its identity, for it reads back as {@code null} (H-70). */
    private final List<String> nullList = Collections.unmodifiableList(new ArrayList<>());

    ConfigEndpoint(Nsqd nsqd) {
        this.nsqd = nsqd;
    }

    RequestBody get(Exchange exchange) throws HttpException {
        return new RequestBody.Unread(show(option(exchange)));
    }

    RequestBody put(Exchange exchange) throws HttpException {
        long maxSize = nsqd.options().integer(Option.MAX_MSG_SIZE);
        long length = exchange.request().contentLength();
        if (length > maxSize) {
            throw new HttpException(413, "INVALID_VALUE");
        }
        return new PutBody(length, maxSize);
    }

    private final class PutBody extends WholeBody {
        PutBody(long announced, long maxSize) {
            super(announced, maxSize, "INVALID_VALUE");
        }

        @Override
        public void end(Exchange exchange) throws HttpException {
            if (bytes().size() == 0) {
                throw new HttpException(413, "INVALID_VALUE");
            }
            String key = key(exchange);
            byte[] value = bytes().take();
            // Applying it wakes listeners and takes the core's lock: not here.
            exchange.work(() -> set(key, value));
        }
    }

    private static String key(Exchange exchange) {
        return exchange.request().path().substring(Router.CONFIG.length());
    }

    private static Option option(Exchange exchange) throws HttpException {
        return Option.byConfigKey(key(exchange)).orElseThrow(ConfigEndpoint::invalidOption);
    }

    private Response set(String key, byte[] value) throws HttpException {
        Option option = Option.byConfigKey(key)
                .filter(o -> o == Option.LOG_LEVEL || o == Option.LOOKUPD_TCP_ADDRESS)
                .orElseThrow(ConfigEndpoint::invalidOption);
        try {
            Object parsed = option == Option.LOG_LEVEL
                    ? LogLevel.parse(new String(value, StandardCharsets.UTF_8))
                    : parseList(value);
            nsqd.reconfigure(Map.of(option, parsed));
        } catch (NsqdException e) {
            throw invalidValue();
        }
        return show(option);
    }

    private List<String> parseList(byte[] value) throws HttpException {
        try {
            return JsonObject.readTexts(value).orElse(nullList);
        } catch (JsonException e) {
            throw invalidValue();
        }
    }

    private static HttpException invalidOption() {
        return new HttpException(400, "INVALID_OPTION");
    }

    private static HttpException invalidValue() {
        return new HttpException(400, "INVALID_VALUE");
    }

    private Response show(Option option) {
        Options options = nsqd.options();
        if (option.kind() == Option.Kind.STRING) {
            return Response.text(option == Option.STATSD_PREFIX ? statsdPrefix(options) : options.string(option));
        }
        return Response.json(200, GoJson.bytes(json -> write(json, option, options)));
    }

    private void write(JsonGenerator json, Option option, Options options) throws IOException {
        switch (option.kind()) {
            case BOOL -> json.writeBoolean(options.flag(option));
            case INT, DURATION -> json.writeNumber(integer(option, options));
            case LOG_LEVEL -> json.writeNumber(options.logLevel().number());
            case TLS_REQUIRED -> json.writeNumber(options.tlsRequired().number());
            case TLS_VERSION -> json.writeNumber(((TlsVersion) options.value(option)).number());
            case STRING_LIST -> writeStrings(json, options.strings(option));
            case FLOAT_LIST -> writeFloats(json, options.floats(option));
            case STRING -> json.writeString(options.string(option));
        }
    }

    /** Ports show what they resolved to (H-69). */
    private long integer(Option option, Options options) {
        return switch (option) {
            case BROADCAST_TCP_PORT -> nsqd.broadcastPort("tcp");
            case BROADCAST_HTTP_PORT -> nsqd.broadcastPort("http");
            default -> options.integer(option);
        };
    }

    private void writeStrings(JsonGenerator json, List<String> strings) throws IOException {
        if (strings == nullList) {
            json.writeNull();
            return;
        }
        json.writeStartArray();
        for (String string : strings) {
            json.writeString(string);
        }
        json.writeEndArray();
    }

    private static void writeFloats(JsonGenerator json, List<Double> floats) throws IOException {
        json.writeStartArray();
        for (double value : floats) {
            GoJson.writeFloat(json, value);
        }
        json.writeEndArray();
    }

    /** The prefix as statsd gets it: host filled in, dot at the end (H-69, D-10). */
    private String statsdPrefix(Options options) {
        String address = options.string(Option.BROADCAST_ADDRESS);
        String host = address.contains(":") ? "[" + address + "]" : address;
        String key = (host + ":" + nsqd.broadcastPort("http")).replace('.', '_').replace(':', '_');
        String prefix = options.string(Option.STATSD_PREFIX).replace("%s", key);
        return prefix.isEmpty() || prefix.endsWith(".") ? prefix : prefix + ".";
    }
}
