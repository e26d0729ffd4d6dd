package io.nsqd.platform;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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

/** A bundle that an option asks for is installed, updated while it is used, and removed: nothing of it is left. */
abstract class ComesAndGoes {
    private static final int UPDATES = 50;

    private final String option;

    /** @param option the flag that asks for it, {@code console} for {@code nsqd-console} */
    ComesAndGoes(String option) {
        this.option = option;
    }

    /** What a bundle is updated by. */
    @FunctionalInterface
    interface Update {
        void run() throws Exception;
    }

    /** Whether it serves. */
    abstract boolean serves(Platform platform) throws Exception;

    /** Has everything of it be used that has threads or remembers something, and in the middle of that has it updated. */
    abstract void use(Platform platform, Update update) throws Exception;

    /** A request that is not sent yet; closing what is read of it ends the connection. */
    static HttpURLConnection open(Platform platform, String path) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) URI.create("http://127.0.0.1:" + platform.httpPort() + path)
                .toURL()
                .openConnection();
        connection.setConnectTimeout((int) Platform.PATIENCE.toMillis());
        connection.setReadTimeout((int) Platform.PATIENCE.toMillis());
        return connection;
    }

    static int status(Platform platform, String path) throws IOException {
        HttpURLConnection connection = open(platform, path);
        try {
            return connection.getResponseCode();
        } finally {
            connection.disconnect();
        }
    }

    /** What a stream of events says, line by line. */
    static BufferedReader events(Platform platform, String path) throws IOException {
        return new BufferedReader(new InputStreamReader(open(platform, path).getInputStream(), StandardCharsets.UTF_8));
    }

    void assertLeavesNothing(Path directory) throws Exception {
        try (World world = new World(directory, Map.of(option, "true"))) {
            Platform platform = world.platform();
            platform.startAll();
            world.await(Platform.HTTP, true);
            world.await(Platform.LOOKUP, true);
            // What comes with the first use stays, and is not the bundle's: so it comes and goes once before that is
            // noted.
            comeAndGo(platform, 1);
            // The JDK's HTTP clients end when they are collected.
            assertEquals(List.of(), platform.leaked());
            Resources before = Resources.settled(platform);
            comeAndGo(platform, UPDATES);
            assertEquals(List.of(), platform.leaked());
            Resources after = before.awaitCovered(platform);
            assertTrue(before.covers(after), () -> before + " has become " + after);
        }
    }

    private void comeAndGo(Platform platform, int updates) throws Exception {
        String name = "nsqd-" + option;
        Path jar = Daemon.home().resolve("optional").resolve(name + ".jar");
        platform.install(name, jar);
        platform.start(name);
        await().atMost(Platform.PATIENCE).until(() -> serves(platform));
        for (int i = 0; i < updates; i++) {
            use(platform, () -> platform.update(name, jar));
            await().atMost(Platform.PATIENCE).until(() -> serves(platform));
        }
        platform.uninstall(name);
        assertFalse(serves(platform));
    }
}
