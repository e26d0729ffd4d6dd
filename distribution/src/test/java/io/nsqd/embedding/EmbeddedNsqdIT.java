package io.nsqd.embedding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.nsqd.api.EmbeddedNsqd;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.tcp.Frame;
import io.nsqd.tcp.V2Client;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The daemon in a plain program, on the class path. */
final class EmbeddedNsqdIT {
    @TempDir
    private Path data;

    @TempDir
    private Path otherData;

    private static Options options(Path dataPath) {
        return Options.defaults()
                .with(Map.of(
                        Option.TCP_ADDRESS, "127.0.0.1:0",
                        Option.HTTP_ADDRESS, "127.0.0.1:0",
                        Option.DATA_PATH, dataPath.toString()));
    }

    @Test
    void servesAndStartsAgainOverTheSameData() throws Exception {
        try (EmbeddedNsqd daemon = EmbeddedNsqd.start(options(data))) {
            daemon.nsqd().topic("kept").channel("c");
            try (V2Client client = V2Client.connect(daemon.nsqd().port("tcp"))) {
                client.send(V2Client.MAGIC).line("PUB kept", "one");
                assertEquals(Frame.OK, client.frame());
            }
            HttpResponse<String> ping = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create(
                                            "http://127.0.0.1:" + daemon.nsqd().port("http") + "/ping"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            assertEquals("OK", ping.body());
        }
        try (EmbeddedNsqd daemon = EmbeddedNsqd.start(options(data));
                V2Client client = V2Client.connect(daemon.nsqd().port("tcp"))) {
            client.send(V2Client.MAGIC).line("SUB kept c");
            assertEquals(Frame.OK, client.frame());
            client.line("RDY 1");
            assertEquals(Frame.MESSAGE, client.frame().type());
        }
    }

    @Test
    void twoRunInOneVirtualMachineButNotOnOneDataPath() throws Exception {
        try (EmbeddedNsqd one = EmbeddedNsqd.start(options(data));
                EmbeddedNsqd other = EmbeddedNsqd.start(options(otherData))) {
            one.nsqd().topic("t");
            assertEquals(0, other.nsqd().topics().size());
            assertThrows(IOException.class, () -> EmbeddedNsqd.start(options(data)));
        }
    }

    @Test
    void whatCannotStartLeavesNothingRunning() throws Exception {
        try (EmbeddedNsqd one = EmbeddedNsqd.start(options(data))) {
            Options used = options(otherData)
                    .with(Map.of(Option.HTTP_ADDRESS, "127.0.0.1:" + one.nsqd().port("http")));
            assertThrows(IOException.class, () -> EmbeddedNsqd.start(used));
        }
        Options bad = options(otherData).with(Map.of(Option.NODE_ID, 5000L));
        assertEquals(
                "failed to instantiate nsqd - --node-id must be [0,1024)",
                assertThrows(IOException.class, () -> EmbeddedNsqd.start(bad)).getMessage());
        // The data path is free again.
        EmbeddedNsqd.start(options(otherData)).close();
    }
}
