package io.nsqd.platform;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.launcher.Daemon;
import io.nsqd.websocket.Frames;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bundle for browsers is installed, updated under open connections and streams, and removed: nothing of it is left. */
class WebSocketComesAndGoesIT {
    private static final String WEBSOCKET = "nsqd-websocket";
    private static final int UPDATES = 50;

    @TempDir
    Path directory;

    private static HttpURLConnection open(Platform platform, String path) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) URI.create("http://127.0.0.1:" + platform.httpPort() + path)
                .toURL()
                .openConnection();
        connection.setReadTimeout((int) Platform.PATIENCE.toMillis());
        return connection;
    }

    private static int status(Platform platform) throws IOException {
        return open(platform, "/ws/nsq.js").getResponseCode();
    }

    @Test
    void nothingOfItIsLeft() throws Exception {
        try (World world = new World(directory, Map.of("websocket", "true"))) {
            Platform platform = world.platform();
            platform.startAll();
            world.await(Platform.HTTP, true);
            world.await(Platform.LOOKUP, true);
            // What comes with the first use stays, and is not the bundle's: so it comes and goes once before that is
            // noted.
            comeAndGo(platform, 1);
            assertEquals(List.of(), platform.leaked());
            Resources before = Resources.settled(platform);
            comeAndGo(platform, UPDATES);
            assertEquals(List.of(), platform.leaked());
            Resources after = before.awaitCovered(platform);
            assertTrue(before.covers(after), () -> before + " has become " + after);
        }
    }

    private static void comeAndGo(Platform platform, int updates) throws Exception {
        Path jar = Daemon.home().resolve("optional/nsqd-websocket.jar");
        platform.install(WEBSOCKET, jar);
        platform.start(WEBSOCKET);
        await().atMost(Platform.PATIENCE).until(() -> status(platform) == 200);
        for (int i = 0; i < updates; i++) {
            // One is in the middle of a message that was delivered and not settled, one listens for events.
            try (Frames client = Frames.connect(platform.httpPort());
                    BufferedReader events = new BufferedReader(new InputStreamReader(
                            open(platform, "/sub?topic=t&channel=events%23ephemeral")
                                    .getInputStream(),
                            StandardCharsets.UTF_8))) {
                client.send("SUB t c#ephemeral\n");
                assertEquals("OK", client.next().data());
                client.send("RDY 1\n");
                client.line("PUB t", "x");
                // The message may be there before the answer is.
                int first = client.next().type();
                assertEquals(Set.of(0, 2), Set.of(first, client.next().type()));
                platform.update(WEBSOCKET, jar);
                assertTrue(List.of(1012, 1001).contains(client.closeCode()));
                // Until the stream ends.
                events.lines().forEach(line -> {});
            }
            await().atMost(Platform.PATIENCE).until(() -> status(platform) == 200);
        }
        platform.uninstall(WEBSOCKET);
        assertEquals(404, status(platform));
    }
}
