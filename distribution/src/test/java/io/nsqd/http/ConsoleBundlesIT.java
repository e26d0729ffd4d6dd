package io.nsqd.http;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.nsqd.launcher.Daemon;
import io.nsqd.launcher.DistributionCopy;
import io.nsqd.launcher.plugin.Greeter;
import io.nsqd.tcp.AuthServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bundles that are started, stopped and replaced on the page, over real sockets and in a daemon of its own. */
class ConsoleBundlesIT {
    private static final String GREETER = "test.greeter";

    /** Its stop and start, and those of what stands on it. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private static byte[] greeter(String name, String version, String activator) throws IOException {
        Manifest manifest = new Manifest();
        Attributes headers = manifest.getMainAttributes();
        headers.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        headers.putValue("Bundle-ManifestVersion", "2");
        headers.putValue("Bundle-SymbolicName", name);
        headers.putValue("Bundle-Version", version);
        headers.putValue("Bundle-Activator", activator);
        headers.putValue("Import-Package", "org.osgi.framework,org.slf4j");
        String file = Greeter.class.getName().replace('.', '/') + ".class";
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JarOutputStream jar = new JarOutputStream(bytes, manifest);
                InputStream in = Greeter.class.getClassLoader().getResourceAsStream(file)) {
            jar.putNextEntry(new ZipEntry(file));
            in.transferTo(jar);
            jar.closeEntry();
        }
        return bytes.toByteArray();
    }

    private static byte[] greeter(String version) throws IOException {
        return greeter(GREETER, version, Greeter.class.getName());
    }

    private DistributionCopy distribution() throws IOException {
        DistributionCopy distribution = new DistributionCopy(directory.resolve("home"));
        distribution.addOptional("nsqd-console");
        distribution.addOptional("nsqd-websocket");
        Files.write(distribution.home().resolve("plugins/greeter.jar"), greeter("1.0.0"));
        return distribution;
    }

    private static JsonNode bundle(ConsoleClient client, String name) throws IOException {
        for (JsonNode bundle : client.get("api/bundles").json()) {
            if (bundle.path("name").asText().equals(name)) {
                return bundle;
            }
        }
        throw new AssertionError("no bundle " + name);
    }

    private static String greeter(ConsoleClient client) throws IOException {
        JsonNode bundle = bundle(client, GREETER);
        return bundle.path("version").asText() + " " + bundle.path("state").asText();
    }

    private static int act(ConsoleClient client, String name, String what) throws IOException {
        return client.post("api/bundle", "{\"name\":\"" + name + "\",\"do\":\"" + what + "\"}")
                .status();
    }

    /** Logs in as soon as that is possible again. */
    private static void awaitLogin(ConsoleClient client) {
        await().atMost(PATIENCE)
                .ignoreExceptions()
                .until(() -> client.login("admin").status() == 200);
    }

    private static void awaitAudit(ConsoleClient client, String action, String outcome) {
        await().atMost(PATIENCE).ignoreExceptions().until(() -> {
            for (JsonNode entry : client.get("api/audit").json()) {
                if (entry.path("action").asText().startsWith(action)) {
                    return entry.path("outcome").asText().startsWith(outcome);
                }
            }
            return false;
        });
    }

    @Test
    void bundlesAreReplacedAndWhatFailsLeavesTheOldOne() throws Exception {
        DistributionCopy distribution = distribution();
        try (AuthServer server = new AuthServer()) {
            server.permits("admin", 3600, ".*", ".*", "publish\",\"subscribe");
            try (Daemon daemon = Daemon.of(Files.createDirectories(directory.resolve("data")))
                    .home(distribution.home())
                    .flags("--console", "--console-bundles", "--websocket", "--auth-http-address=" + server.address())
                    .start()) {
                ConsoleClient client = new ConsoleClient(daemon.httpPort());
                awaitLogin(client);
                await().atMost(PATIENCE).until(() -> greeter(client).equals("1.0.0 active"));
                plugin(client, distribution);
                page(client, distribution);
                assertEquals(0, daemon.stop());
            }
        }
    }

    private static void plugin(ConsoleClient client, DistributionCopy distribution) throws IOException {
        String update = "api/bundle?name=" + GREETER;
        assertEquals(
                "{\"takesDown\":[]}",
                client.put(update + "&dry=true", new byte[0]).text());
        ConsoleClient.Answer taken = client.put(update, greeter("2.0.0"));
        assertEquals("{\"ok\":true}", taken.text());
        assertEquals("2.0.0 active", greeter(client));

        byte[] whole = greeter("3.0.0");
        List<byte[]> bad = new ArrayList<>(List.of(
                new byte[0],
                "this is no jar".getBytes(StandardCharsets.UTF_8),
                Arrays.copyOf(whole, whole.length / 2),
                greeter("test.other", "3.0.0", Greeter.class.getName())));
        for (byte[] jar : bad) {
            ConsoleClient.Answer refused = client.put(update, jar);
            assertEquals(422, refused.status(), refused.text());
            assertTrue(refused.json().path("detail").asText().startsWith("nothing was changed: "), refused.text());
            assertEquals("2.0.0 active", greeter(client));
        }
        ConsoleClient.Answer failed = client.put(update, greeter(GREETER, "3.0.0", "test.NoSuchClass"));
        assertEquals(409, failed.status(), failed.text());
        assertTrue(failed.text().contains("the old one is there again"), failed.text());
        assertEquals("2.0.0 active", greeter(client));
        assertEquals(404, client.put("api/bundle?name=test.none", whole).status());
        assertEquals(
                404,
                client.put("api/bundle?name=org.apache.felix.framework", whole).status());

        assertEquals(200, act(client, GREETER, "stop"));
        assertEquals("2.0.0 stopped", greeter(client));
        assertEquals(200, act(client, GREETER, "start"));
        assertEquals("2.0.0 active", greeter(client));
        assertEquals(400, act(client, GREETER, "explode"));
        // It is what the next start finds as well.
        assertEquals(greeter("2.0.0").length, Files.size(distribution.home().resolve("plugins/greeter.jar")));
    }

    private static String takenDown(ConsoleClient client, String name) throws IOException {
        return client.post("api/bundle", "{\"name\":\"" + name + "\",\"do\":\"stop\",\"dry\":true}")
                .text();
    }

    /** What the page itself stands on. */
    private static void page(ConsoleClient client, DistributionCopy distribution) throws IOException {
        // HTTP goes on without what takes over some of its connections.
        assertEquals("{\"takesDown\":[]}", takenDown(client, "io.nsqd.websocket"));
        assertEquals("{\"takesDown\":[\"io.nsqd.websocket\"]}", takenDown(client, "io.nsqd.tcp"));
        String dry = takenDown(client, "io.nsqd.core");
        for (String dependant : List.of("io.nsqd.tcp", "io.nsqd.http", "io.nsqd.console")) {
            assertTrue(dry.contains(dependant), dry);
        }
        byte[] http = Files.readAllBytes(Daemon.home().resolve("bundles/nsqd-http.jar"));
        assertEquals(
                "{\"ok\":true,\"pending\":true}",
                client.put("api/bundle?name=io.nsqd.http", http).text());
        awaitAudit(client, "update of io.nsqd.http", "ok");

        byte[] console = Files.readAllBytes(Daemon.home().resolve("optional/nsqd-console.jar"));
        String before = client.cookie();
        assertEquals(
                "{\"ok\":true,\"pending\":true}",
                client.put("api/bundle?name=io.nsqd.console", console).text());
        // Sessions are the old one's.
        await().atMost(PATIENCE)
                .ignoreExceptions()
                .until(() -> new ConsoleClient(client.port())
                                .cookie(before)
                                .get("api/session")
                                .status()
                        == 401);
        awaitLogin(client);
        awaitAudit(client, "update of io.nsqd.console", "ok");
        assertTrue(Files.isRegularFile(distribution.home().resolve("optional/nsqd-console.jar")));
    }
}
