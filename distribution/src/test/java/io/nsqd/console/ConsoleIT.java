package io.nsqd.console;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.interop.Client;
import io.nsqd.interop.GoTools;
import io.nsqd.interop.HttpApi;
import io.nsqd.interop.Program;
import io.nsqd.launcher.Daemon;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each page and each action, by a user in a browser, while go-nsq publishes and consumes and a Go nsqd is the other node. */
@Tag("interop")
class ConsoleIT {
    private static final byte[] BINARY = {0, 1, (byte) 0xff, (byte) 0xfe, 'n', 's', 'q'};

    @TempDir
    Path directory;

    private final List<AutoCloseable> closeables = new ArrayList<>();
    private Daemon daemon;
    private HttpApi api;
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
        String lookup = "--lookupd-tcp-address=127.0.0.1:" + lookupd.port("TCP");
        Daemon other = closing(GoTools.nsqd(Files.createDirectory(directory.resolve("other")))
                .flags("--broadcast-address=127.0.0.1", lookup)
                .start());
        HttpApi.of(other).createChannel("far", "elsewhere");
        HttpApi.of(other).post("/pub?topic=orders", "far away");
        daemon = closing(Daemon.of(Files.createDirectory(directory.resolve("data")))
                .flags(
                        "--console",
                        "--broadcast-address=127.0.0.1",
                        "--e2e-processing-latency-percentile=0.5,0.99",
                        lookup)
                .start());
        api = HttpApi.of(daemon);
        api.createChannel("orders", "billing");
        api.createChannel("orders", "archive");
        closing(Client.produce(daemon.tcpPort(), "orders", "--more", "--pause=2ms"));
        closing(Client.consume(
                daemon.tcpPort(),
                "orders",
                "billing",
                "--count=3000000",
                "--ready=10",
                "--option=user_agent,<b>agent</b>"));
        browser = closing(Browser.start(directory.resolve("browser")));
        page = ConsolePage.open(browser, daemon.httpPort());
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable closeable : closeables) {
            closeable.close();
        }
    }

    private void publish(String topic, byte[] body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + daemon.httpPort() + "/pub?topic=" + topic))
                .POST(BodyPublishers.ofByteArray(body))
                .build();
        assertEquals(
                "OK",
                HttpClient.newHttpClient()
                        .send(request, BodyHandlers.ofString())
                        .body());
    }

    private void create(String button, String field, String name) throws InterruptedException {
        browser.press(button);
        browser.fill("textbox", field, name);
        browser.press("Create");
        page.awaitNotice(name);
    }

    /** Makes a topic with a channel, on their pages. */
    private void createLab() throws InterruptedException {
        page.go("Overview");
        create("Create topic", "Name of the topic", "lab");
        page.goToTopic("lab");
        create("Create channel", "Name of the channel", "bench");
        page.awaitRow("bench");
    }

    /** Publishes on the topic's page. */
    private void publishOnPage(String body, String seconds) throws InterruptedException {
        browser.press("Publish a message");
        browser.fill("textbox", "Body", body);
        browser.fill("spinbutton", "Hold back for, in seconds", seconds);
        page.answer("Publish", "was published to lab");
    }

    @Test
    void theOverviewShowsWhatGoesOnAndWhatIsWrong() throws Exception {
        page.awaitRow("orders");
        page.awaitRow("archive");
        page.awaitOtherFigure("Published", "0");
        page.awaitOtherFigure("Delivered", "0");
        page.awaitFigure("Health", "OK");
        page.awaitFigure("nsqlookupd", "1 of 1");
        // Nobody consumes it.
        browser.awaitTrue(
                "[...document.querySelectorAll('.problems li')].some((line) => line.innerText.includes('archive'))");
        browser.awaitTrue("document.querySelector('.grid .spark polyline')");

        api.createChannel("another", "one");
        page.awaitRow("another");
        browser.press("Topic and channel");
        browser.awaitTrue("document.querySelector('.grid tbody th a').textContent === 'another'");
        assertEquals(List.of("another", "one", "orders", "archive", "billing"), page.rows());
        browser.choose("Rows", "channels");
        browser.awaitTrue("document.querySelectorAll('.grid tbody tr').length === 3");
        browser.fill("searchbox", "Filter by name", "bill");
        browser.awaitTrue("document.querySelectorAll('.grid tbody tr').length === 1");
        browser.click("link", "orders / billing");
        page.awaitHeading("billing");

        // What clients say of themselves is text, whatever it looks like.
        page.awaitRow("<b>agent</b>");
        assertFalse(
                browser.evaluate("document.querySelector('main td b') !== null").asBoolean());
        page.awaitOtherFigure("Delivered", "0");
        browser.awaitText("From publish to FIN");
        browser.awaitTrue("document.querySelectorAll('.chart canvas').length === 2");
        page.assertQuiet();
    }

    @Test
    void messagesAreLookedAtAndDealtWith() throws Exception {
        createLab();
        publishOnPage("{\"order\":17,\"total\":12.50,\"note\":\"<img src=x onerror=alert(1)>\"}", "0");
        publishOnPage("for later", "600");
        publish("lab", BINARY);
        page.goToChannel("lab", "bench");
        page.awaitFigure("Depth", "2");
        page.awaitFigure("Deferred", "1");

        page.showMessages("Waiting");
        page.openMessage("\"order\":17");
        assertEquals(
                "{\n  \"order\": 17,\n  \"total\": 12.50,\n  \"note\": \"<img src=x onerror=alert(1)>\"\n}",
                page.body());
        assertTrue(new String(page.download(), StandardCharsets.UTF_8).startsWith("{\"order\":17,\"total\":12.50"));
        assertFalse(
                browser.evaluate("document.querySelector('main img') !== null").asBoolean());
        browser.press("Drop");
        page.awaitQuestion("will be lost for channel bench of topic lab");
        page.answer("Drop message", "is gone");
        api.awaitChannel("lab", "bench", figures -> figures.get("depth").asInt() == 1);

        page.showMessages("Waiting");
        page.openMessage("binary");
        assertTrue(page.body().contains("00 01 ff fe 6e 73 71"), page.body());
        assertArrayEquals(BINARY, page.download());

        page.showMessages("Deferred");
        page.openMessage("for later");
        browser.press("Requeue");
        page.awaitNotice("waits again");
        api.awaitChannel(
                "lab",
                "bench",
                figures -> figures.get("depth").asInt() == 2
                        && figures.get("deferred_count").asInt() == 0);

        try (Client holder = Client.consume(daemon.tcpPort(), "lab", "bench", "--hold=10m", "--ready=1")) {
            holder.await(counts -> counts.get("received").asInt() == 1);
            page.awaitFigure("In flight", "1");
            page.showMessages("In flight");
            browser.awaitTrue("document.querySelectorAll('.messages .line').length === 1");
        }
        page.assertQuiet();
    }

    @Test
    void deadLettersAreMovedBackAndChannelsAreRewound() throws Exception {
        createLab();
        page.go("Policies");
        browser.press("Add policy");
        browser.choose("Of", "topic");
        browser.fill("textbox", "Topic", "lab");
        browser.fill("textbox", "retain-time", "1h");
        page.answer("Save policy", "counts from now on");
        page.awaitRow("lab", "retain-time");

        page.goToChannel("lab", "bench");
        browser.press("Edit policy");
        browser.fill("textbox", "max-attempts", "none");
        browser.press("Save policy");
        browser.awaitTrue("document.querySelector('dialog [role=alert]')");
        browser.fill("textbox", "max-attempts", "2");
        browser.fill("textbox", "dead-letter-topic", "lab.dead");
        page.answer("Save policy", "counts from now on");
        page.awaitRow("max-attempts", "2", "rule lab:bench");
        api.createChannel("lab.dead", "look");

        publish("lab", "poison".getBytes(StandardCharsets.UTF_8));
        try (Client consumer = Client.consume(daemon.tcpPort(), "lab", "bench", "--attempts=9", "--ready=1")) {
            api.awaitChannel("lab.dead", "look", figures -> figures.get("depth").asInt() == 1);
            assertTrue(consumer.counts().get("requeued").asInt() >= 2);
        }
        page.showMessages("Dead letters");
        page.openMessage("poison");
        browser.awaitText("Failed in");
        browser.press("Move back");
        page.answer("Move messages", "1 message moved to lab");
        api.awaitEmpty("lab.dead", "look");
        page.awaitFigure("Depth", "1");

        browser.press("Empty channel");
        page.awaitQuestion("1 message of channel bench of topic lab will be lost");
        page.answer("Empty channel", "Channel bench is empty");
        page.awaitFigure("Depth", "0");
        browser.press("Rewind");
        browser.fill("textbox", "From", "beginning");
        page.answer("Rewind", "is being filled");
        page.awaitOtherFigure("Depth", "0");

        page.go("Policies");
        browser.press("Take back lab:bench");
        page.awaitQuestion("will be gone");
        page.answer("Take back policy", "is gone");
        page.assertQuiet();
    }

    @Test
    void topicsAndChannelsArePausedEmptiedAndDeleted() throws Exception {
        createLab();
        browser.press("Pause topic");
        browser.awaitTrue("document.querySelector('.page-title .badge')?.textContent === 'paused'");
        assertTrue(api.topic("lab").get("paused").asBoolean());
        publishOnPage("held", "0");
        page.awaitFigure("Depth", "1");
        browser.press("Empty topic");
        page.awaitQuestion("1 message waiting in topic lab itself will be lost");
        page.answer("Empty topic", "Topic lab is empty");
        page.awaitFigure("Depth", "0");
        browser.press("Unpause topic");
        page.awaitNotice("Topic lab goes on");
        publishOnPage("lost soon", "0");

        page.goToChannel("lab", "bench");
        page.awaitFigure("Depth", "1");
        browser.press("Pause channel");
        page.awaitNotice("Channel bench is paused");
        assertTrue(api.channel("lab", "bench").get("paused").asBoolean());
        browser.press("Unpause channel");
        page.awaitNotice("Channel bench goes on");
        browser.press("Delete channel");
        page.awaitQuestion("1 message of channel bench of topic lab will be lost");
        page.answer("Delete channel", "Channel bench is gone");
        page.awaitHeading("lab");
        page.awaitFigure("Channels", "0");

        for (int i = 0; i < 3; i++) {
            publish("lab", BINARY);
        }
        page.awaitFigure("Depth", "3");
        browser.press("Delete topic");
        page.awaitQuestion("3 messages and 0 channels of topic lab will be lost");
        page.answer("Delete topic", "Topic lab is gone");
        page.awaitHeading("Overview");
        assertTrue(api.topic("lab").isMissingNode());

        page.go("Audit");
        page.awaitRow("topic.create", "lab", "127.0.0.1");
        page.awaitRow("channel.pause", "lab", "bench");
        page.awaitRow("topic.delete", "lab");
        page.assertQuiet();
    }

    @Test
    void nodeBundlesAndClusterAreShown() throws Exception {
        page.go("Node");
        browser.awaitText("Heap");
        browser.awaitText("The daemon has no certificates");
        browser.awaitTrue("document.querySelector('[aria-label=\"Pauses of the JVM\"] tbody tr')");
        browser.fill("searchbox", "Filter options", "mem-queue");
        page.awaitRow("mem-queue-size", "10000");
        browser.press("Change log level");
        browser.choose("Level", "debug");
        page.answer("Change level", "The log level is debug now");
        browser.awaitText("Log level: debug");
        browser.fill("searchbox", "Filter options", "lookupd");
        browser.press("Change lookupd-tcp-address");
        String value = browser.evaluate("document.getElementById('option-value').value")
                .asText();
        browser.fill("textbox", "Value", value + "\n127.0.0.1:1");
        page.answer("Change option", "lookupd-tcp-address is");
        page.go("Overview");
        browser.awaitText("nsqlookupd 127.0.0.1:1 is not connected");
        page.awaitFigure("nsqlookupd", "1 of 2");

        page.go("Bundles");
        page.awaitRow("io.nsqd.core", "active", "Nsqd");
        page.awaitRow("io.nsqd.console", "active");
        // Nobody has said who this is.
        assertFalse(browser.has("button", "Stop io.nsqd.core"));

        page.go("Cluster");
        page.awaitRow(Integer.toString(daemon.httpPort()), "healthy");
        browser.awaitText("2 nodes");
        page.awaitRow("orders", "2");
        page.awaitRow("elsewhere", "1");
        browser.press("Apart");
        browser.awaitTrue("document.querySelectorAll('h2').length === 3");

        page.go("Audit");
        page.awaitRow("log.level", "debug");
        page.assertQuiet();
    }
}
