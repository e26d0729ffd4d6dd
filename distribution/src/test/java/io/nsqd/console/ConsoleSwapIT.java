package io.nsqd.console;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.interop.Client;
import io.nsqd.interop.FreePorts;
import io.nsqd.interop.HttpApi;
import io.nsqd.launcher.Daemon;
import io.nsqd.launcher.DistributionCopy;
import io.nsqd.tcp.AuthServer;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bundles below an open page are replaced while go-nsq publishes: the page goes on without being loaded anew. */
@Tag("interop")
class ConsoleSwapIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /** May do all. */
    private static final String BOSS = "boss";

    /** May look, and subscribe to one topic. */
    private static final String READER = "reader";

    /** What would go down is known. */
    private static final String READY_TO_CONFIRM =
            "document.querySelector('dialog [type=button] + button:not(:disabled)')";

    @TempDir
    Path directory;

    private final List<AutoCloseable> closeables = new ArrayList<>();
    private DistributionCopy copy;
    private Path consoleJar;
    private Browser browser;

    private <T extends AutoCloseable> T closing(T closeable) {
        closeables.add(0, closeable);
        return closeable;
    }

    @BeforeEach
    void copyDistribution() throws Exception {
        copy = new DistributionCopy(directory.resolve("home"));
        consoleJar = copy.addOptional("nsqd-console");
        browser = closing(Browser.start(directory.resolve("browser")));
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable closeable : closeables) {
            closeable.close();
        }
    }

    /** The ports stay the same over a swap: they are chosen once. */
    private Daemon daemon(String... flags) throws IOException {
        return closing(Daemon.of(Files.createDirectory(directory.resolve("data")))
                .home(copy.home())
                .flags(
                        "--tcp-address=127.0.0.1:" + FreePorts.next(),
                        "--http-address=127.0.0.1:" + FreePorts.next(),
                        "--console")
                .flags(flags)
                .start());
    }

    private static int told(Daemon daemon, String text) {
        return (int) daemon.log().stream().filter(line -> line.contains(text)).count();
    }

    /** Replaces the file of a bundle, and waits until the new one runs. */
    private void replace(Daemon daemon, String name) throws IOException {
        String started = "PLUGIN(" + name + ".jar): started";
        int before = told(daemon, started);
        copy.replace(name);
        await().atMost(PATIENCE).until(() -> told(daemon, started) > before);
    }

    /** Waits until figures come again, and are newer than those of before. */
    private void awaitUpdates() throws InterruptedException {
        int before = browser.evaluate("nsqdConsole.live.value.updates").asInt();
        browser.awaitTrue("nsqdConsole.live.value.updates > " + (before + 1));
    }

    private void awaitLogin() throws InterruptedException {
        browser.awaitTrue("document.querySelector('h1')?.textContent === 'Log in'");
    }

    private void logIn(String secret) throws InterruptedException {
        awaitLogin();
        browser.fill("textbox", "Secret", secret);
        browser.press("Log in");
    }

    private void assertNotReloaded() throws InterruptedException {
        assertTrue(browser.evaluate("globalThis.sameDocument === true").asBoolean(), "the page was loaded anew");
    }

    @Test
    void thePageGoesOnOverUpdatesOfWhatIsBelowIt() throws Exception {
        Daemon daemon = daemon();
        closing(Client.produce(daemon.tcpPort(), "orders", "--more", "--pause=2ms"));
        ConsolePage page = ConsolePage.open(browser, daemon.httpPort());
        page.awaitRow("orders");
        browser.evaluate("globalThis.sameDocument = true");
        for (String name : List.of("nsqd-http", "nsqd-core", "nsqd-tcp", "nsqd-http")) {
            replace(daemon, name);
            page.awaitLive();
            awaitUpdates();
            page.awaitOtherFigure("Published", "0");
            assertNotReloaded();
        }
        // What it does counts, too: the token is another one by now.
        browser.press("Create topic");
        browser.fill("textbox", "Name of the topic", "after");
        page.answer("Create", "Topic after is there");
        page.awaitRow("after");
        page.assertQuiet();
        assertEquals(0, daemon.stop());
    }

    @Test
    void bundlesAreStoppedStartedAndUpdatedByWhoMay() throws Exception {
        AuthServer server = closing(new AuthServer());
        server.permits(BOSS, 3600, ".*", ".*", "publish\",\"subscribe");
        Daemon daemon = daemon("--console-bundles", "--auth-http-address=" + server.address());
        closing(Client.produce(daemon.tcpPort(), "orders", "--more", "--pause=2ms", "--option=auth_secret," + BOSS));
        ConsolePage page = new ConsolePage(browser);
        page.load(daemon.httpPort());
        logIn("nobody-knows");
        browser.awaitTrue("document.querySelector('[role=alert]')");
        logIn(BOSS);
        page.awaitLive();
        page.awaitRow("orders");
        browser.evaluate("globalThis.sameDocument = true");

        page.go("Bundles");
        browser.press("Stop io.nsqd.metrics");
        browser.awaitTrue(READY_TO_CONFIRM);
        page.answer("Stop bundle", "io.nsqd.metrics is stopped");
        browser.awaitTrue("document.querySelector('[aria-label=\"Start io.nsqd.metrics\"]')");
        browser.press("Start io.nsqd.metrics");
        browser.awaitTrue(READY_TO_CONFIRM);
        page.answer("Start bundle", "io.nsqd.metrics is started");
        browser.awaitTrue("document.querySelector('[aria-label=\"Stop io.nsqd.metrics\"]')");

        // What the core takes down is said before.
        browser.press("Stop io.nsqd.core");
        page.awaitQuestion("io.nsqd.tcp");
        browser.press("Cancel");

        Path other = copy.home().resolve("bundles/nsqd-statsd.jar");
        browser.press("Update io.nsqd.console");
        browser.awaitTrue("document.querySelector('input[type=file]')");
        browser.upload(other);
        browser.awaitTrue(READY_TO_CONFIRM);
        browser.press("Update bundle");
        browser.awaitTrue("document.querySelector('dialog [role=alert]')");
        browser.upload(changed());
        browser.awaitTrue(READY_TO_CONFIRM);
        browser.press("Update bundle");
        // It forgets who was logged in.
        logIn(BOSS);
        page.awaitLive();
        assertNotReloaded();
        awaitUpdates();
        browser.awaitText("The console has been updated.");
        browser.press("Reload");
        browser.awaitTrue("globalThis.sameDocument === undefined");
        page.awaitLive();
        browser.press("Log out");
        awaitLogin();
        page.assertQuiet();
    }

    /** The console's jar, with a style sheet that says the same in other bytes. */
    private Path changed() throws IOException {
        Path jar = Files.copy(consoleJar, directory.resolve("changed.jar"));
        try (FileSystem files = FileSystems.newFileSystem(jar)) {
            Files.writeString(
                    files.getPath("io/nsqd/console/web/style.css"), "/* changed */\n", StandardOpenOption.APPEND);
        }
        return jar;
    }

    @Test
    void whoMayOnlyLookIsNotOfferedMore() throws Exception {
        AuthServer server = closing(new AuthServer());
        server.permits(READER, 3600, "^orders$", ".*", "subscribe");
        server.permits(BOSS, 3600, ".*", ".*", "publish\",\"subscribe");
        Daemon daemon = daemon("--console-bundles", "--auth-http-address=" + server.address());
        closing(Client.produce(daemon.tcpPort(), "orders", "--more", "--pause=2ms", "--option=auth_secret," + BOSS));
        ConsolePage page = new ConsolePage(browser);
        page.load(daemon.httpPort());
        HttpApi.of(daemon).createChannel("orders", "billing");
        logIn(READER);
        page.awaitLive();
        page.awaitRow("orders");
        browser.awaitText("Limited rights");
        assertFalse(browser.has("button", "Create topic"));
        page.goToTopic("orders");
        for (String action :
                List.of("Publish a message", "Pause topic", "Empty topic", "Delete topic", "Edit policy")) {
            assertFalse(browser.has("button", action), action);
        }
        page.go("Node");
        assertFalse(browser.has("button", "Change log level"));
        page.go("Bundles");
        assertFalse(browser.has("button", "Stop io.nsqd.core"));
        page.assertQuiet();
    }
}
