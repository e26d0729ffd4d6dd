package io.nsqd.websocket;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import io.nsqd.console.Browser;
import io.nsqd.interop.Client;
import io.nsqd.interop.FreePorts;
import io.nsqd.interop.HttpApi;
import io.nsqd.launcher.Daemon;
import io.nsqd.launcher.DistributionCopy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A page of somebody else's, in a real browser, that publishes and consumes with {@code nsq.js}. */
@Tag("interop")
class BrowserMessagesIT {
    private static final int MESSAGES = 100_000;

    @TempDir
    Path directory;

    private final List<AutoCloseable> closeables = new ArrayList<>();
    private HttpServer site;
    private DistributionCopy copy;
    private Daemon daemon;
    private Browser browser;

    @BeforeEach
    void start() throws Exception {
        site = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        site.createContext("/", exchange -> {
            byte[] page = "<!doctype html><title>shop</title>".getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/html");
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
        });
        site.start();
        closeables.add(0, () -> site.stop(0));
        copy = new DistributionCopy(directory.resolve("home"));
        copy.addOptional("nsqd-websocket");
    }

    private String origin() {
        return "http://127.0.0.1:" + site.getAddress().getPort();
    }

    private void open(String... flags) throws Exception {
        daemon = Daemon.of(Files.createDirectory(directory.resolve("data")))
                .home(copy.home())
                .flags("--websocket", "--mem-queue-size=200000")
                .flags(flags)
                .start();
        closeables.add(0, daemon);
        browser = Browser.start(directory.resolve("browser"));
        closeables.add(0, browser);
        browser.navigate(origin() + "/");
        browser.awaitTrue("document.title === 'shop'");
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable closeable : closeables) {
            closeable.close();
        }
    }

    /** Has the page do something with {@code nsq}, and returns what comes of it. */
    private JsonNode run(String script) throws InterruptedException {
        return browser.evaluate("(async () => {" + script + "})()");
    }

    private String connected() {
        String address = "127.0.0.1:" + daemon.httpPort();
        return "window.module ??= await import('http://" + address + "/ws/nsq.js');"
                + "window.nsq ??= new module.Nsq('ws://" + address + "/ws', {maxBackoffMillis: 500});";
    }

    @Test
    void aPageConsumesAHundredThousandMessagesOnceEach() throws Exception {
        open("--websocket-origins=" + origin());
        HttpApi.of(daemon).createChannel("orders", "page");
        Client.publish(daemon.tcpPort(), "orders", "--count=" + MESSAGES);
        long begin = System.nanoTime();
        run(connected() + "window.seen = new Map(); window.failures = [];"
                + "window.subscription = nsq.subscribe('orders', 'page', (message) => {"
                + "  seen.set(message.id, (seen.get(message.id) ?? 0) + 1);"
                + "}, {maxInFlight: 2500});"
                + "subscription.addEventListener('error', (event) => failures.push(String(event.detail)));");
        browser.awaitTrue("window.seen && seen.size === " + MESSAGES);
        double seconds = (System.nanoTime() - begin) / 1e9;
        HttpApi.of(daemon).awaitAnswer("/stats?format=json&topic=orders", stats -> {
            JsonNode channel = stats.at("/topics/0/channels/0");
            return channel.get("depth").asInt() == 0
                    && channel.get("in_flight_count").asInt() == 0;
        });
        assertEquals(
                MESSAGES,
                run("return [...seen.values()].reduce((sum, one) => sum + one, 0)")
                        .asInt());
        assertEquals(0, run("return failures").size());
        System.out.printf("browser: %d messages in %.1f s, each once%n", MESSAGES, seconds);
    }

    @Test
    void whatFailsComesAgainAndWhatIsHeldBackComesLater() throws Exception {
        open("--websocket-origins=" + origin());
        run(connected() + "window.attempts = []; window.bodies = []; nsq.requeueMillis = 50;"
                + "window.subscription = nsq.subscribe('t', 'c', (message) => {"
                + "  bodies.push(message.text());"
                + "  if (message.text() === 'bad') {"
                + "    attempts.push(message.attempts);"
                + "    if (message.attempts < 3) throw new Error('not yet');"
                + "  }"
                + "});"
                + "await new Promise((resolve) => subscription.addEventListener('subscribed', resolve));"
                + "await nsq.publish('t', 'bad');"
                + "await nsq.publishDeferred('t', 'late', 300);"
                + "await nsq.publishAll('t', ['a', new Uint8Array([98]), {c: 1}]);");
        browser.awaitTrue("attempts.length === 3 && bodies.includes('late')");
        assertEquals(List.of(1, 2, 3), ints(run("return attempts")));
        assertTrue(run("return bodies.filter((body) => body !== 'bad' && body !== 'late')")
                .toString()
                .equals("[\"a\",\"b\",\"{\\\"c\\\":1}\"]"));
        assertEquals(
                "E_BAD_TOPIC",
                run("try { await nsq.publish('no\\nname', 'x'); } catch (error) { return error.code; }")
                        .asText());
        run("subscription.close()");
        HttpApi.of(daemon)
                .awaitAnswer(
                        "/stats?format=json&topic=t",
                        stats -> stats.at("/topics/0/channels/0/client_count").asInt() == 0);
    }

    private static List<Integer> ints(JsonNode array) {
        List<Integer> ints = new ArrayList<>();
        array.forEach(each -> ints.add(each.asInt()));
        return ints;
    }

    @Test
    void aSubscriptionComesBackAfterAnUpdateOfEachBundle() throws Exception {
        // They are chosen anew with the core otherwise.
        open(
                "--websocket-origins=" + origin(),
                "--tcp-address=127.0.0.1:" + FreePorts.next(),
                "--http-address=127.0.0.1:" + FreePorts.next());
        run(connected() + "window.bodies = new Set();"
                + "window.subscription = nsq.subscribe('t', 'c', (message) => { bodies.add(message.text()); });"
                + "await new Promise((resolve) => subscription.addEventListener('subscribed', resolve));");
        for (String bundle : List.of("nsqd-http", "nsqd-tcp", "nsqd-core")) {
            long before = started(bundle);
            copy.replace(bundle);
            await().atMost(Duration.ofSeconds(60)).until(() -> started(bundle) > before);
            // Whoever publishes tries again, as with every client.
            run("for (;;) { try { await nsq.publish('t', '" + bundle + "'); break; }"
                    + " catch (error) { await new Promise((resolve) => setTimeout(resolve, 100)); } }");
            browser.awaitTrue("bodies.has('" + bundle + "')");
        }
    }

    private long started(String bundle) {
        return daemon.log().stream()
                .filter(line -> line.contains("PLUGIN(" + bundle + ".jar): started"))
                .count();
    }

    @Test
    void aStrangersPageGetsNothing() throws Exception {
        open();
        JsonNode refused = run(connected() + "try { await nsq.publish('t', 'x'); return 'published'; }"
                + " catch (error) { return error.code; }");
        assertEquals("E_DISCONNECTED", refused.asText());
        assertEquals(
                "refused",
                run("try { const answer = await fetch('http://127.0.0.1:" + daemon.httpPort()
                                + "/sub?topic=t&channel=c'); return String(answer.status); } catch { return 'refused'; }")
                        .asText());
    }

    @Test
    void eventsReachAPage() throws Exception {
        open("--websocket-origins=" + origin());
        run("window.bodies = []; window.source = new EventSource('http://127.0.0.1:" + daemon.httpPort()
                + "/sub?topic=t&channel=c');"
                + "source.onmessage = (event) => bodies.push(JSON.parse(event.data).body);"
                + "await new Promise((resolve) => { source.onopen = resolve; });");
        post("one");
        browser.awaitTrue("bodies.length === 1");
        long before = started("nsqd-http");
        copy.replace("nsqd-http");
        await().atMost(Duration.ofSeconds(60)).until(() -> started("nsqd-http") > before);
        post("two");
        browser.awaitTrue("bodies.includes('two')");
    }

    private void post(String body) throws IOException, InterruptedException {
        HttpApi.of(daemon).post("/pub?topic=t", body);
    }
}
