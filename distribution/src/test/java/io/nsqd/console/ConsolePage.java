package io.nsqd.console;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** The console as somebody uses it: goes to pages, reads figures, answers dialogs. */
final class ConsolePage {
    private final Browser browser;

    ConsolePage(Browser browser) {
        this.browser = browser;
    }

    /** Opens the console of a daemon, which asks nobody who he is, and waits until it is live. */
    static ConsolePage open(Browser browser, int httpPort) throws InterruptedException {
        ConsolePage page = new ConsolePage(browser);
        page.load(httpPort);
        page.awaitLive();
        return page;
    }

    /** Loads the page of a daemon. */
    void load(int httpPort) throws InterruptedException {
        browser.navigate("http://127.0.0.1:" + httpPort + "/console/");
    }

    /** Waits until the figures come by themselves. */
    void awaitLive() throws InterruptedException {
        browser.awaitTrue("document.querySelector('.connection')?.textContent === 'Live'");
    }

    /** Goes to a page by the navigation. */
    void go(String title) throws InterruptedException {
        browser.click("link", title);
        awaitHeading(title);
    }

    /** Goes to a topic by its address. */
    void goToTopic(String topic) throws InterruptedException {
        goTo("#/topic/" + topic, topic);
    }

    /** Goes to a channel by its address. */
    void goToChannel(String topic, String channel) throws InterruptedException {
        goTo("#/topic/" + topic + "/channel/" + channel, channel);
    }

    /** Goes to an address within the console. */
    void goTo(String address, String heading) throws InterruptedException {
        browser.evaluate("location.hash = " + Browser.quoted(address));
        awaitHeading(heading);
    }

    void awaitHeading(String heading) throws InterruptedException {
        browser.awaitTrue("document.querySelector('h1')?.textContent === " + Browser.quoted(heading)
                + " && !document.body.innerText.includes('Loading…')");
    }

    /** What a figure at the top of the page says. */
    String figure(String name) throws InterruptedException {
        return browser.evaluate(tile(name)).asText();
    }

    /** Waits until a figure says this. */
    void awaitFigure(String name, String value) throws InterruptedException {
        browser.awaitTrue(tile(name) + " === " + Browser.quoted(value));
    }

    /** Waits until a figure says something else. */
    void awaitOtherFigure(String name, String value) throws InterruptedException {
        browser.awaitTrue("![undefined, " + Browser.quoted(value) + "].includes(" + tile(name) + ")");
    }

    private static String tile(String name) {
        return "[...document.querySelectorAll('.tile')].find((tile) => tile.querySelector('dt').textContent === "
                + Browser.quoted(name) + ")?.querySelector('.figure').textContent";
    }

    /** Waits for a row of a table in which each of these texts stands. */
    void awaitRow(String... texts) throws InterruptedException {
        JsonNode wanted = DevTools.JSON.valueToTree(List.of(texts));
        browser.awaitTrue("[...document.querySelectorAll('tbody tr')].some((row) => " + wanted
                + ".every((text) => row.innerText.includes(text)))");
    }

    /** The names in the rows of the overview, from the top. */
    List<String> rows() throws InterruptedException {
        JsonNode names =
                browser.evaluate("[...document.querySelectorAll('.grid tbody th a')].map((link) => link.textContent)");
        return DevTools.JSON.convertValue(
                names, DevTools.JSON.getTypeFactory().constructCollectionType(List.class, String.class));
    }

    /** Waits until a dialog is open that says this. */
    void awaitQuestion(String text) throws InterruptedException {
        browser.awaitTrue("document.querySelector('dialog[open]')?.innerText.includes(" + Browser.quoted(text) + ")");
    }

    /** Answers the open dialog, and waits until it has gone and what was done is told. */
    void answer(String button, String notice) throws InterruptedException {
        browser.press(button);
        browser.awaitTrue("!document.querySelector('dialog[open]')");
        awaitNotice(notice);
    }

    void awaitNotice(String notice) throws InterruptedException {
        browser.awaitTrue("document.querySelector('.notices').innerText.includes(" + Browser.quoted(notice) + ")");
    }

    /** Chooses which messages of a channel are shown, and looks at them anew. */
    void showMessages(String state) throws InterruptedException {
        browser.evaluate("[...document.querySelectorAll('[role=tab]')].find((tab) => tab.textContent.startsWith("
                + Browser.quoted(state) + ")).click()");
        browser.press("Look again");
    }

    /** Opens the message whose line has this text, and waits until its body is there. */
    void openMessage(String text) throws InterruptedException {
        String line = "[...document.querySelectorAll('.messages .line')].find((line) => line.innerText.includes("
                + Browser.quoted(text) + "))";
        browser.awaitTrue(line);
        browser.evaluate(line + ".click()");
        browser.awaitTrue("document.querySelector('.messages pre')");
    }

    /** The body that is shown. */
    String body() throws InterruptedException {
        return browser.evaluate("document.querySelector('.messages pre').textContent")
                .asText();
    }

    /** All of the message that is shown, as its download brings it. */
    byte[] download() throws InterruptedException {
        return browser.download(browser.evaluate("document.querySelector('.messages a[download]').href")
                .asText());
    }

    /** No script failed, and nothing was refused to the page. */
    void assertQuiet() {
        assertEquals(List.of(), browser.complaints());
    }
}
