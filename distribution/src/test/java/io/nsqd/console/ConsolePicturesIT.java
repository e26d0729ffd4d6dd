package io.nsqd.console;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.interop.Client;
import io.nsqd.interop.GoTools;
import io.nsqd.interop.HttpApi;
import io.nsqd.interop.Program;
import io.nsqd.launcher.Daemon;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Takes the pictures of the documentation, {@code target/console/*.png}: a daemon that has been busy for more than a minute, with a channel
 * that grows as nobody consumes it. Who changes the pages copies them to {@code docs/images}.
 */
@Tag("interop")
class ConsolePicturesIT {
    private static final Path PICTURES = Daemon.home().resolveSibling("console");

    /** Of a picture, in bytes. */
    private static final long MOST = 60_000;

    private static final long PAUSE_NANOS = 20_000_000;

    @TempDir
    Path directory;

    private final List<AutoCloseable> closeables = new ArrayList<>();
    private volatile boolean ended;
    private Daemon daemon;
    private Browser browser;

    private <T extends AutoCloseable> T closing(T closeable) {
        closeables.add(0, closeable);
        return closeable;
    }

    @AfterEach
    void stop() throws Exception {
        ended = true;
        for (AutoCloseable closeable : closeables) {
            closeable.close();
        }
    }

    private void produce(String topic, String pause) throws Exception {
        closing(Client.produce(daemon.tcpPort(), topic, "--more", "--pause=" + pause, "--size=200"));
    }

    private void consume(String topic, String channel, String... flags) throws Exception {
        List<String> all = new ArrayList<>(List.of("--count=3000000", "--ready=20"));
        all.addAll(List.of(flags));
        closing(Client.consume(daemon.tcpPort(), topic, channel, all.toArray(String[]::new)));
    }

    private void pay(HttpApi api) {
        for (int i = 1; !ended; i++) {
            String body = String.format(
                    Locale.ROOT,
                    "{\"payment\":%d,\"customer\":\"c-%04d\",\"amount\":%d.50,\"currency\":\"EUR\",\"items\":[{\"sku\":\"A-%d\",\"count\":2}]}",
                    100_000 + i,
                    i * 7919 % 10_000,
                    i * 31 % 500,
                    i % 90);
            try {
                api.post("/pub?topic=payments", body);
            } catch (Exception e) {
                if (!ended) {
                    throw new AssertionError("a publish failed", e);
                }
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private void shoot(String name) throws Exception {
        Path file = PICTURES.resolve("console-" + name + ".png");
        browser.screenshot(file);
        assertTrue(Files.size(file) <= MOST, file + " has " + Files.size(file) + " bytes");
    }

    @Test
    void picturesAreTaken() throws Exception {
        Program lookupd = closing(Program.start(
                "nsqlookupd",
                "--tcp-address=127.0.0.1:0",
                "--http-address=127.0.0.1:0",
                "--broadcast-address=127.0.0.1"));
        String lookup = "--lookupd-tcp-address=127.0.0.1:" + lookupd.port("TCP");
        closing(GoTools.nsqd(Files.createDirectory(directory.resolve("other")))
                .flags("--broadcast-address=127.0.0.1", lookup)
                .start());
        daemon = closing(Daemon.of(Files.createDirectory(directory.resolve("data")))
                .flags(
                        "--console",
                        "--broadcast-address=127.0.0.1",
                        "--e2e-processing-latency-percentile=0.5,0.95,0.99",
                        lookup)
                .start());
        HttpApi api = HttpApi.of(daemon);
        for (String channel : List.of("ledger", "fraud-check", "archive")) {
            api.createChannel("payments", channel);
        }
        api.createChannel("orders", "billing");
        api.createChannel("orders", "shipping");
        api.createChannel("emails", "smtp");
        api.createChannel("images.resize", "workers");
        api.createChannel("clicks", "statistics");
        api.createChannel("search.index", "indexer");
        api.post("/channel/pause?topic=emails&channel=smtp", "");
        api.post("/channel/policy?topic=payments&channel=*", "{\"max-attempts\":5,\"retry-delay\":\"1s\"}");
        produce("orders", "10ms");
        produce("clicks", "2ms");
        produce("images.resize", "30ms");
        produce("emails", "300ms");
        produce("search.index", "25ms");
        consume("orders", "billing");
        consume("orders", "shipping");
        consume("clicks", "statistics", "--ready=50");
        consume("search.index", "indexer", "--attempts=2", "--delay=5s");
        consume("payments", "ledger", "--hold=200ms");
        consume("payments", "fraud-check", "--hold=100ms");
        Thread payer = new Thread(() -> pay(api), "payer");
        payer.start();
        closing(payer::join);

        browser = closing(Browser.start(directory.resolve("browser")));
        ConsolePage page = ConsolePage.open(browser, daemon.httpPort());
        // The daemon looks at its channels every ten seconds, and says that one grows after a minute.
        await().atMost(Duration.ofMinutes(4))
                .until(() -> browser.evaluate("document.querySelector('.problems').innerText.includes('images.resize')")
                        .asBoolean());
        shoot("overview");
        page.go("Bundles");
        shoot("bundles");
        page.go("Cluster");
        shoot("cluster");
        browser.look("dark", 1200);
        browser.awaitTrue("document.documentElement.dataset.theme === 'dark'");
        page.goToChannel("payments", "ledger");
        page.showMessages("In flight");
        page.openMessage("payment");
        browser.awaitTrue("document.querySelectorAll('.chart canvas').length === 2");
        shoot("channel");
        page.assertQuiet();
    }
}
