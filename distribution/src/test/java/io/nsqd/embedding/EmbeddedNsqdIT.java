package io.nsqd.embedding;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.EmbeddedNsqd;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.spi.HttpEndpoint;
import io.nsqd.spi.Metadata;
import io.nsqd.spi.MetadataService;
import io.nsqd.tcp.Frame;
import io.nsqd.tcp.V2Client;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.management.ObjectName;
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

    private static String get(EmbeddedNsqd daemon, String path) throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + daemon.nsqd().port("http") + path);
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
        assertEquals(200, response.statusCode(), response::body);
        return response.body();
    }

    @Test
    void servesAndStartsAgainOverTheSameData() throws Exception {
        try (EmbeddedNsqd daemon = EmbeddedNsqd.start(options(data))) {
            daemon.nsqd().topic("kept").channel("c");
            try (V2Client client = V2Client.connect(daemon.nsqd().port("tcp"))) {
                client.send(V2Client.MAGIC).line("PUB kept", "one");
                assertEquals(Frame.OK, client.frame());
            }
            assertEquals("OK", get(daemon, "/ping"));
            var beans = ManagementFactory.getPlatformMBeanServer();
            assertTrue(beans.isRegistered(new ObjectName("io.nsqd:type=Nsqd")), "the daemon");
            await().until(() -> beans.isRegistered(new ObjectName("io.nsqd:type=Topic,name=kept")));
            String metrics = get(daemon, "/metrics");
            assertTrue(metrics.contains("nsqd_topic_messages_total{topic=\"kept\"} 1"), metrics);
            List<String> parts = get(daemon, "/plugins").lines().toList();
            assertTrue(parts.stream().anyMatch(row -> row.matches("core +1\\.3\\.0 +active")), parts::toString);
            assertTrue(parts.stream().anyMatch(row -> row.matches("tcp +1\\.3\\.0 +active")), parts::toString);
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

    /** A program that promises nothing need not bring the journal store that it names. */
    @Test
    void memoryNeedsNoJournalStore() throws Exception {
        Options nothing = options(data).with(Map.of(Option.JOURNAL_STORE, "other"));
        for (int start = 0; start < 2; start++) {
            try (EmbeddedNsqd daemon = EmbeddedNsqd.start(nothing);
                    V2Client client = V2Client.connect(daemon.nsqd().port("tcp"))) {
                client.send(V2Client.MAGIC).line("PUB kept", "one");
                assertEquals(Frame.OK, client.frame());
            }
        }
        Options more = nothing.with(Map.of(Option.DURABILITY, "written"));
        assertEquals(
                "failed to instantiate nsqd - there is no JournalStore of the name other",
                assertThrows(IOException.class, () -> EmbeddedNsqd.start(more)).getMessage());
    }

    @Test
    void theProgramsOwnServicesAreUsed() throws Exception {
        AtomicReference<Metadata> saved = new AtomicReference<>(Metadata.EMPTY);
        MetadataService metadata = new MetadataService() {
            @Override
            public Metadata load() {
                return saved.get();
            }

            @Override
            public void save(Metadata changed) {
                saved.set(changed);
            }

            @Override
            public String location() {
                return "the heap";
            }
        };
        HttpEndpoint endpoint = request -> HttpEndpoint.Response.text(200, "served " + request.method());
        Options named = options(data).with(Map.of(Option.METADATA, "heap"));
        for (int start = 0; start < 2; start++) {
            try (EmbeddedNsqd daemon = EmbeddedNsqd.with(named)
                    .service(MetadataService.class, metadata, Map.of(MetadataService.NAME, "heap"))
                    .service(HttpEndpoint.class, endpoint, Map.of(HttpEndpoint.PATH, "/mine"))
                    .start()) {
                assertEquals("served GET", get(daemon, "/mine"));
                assertEquals(start, daemon.nsqd().topics().size());
                daemon.nsqd().topic("remembered");
            }
        }
        assertFalse(Files.exists(data.resolve("nsqd.dat")), "the metadata are not in a file");
        // Without the service there is nobody of that name.
        String why =
                assertThrows(IOException.class, () -> EmbeddedNsqd.start(named)).getMessage();
        assertTrue(why.contains("heap"), why);
        EmbeddedNsqd.start(options(data)).close();
    }

    @Test
    void theProgramIsToldWhyTheDaemonCouldNotGoOn() throws Exception {
        CompletableFuture<String> told = new CompletableFuture<>();
        try (EmbeddedNsqd daemon =
                EmbeddedNsqd.with(options(data)).onFatal(told::complete).start()) {
            int port = daemon.nsqd().port("tcp");
            daemon.nsqd().fatal("the disk has left the building", null);
            assertEquals("the disk has left the building", told.get(1, TimeUnit.MINUTES));
            // By then it has been stopped, and everything is free.
            assertThrows(IOException.class, () -> V2Client.connect(port).close());
            EmbeddedNsqd.start(options(data)).close();
        }
    }
}
