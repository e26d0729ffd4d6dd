package io.nsqd.platform;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.launcher.Daemon;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The console is installed, updated under open pages, and removed: nothing of it is left. */
class ConsoleComesAndGoesIT {
    private static final String CONSOLE = "nsqd-console";
    private static final int UPDATES = 50;

    @TempDir
    Path directory;

    private static HttpURLConnection open(Platform platform, String path) throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection) URI.create("http://127.0.0.1:" + platform.httpPort() + "/console/" + path)
                        .toURL()
                        .openConnection();
        connection.setConnectTimeout((int) Platform.PATIENCE.toMillis());
        connection.setReadTimeout((int) Platform.PATIENCE.toMillis());
        return connection;
    }

    private static int status(Platform platform, String path) throws IOException {
        HttpURLConnection connection = open(platform, path);
        try {
            return connection.getResponseCode();
        } finally {
            connection.disconnect();
        }
    }

    /** Has everything of it be used that has threads or remembers something. */
    private static BufferedReader use(Platform platform) throws IOException {
        for (String path :
                List.of("index.html", "api/node", "api/history", "api/cluster", "api/bundles", "api/audit")) {
            assertEquals(200, status(platform, path), path);
        }
        HttpURLConnection page = open(platform, "api/events");
        BufferedReader events =
                new BufferedReader(new InputStreamReader(page.getInputStream(), StandardCharsets.UTF_8));
        assertEquals("retry: 1000", events.readLine());
        return events;
    }

    @Test
    void nothingOfItIsLeft() throws Exception {
        try (World world = new World(directory, Map.of("console", "true"))) {
            Platform platform = world.platform();
            platform.startAll();
            world.await(Platform.HTTP, true);
            world.await(Platform.LOOKUP, true);
            // What comes with the first use stays, and is not the console's: so it comes and goes once before that is
            // noted.
            comeAndGo(platform, 1);
            // The JDK's HTTP clients, of which the cluster's page has one, end when they are collected.
            assertEquals(List.of(), platform.leaked());
            Resources before = Resources.settled(platform);
            comeAndGo(platform, UPDATES);
            assertEquals(List.of(), platform.leaked());
            Resources after = before.awaitCovered(platform);
            assertTrue(before.covers(after), () -> before + " has become " + after);
        }
    }

    private static void comeAndGo(Platform platform, int updates) throws Exception {
        Path jar = Daemon.home().resolve("optional/nsqd-console.jar");
        platform.install(CONSOLE, jar);
        platform.start(CONSOLE);
        await().atMost(Platform.PATIENCE).until(() -> status(platform, "index.html") == 200);
        for (int i = 0; i < updates; i++) {
            try (BufferedReader page = use(platform)) {
                platform.update(CONSOLE, jar);
                // An open page is let go, and comes again.
                page.lines().forEach(line -> {});
            }
            await().atMost(Platform.PATIENCE).until(() -> status(platform, "index.html") == 200);
        }
        platform.uninstall(CONSOLE);
        assertEquals(404, status(platform, "index.html"));
    }
}
