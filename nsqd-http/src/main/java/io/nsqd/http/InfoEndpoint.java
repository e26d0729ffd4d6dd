package io.nsqd.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nsqd.api.HostIdentity;
import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.spi.Transport;
import java.io.IOException;

/** {@code /info}: who the daemon is and where it listens (H-34). */
final class InfoEndpoint implements Endpoint {
    private final Nsqd nsqd;
    private final String hostname = HostIdentity.hostname();

    InfoEndpoint(Nsqd nsqd) {
        this.nsqd = nsqd;
    }

    @Override
    public RequestBody open(Exchange exchange) {
        return new RequestBody.Unread(Response.json(200, json()));
    }

    private byte[] json() {
        Options options = nsqd.options();
        return GoJson.bytes(json -> {
            json.writeStartObject();
            GoJson.writeString(json, "version", Nsqd.VERSION);
            GoJson.writeString(json, "broadcast_address", options.string(Option.BROADCAST_ADDRESS));
            GoJson.writeString(json, "hostname", hostname);
            json.writeNumberField("http_port", nsqd.port("http"));
            json.writeNumberField("tcp_port", nsqd.port("tcp"));
            json.writeNumberField("start_time", nsqd.startTime().getEpochSecond());
            json.writeNumberField("max_heartbeat_interval", options.integer(Option.MAX_HEARTBEAT_INTERVAL));
            json.writeNumberField("max_output_buffer_size", options.integer(Option.MAX_OUTPUT_BUFFER_SIZE));
            json.writeNumberField("max_output_buffer_timeout", options.integer(Option.MAX_OUTPUT_BUFFER_TIMEOUT));
            json.writeNumberField("max_deflate_level", options.integer(Option.MAX_DEFLATE_LEVEL));
            writeTransports(json);
            GoJson.writeString(json, "durability", options.durability().toString());
            json.writeEndObject();
        });
    }

    /** Two fields more than the Go daemon has: what each transport is made of, and what an OK promises. */
    private void writeTransports(JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("transports");
        for (Transport transport : nsqd.transports()) {
            GoJson.writeString(json, transport.protocol(), transport.implementation());
        }
        json.writeEndObject();
    }
}
