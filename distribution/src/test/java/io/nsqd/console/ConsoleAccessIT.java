package io.nsqd.console;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.interop.Client;
import io.nsqd.interop.HttpApi;
import io.nsqd.interop.NodeModules;
import io.nsqd.interop.Program;
import io.nsqd.launcher.Daemon;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** The console for those who see little or nothing, use no mouse, or have a narrow screen. */
@Tag("interop")
class ConsoleAccessIT {
    /** Addresses of all pages, and the headings there. */
    private static final Map<String, String> PAGES = Map.of(
            "#/", "Overview",
            "#/topic/orders", "orders",
            "#/topic/orders/channel/billing", "billing",
            "#/node", "Node",
            "#/policies", "Policies",
            "#/bundles", "Bundles",
            "#/cluster", "Cluster",
            "#/audit", "Audit");

    @TempDir
    Path directory;

    private final List<AutoCloseable> closeables = new ArrayList<>();
    private Browser browser;
    private ConsolePage page;

    private <T extends AutoCloseable> T closing(T closeable) {
        closeables.add(0, closeable);
        return closeable;
    }

    @BeforeEach
    void start() throws Exception {
        Program lookupd = closing(Program.start(
                "nsqlookupd",
                "--tcp-address=127.0.0.1:0",
                "--http-address=127.0.0.1:0",
                "--broadcast-address=127.0.0.1"));
        Daemon daemon = closing(Daemon.of(Files.createDirectory(directory.resolve("data")))
                .flags(
                        "--console",
                        "--broadcast-address=127.0.0.1",
                        "--e2e-processing-latency-percentile=0.5,0.99",
                        "--lookupd-tcp-address=127.0.0.1:" + lookupd.port("TCP"))
                .start());
        HttpApi api = HttpApi.of(daemon);
        api.createChannel("orders", "billing");
        api.createChannel("orders", "archive");
        api.post("/channel/policy?topic=orders&channel=*", "{\"max-attempts\":5}");
        api.post("/channel/pause?topic=orders&channel=archive", "");
        Client.publish(daemon.tcpPort(), "orders", "--count=100");
        closing(Client.consume(daemon.tcpPort(), "orders", "billing", "--hold=10m", "--ready=3"));
        api.awaitChannel(
                "orders", "billing", figures -> figures.get("in_flight_count").asInt() == 3);
        browser = closing(Browser.start(directory.resolve("browser")));
        page = ConsolePage.open(browser, daemon.httpPort());
        page.awaitRow("billing");
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable closeable : closeables) {
            closeable.close();
        }
    }

    @Test
    void eachPageKeepsTheRulesInLightAndDark() throws Exception {
        Path axe = NodeModules.install("axe").resolve("axe-core/axe.min.js");
        List<Executable> found = new ArrayList<>();
        for (String colours : List.of("light", "dark")) {
            browser.look(colours, 1200);
            browser.awaitTrue("document.documentElement.dataset.theme === '" + colours + "'");
            for (Map.Entry<String, String> entry : PAGES.entrySet()) {
                page.goTo(entry.getKey(), entry.getValue());
                if (entry.getValue().equals("billing")) {
                    browser.awaitTrue("document.querySelector('.messages .line')");
                    browser.evaluate("document.querySelector('.messages .line').click()");
                    browser.awaitTrue("document.querySelector('.messages pre')");
                }
                List<String> violations = browser.violations(axe);
                found.add(() -> assertEquals(List.of(), violations, entry.getKey() + ", " + colours));
            }
            page.goToTopic("orders");
            browser.press("Delete topic");
            List<String> asking = browser.violations(axe);
            found.add(() -> assertEquals(List.of(), asking, "a question, " + colours));
            browser.press("Cancel");
            page.go("Policies");
            browser.press("Add policy");
            List<String> form = browser.violations(axe);
            found.add(() -> assertEquals(List.of(), form, "a form, " + colours));
            browser.press("Cancel");
        }
        assertAll(found);
        page.assertQuiet();
    }

    private String focused() throws InterruptedException {
        return browser.evaluate("document.activeElement.textContent").asText();
    }

    /** Presses Tab until something has the focus. */
    private void tabTo(String text) throws InterruptedException {
        for (int i = 0; i < 60 && !focused().equals(text); i++) {
            browser.key("Tab");
        }
        assertEquals(text, focused());
    }

    @Test
    void itIsUsedWithoutAMouse() throws Exception {
        // A page that has just been shown has the focus on its heading, which is where reading begins.
        page.goTo("#/topic/orders", "orders");
        assertEquals("orders", focused());
        tabTo("Delete topic");
        browser.key("Enter");
        page.awaitQuestion("and 2 channels of topic orders will be lost");
        assertEquals("Cancel", focused());
        browser.key("Escape");
        browser.awaitTrue("!document.querySelector('dialog')");
        assertEquals("Delete topic", focused());

        page.goTo("#/topic/orders/channel/billing", "billing");
        tabTo("Pause channel");
        browser.key("Enter");
        page.awaitNotice("Channel billing is paused");
        browser.evaluate("document.querySelector('.brand a').focus()");
        tabTo("Audit");
        browser.key("Enter");
        page.awaitHeading("Audit");
        page.awaitRow("channel.pause");
        page.assertQuiet();
    }

    @Test
    void nothingIsCutOffOnANarrowScreen() throws Exception {
        browser.look("light", 360);
        for (Map.Entry<String, String> entry : PAGES.entrySet()) {
            page.goTo(entry.getKey(), entry.getValue());
            assertTrue(
                    browser.evaluate("document.documentElement.scrollWidth <= innerWidth")
                            .asBoolean(),
                    entry.getKey());
        }
        page.assertQuiet();
    }

    @Test
    void theColoursThatAUserChoosesStay() throws Exception {
        browser.choose("Colours", "dark");
        browser.awaitTrue("document.documentElement.dataset.theme === 'dark'");
        browser.evaluate("location.reload()");
        browser.awaitTrue("globalThis.nsqdConsole === undefined || document.readyState === 'complete'");
        page.awaitLive();
        browser.awaitTrue("document.documentElement.dataset.theme === 'dark'");
        page.assertQuiet();
    }
}
