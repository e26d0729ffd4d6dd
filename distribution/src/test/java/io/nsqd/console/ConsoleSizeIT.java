package io.nsqd.console;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.interop.HttpApi;
import io.nsqd.launcher.Daemon;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A daemon with 5,000 topics, of which some hundred change each second: the page is there at once, and stays smooth. */
@Tag("interop")
class ConsoleSizeIT {
    private static final int TOPICS = 5000;

    private static final int BUSY = 300;

    /** Between two messages. */
    private static final long PAUSE_NANOS = 2_000_000;

    /** What a user takes for at once, and for smooth, on a machine that does nothing else; and how many times that a busy one may take. */
    private static final double FIRST_PAINT_MILLIS = 1000;

    private static final double UPDATE_MILLIS = 50;

    private static final int BUSY_TIMES = 5;

    private static final int UPDATES = 10;

    private static final int VISITS = 5;

    @TempDir
    Path directory;

    private static String name(int i) {
        return String.format(Locale.ROOT, "topic-%04d", i);
    }

    /** As a clean stop leaves them. */
    private static String metadata() {
        return IntStream.range(0, TOPICS)
                .mapToObj(i -> "{\"name\":\"" + name(i)
                        + "\",\"paused\":false,\"channels\":[{\"name\":\"main\",\"paused\":false}]}")
                .collect(Collectors.joining(",", "{\"version\":\"1.3.0\",\"topics\":[", "]}"));
    }

    private static void publish(HttpApi api, AtomicBoolean ended) {
        for (int i = 0; !ended.get(); i++) {
            try {
                api.post("/pub?topic=" + name(i % BUSY), "x");
                LockSupport.parkNanos(PAUSE_NANOS);
            } catch (Exception e) {
                throw new AssertionError("a publish failed", e);
            }
        }
    }

    @Test
    void thePageIsThereAtOnceAndStaysSmooth() throws Exception {
        Path data = Files.createDirectory(directory.resolve("data"));
        Files.writeString(data.resolve("nsqd.dat"), metadata());
        AtomicBoolean ended = new AtomicBoolean();
        try (Daemon daemon = Daemon.of(data).flags("--console").start();
                Browser browser = Browser.start(directory.resolve("browser"))) {
            Thread publisher = new Thread(() -> publish(HttpApi.of(daemon), ended), "publisher");
            publisher.start();
            // The first visit has the daemon compile what answers, and the browser what it shows.
            ConsolePage page = ConsolePage.open(browser, daemon.httpPort());
            browser.before("new MutationObserver((changes, observer) => {"
                    + " if (document.querySelector('.grid tbody tr')) {"
                    + " observer.disconnect();"
                    + " requestAnimationFrame(() => setTimeout(() => { globalThis.rowsPainted = performance.now(); }));"
                    + " } }).observe(document, { childList: true, subtree: true });");
            List<Double> paints = new ArrayList<>();
            for (int i = 0; i < VISITS; i++) {
                browser.navigate("about:blank");
                page.load(daemon.httpPort());
                browser.awaitTrue("globalThis.rowsPainted");
                paints.add(browser.evaluate("globalThis.rowsPainted").asDouble());
            }
            // What the page takes, and not what else the machine does.
            double painted = Collections.min(paints);
            browser.awaitText("10,000 of 10,000");
            assertTrue(
                    browser.evaluate("document.querySelectorAll('.grid tbody tr').length")
                                    .asInt()
                            < 80,
                    "only what is seen is there");

            double perUpdate = scriptPerUpdate(browser);
            System.out.printf(
                    Locale.ROOT,
                    "%d topics: the first rows are painted %.0f ms after a visit begins, at best of %s; an update takes %.1f ms of script%n",
                    TOPICS,
                    painted,
                    paints.stream().map(Math::round).toList(),
                    perUpdate);
            assertTrue(painted < FIRST_PAINT_MILLIS * BUSY_TIMES, "first rows after " + painted + " ms");
            assertTrue(perUpdate < UPDATE_MILLIS * BUSY_TIMES, perUpdate + " ms of script for an update");

            browser.evaluate("document.querySelector('.grid').scrollTop = 1e9");
            page.awaitRow("main");
            browser.press("Topic and channel");
            page.awaitRow(name(0));
            browser.evaluate("document.querySelector('.grid').scrollTop = 1e9");
            page.awaitRow(name(TOPICS - 1));
            browser.fill("searchbox", "Filter by name", "4321");
            browser.awaitText("2 of 10,000");
            page.awaitRow(name(4321));
            ended.set(true);
            publisher.join();
            page.assertQuiet();
        }
    }

    /** The milliseconds of script that an update takes on average. */
    private static double scriptPerUpdate(Browser browser) throws InterruptedException {
        String updates = "nsqdConsole.live.value.updates";
        int first = browser.evaluate(updates).asInt() + 1;
        browser.awaitTrue(updates + " >= " + first);
        double before = browser.metrics().get("ScriptDuration");
        browser.awaitTrue(updates + " >= " + (first + UPDATES));
        return (browser.metrics().get("ScriptDuration") - before) * 1000 / UPDATES;
    }
}
