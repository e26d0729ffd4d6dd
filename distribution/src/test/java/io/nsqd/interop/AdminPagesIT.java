package io.nsqd.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.console.Browser;
import io.nsqd.launcher.Daemon;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** nsqadmin's pages as a browser shows them. */
@Tag("interop")
class AdminPagesIT {
    @TempDir
    Path directory;

    private String admin;

    /** What stands on a page after its scripts have run, without the marks. */
    private String page(String path) throws IOException, InterruptedException {
        Path dom = directory.resolve("dom.html");
        Process chromium = new ProcessBuilder(Browser.command(
                        directory.resolve("browser"), "--virtual-time-budget=10000", "--dump-dom", admin + path))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .redirectOutput(dom.toFile())
                .start();
        assertTrue(chromium.waitFor(2, TimeUnit.MINUTES), path);
        assertEquals(0, chromium.exitValue(), path);
        return Files.readString(dom, StandardCharsets.UTF_8)
                .replaceAll("(?s)<script.*?</script>|<style.*?</style>", " ")
                .replaceAll("<[^>]*>", " ")
                .replaceAll("\\s+", " ");
    }

    private void assertShows(String path, String... texts) throws IOException, InterruptedException {
        String page = page(path);
        for (String text : texts) {
            assertTrue(page.contains(text), () -> text + " is not on " + path + ": " + page);
        }
    }

    @ParameterizedTest
    @Tag("T-50")
    @Tag("T-55")
    @ValueSource(booleans = {true, false})
    void everyPageShowsWhatThereIs(boolean withLookup) throws Exception {
        try (Program lookupd = Program.start("nsqlookupd", "--tcp-address=127.0.0.1:0", "--http-address=127.0.0.1:0");
                Daemon daemon = Daemon.of(Files.createDirectory(directory.resolve("data")))
                        .flags(
                                "--mem-queue-size=10",
                                "--broadcast-address=127.0.0.1",
                                "--lookupd-tcp-address=127.0.0.1:" + lookupd.port("TCP"))
                        .start();
                Program nsqadmin = Program.start(
                        "nsqadmin",
                        "--http-address=127.0.0.1:0",
                        withLookup
                                ? "--lookupd-http-address=127.0.0.1:" + lookupd.port("HTTP")
                                : "--nsqd-http-address=127.0.0.1:" + daemon.httpPort())) {
            admin = "http://127.0.0.1:" + nsqadmin.port("HTTP");
            HttpApi api = HttpApi.of(daemon);
            api.createChannel("orders", "billing");
            Client.publish(daemon.tcpPort(), "orders", "--count=25");
            HttpApi http = new HttpApi(nsqadmin.port("HTTP"));
            http.awaitAnswer("/api/topics", topics -> topics.path("topics").size() == 1);
            try (Client consumer = Client.consume(
                    daemon.tcpPort(),
                    "orders",
                    "billing",
                    "--hold=10m",
                    "--ready=3",
                    "--option=user_agent,interop/1")) {
                consumer.await(counts -> counts.get("received").asInt() == 3);
                String node = "127.0.0.1:" + daemon.httpPort();
                assertShows("/", "orders");
                // Depth, memory and disk, messages.
                assertShows("/topics/orders", "Topic: orders", "billing", node, "Empty Queue", "25");
                assertShows("/topics/orders/billing", "Channel: billing", "Pause Channel", "interop/1", node, "22");
                assertShows("/nodes", "127.0.0.1", Integer.toString(daemon.tcpPort()), "1.3.0");
                assertShows("/nodes/" + node, "25 Messages", "1 Clients", "orders", "billing", "interop/1");
                assertShows("/counter", "Messages");
            }
            assertEquals(0, daemon.stop());
        }
    }
}
