package io.nsqd.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Tests of connections that are upgraded. */
abstract class UpgradeCase extends DaemonCase {
    static final String TLS = "--tls-cert=" + DaemonFlags.CERTIFICATES + "/rsa.pem";
    static final String TLS_KEY = "--tls-key=" + DaemonFlags.CERTIFICATES + "/rsa-key.pem";

    private static final ObjectMapper JSON = new ObjectMapper();

    /** What a connection is wrapped in. */
    enum Wrapping {
        TLS12("TLSv1.2", ""),
        TLS13("TLSv1.3", ""),
        SNAPPY("", "snappy"),
        DEFLATE("", "deflate"),
        TLS_SNAPPY("TLSv1.2", "snappy"),
        TLS_DEFLATE("TLSv1.3", "deflate");

        final String tls;
        final String compression;

        Wrapping(String tls, String compression) {
            this.tls = tls;
            this.compression = compression;
        }
    }

    static String asks(String... fields) {
        List<String> all = new ArrayList<>(List.of("\"feature_negotiation\":true"));
        all.addAll(List.of(fields));
        return "{" + String.join(",", all) + "}";
    }

    /** What is granted. */
    JsonNode negotiate(V2Client client, String identify) throws IOException {
        Frame frame = client.line("IDENTIFY", identify).frame();
        assertEquals(Frame.RESPONSE, frame.type(), frame.data());
        return JSON.readTree(frame.data());
    }

    /** A client over an upgraded connection, with fields of its own in IDENTIFY. */
    V2Client upgraded(Wrapping wrapping, String... more) throws IOException {
        V2Client client = open();
        List<String> fields = new ArrayList<>(List.of(more));
        if (!wrapping.tls.isEmpty()) {
            fields.add("\"tls_v1\":true");
        }
        if (!wrapping.compression.isEmpty()) {
            fields.add("\"" + wrapping.compression + "\":true");
        }
        JsonNode granted = negotiate(client, asks(fields.toArray(String[]::new)));
        assertEquals(!wrapping.tls.isEmpty(), granted.path("tls_v1").asBoolean());
        assertEquals(
                wrapping.compression.equals("snappy"), granted.path("snappy").asBoolean());
        assertEquals(
                wrapping.compression.equals("deflate"), granted.path("deflate").asBoolean());
        if (!wrapping.tls.isEmpty()) {
            client.startTls(Certificates.client(""), wrapping.tls).answersOk();
        }
        if (wrapping.compression.equals("snappy")) {
            client.startSnappy();
            client.answersOk();
        } else if (wrapping.compression.equals("deflate")) {
            client.startDeflate(6).answersOk();
        }
        return client;
    }
}
