package io.nsqd.console;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A headless Chromium with one page. Elements are found as users of a screen reader find them, by role and accessible name, clicked with
 * the mouse where they are, and filled by typing. Closing it ends it.
 */
public final class Browser implements AutoCloseable {
    /** Far more than anything takes even on a busy machine; only what never comes gets there. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final int HEIGHT = 900;

    private final Process process;
    private final DevTools page;

    private Browser(Process process, DevTools page) {
        this.process = process;
        this.page = page;
    }

    /** What starts a Chromium that nobody sees, and that asks nobody for anything by itself. */
    public static List<String> command(Path profile, String... more) {
        List<String> command = new ArrayList<>(List.of(
                "chromium",
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--user-data-dir=" + profile));
        command.addAll(List.of(more));
        return command;
    }

    /** Starts one whose files lie in a directory. */
    public static Browser start(Path profile) throws IOException, InterruptedException {
        Process chromium = new ProcessBuilder(
                        command(profile, "--hide-scrollbars", "--remote-debugging-port=0", "about:blank"))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        Path port = profile.resolve("DevToolsActivePort");
        await("chromium")
                .atMost(PATIENCE)
                .until(() -> Files.exists(port) && Files.readString(port).contains("\n"));
        DevTools page = new DevTools(address(Files.readAllLines(port).get(0)));
        Browser browser = new Browser(chromium, page);
        for (String domain : List.of("Page", "Runtime", "Log", "DOM", "Accessibility", "Performance")) {
            page.send(domain + ".enable");
        }
        browser.look("light", 1200);
        return browser;
    }

    /** Where the page that is open from the beginning can be talked to. */
    private static URI address(String port) throws IOException, InterruptedException {
        String list = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/json/list"))
                                .build(),
                        BodyHandlers.ofString())
                .body();
        for (JsonNode target : DevTools.JSON.readTree(list)) {
            if (target.get("type").asText().equals("page")) {
                return URI.create(target.get("webSocketDebuggerUrl").asText());
            }
        }
        throw new IOException("chromium has no page: " + list);
    }

    /** Makes the page so wide, in pixels, and says which colours the user likes. */
    void look(String colours, int width) throws InterruptedException {
        page.send(
                "Emulation.setDeviceMetricsOverride",
                "width",
                width,
                "height",
                HEIGHT,
                "deviceScaleFactor",
                1,
                "mobile",
                false);
        page.send(
                "Emulation.setEmulatedMedia",
                "features",
                List.of(
                        Map.of("name", "prefers-color-scheme", "value", colours),
                        Map.of("name", "prefers-reduced-motion", "value", "reduce")));
    }

    /** Has each page run a script before its own. */
    public void before(String script) throws InterruptedException {
        page.send("Page.addScriptToEvaluateOnNewDocument", "source", script);
    }

    public void navigate(String url) throws InterruptedException {
        page.send("Page.navigate", "url", url);
    }

    /** The value of an expression, of a promise what it comes to. */
    public JsonNode evaluate(String expression) throws InterruptedException {
        JsonNode answer =
                page.send("Runtime.evaluate", "expression", expression, "awaitPromise", true, "returnByValue", true);
        if (answer.has("exceptionDetails")) {
            throw new AssertionError(expression + ": " + answer.get("exceptionDetails"));
        }
        return answer.path("result").path("value");
    }

    /** Waits until an expression is true. */
    public void awaitTrue(String expression) throws InterruptedException {
        try {
            await(expression)
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> evaluate("Boolean(" + expression + ")").asBoolean());
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(expression + " is not so on the page: " + text(), e);
        }
    }

    /** What stands on the page. */
    String text() throws InterruptedException {
        return evaluate("document.body.innerText").asText();
    }

    /** Waits until a text stands on the page. */
    void awaitText(String text) throws InterruptedException {
        awaitTrue("document.body.innerText.includes(" + quoted(text) + ")");
    }

    /** A text as JavaScript writes it. */
    static String quoted(String text) {
        return DevTools.JSON.valueToTree(text).toString();
    }

    // ---- elements

    /** The elements of a role with exactly this accessible name; {@code ""} for any name. */
    private List<Integer> find(String role, String name) throws InterruptedException {
        JsonNode root = page.send("Runtime.evaluate", "expression", "document").at("/result/objectId");
        List<Object> query = new ArrayList<>(List.of("objectId", root.asText(), "role", role));
        if (!name.isEmpty()) {
            query.addAll(List.of("accessibleName", name));
        }
        List<Integer> found = new ArrayList<>();
        for (JsonNode node :
                page.send("Accessibility.queryAXTree", query.toArray()).get("nodes")) {
            if (!node.path("ignored").asBoolean()) {
                found.add(node.get("backendDOMNodeId").asInt());
            }
        }
        return found;
    }

    /** Whether there is one. */
    boolean has(String role, String name) throws InterruptedException {
        return !find(role, name).isEmpty();
    }

    /** Waits for one, which must be the only one, save that of several the one in the open dialog is meant. */
    private int await1(String role, String name) {
        List<Integer> found = await(role + " " + name)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> find(role, name), nodes -> !nodes.isEmpty());
        return found.get(found.size() - 1);
    }

    /** Clicks an element where it is, once it has come to rest and is what is seen there. */
    void click(String role, String name) throws InterruptedException {
        int node = await1(role, name);
        page.send("DOM.scrollIntoViewIfNeeded", "backendNodeId", node);
        JsonNode place = call(node, """
                async function() {
                    let before = null;
                    for (;;) {
                        const { x, y, width, height } = this.getBoundingClientRect();
                        const here = [x + width / 2, y + height / 2];
                        if (String(here) === before && this.contains(document.elementFromPoint(...here))) {
                            return here;
                        }
                        before = String(here);
                        this.scrollIntoView({ block: "nearest" });
                        await new Promise((done) => setTimeout(done, 50));
                    }
                }
                """);
        for (String type : List.of("mousePressed", "mouseReleased")) {
            page.send(
                    "Input.dispatchMouseEvent",
                    "type",
                    type,
                    "x",
                    place.get(0).asDouble(),
                    "y",
                    place.get(1).asDouble(),
                    "button",
                    "left",
                    "clickCount",
                    1);
        }
    }

    /** Clicks a button. */
    void press(String name) throws InterruptedException {
        click("button", name);
    }

    /** Types a text into a field in place of what is there. */
    void fill(String role, String name, String text) throws InterruptedException {
        int node = await1(role, name);
        page.send("DOM.focus", "backendNodeId", node);
        call(node, "function() { this.select(); }");
        if (text.isEmpty()) {
            key("Delete", "Delete", 46, "");
        } else {
            page.send("Input.insertText", "text", text);
        }
    }

    /** Chooses a value of a list. */
    void choose(String name, String value) throws InterruptedException {
        call(
                await1("combobox", name),
                "function() { this.value = " + quoted(value)
                        + "; this.dispatchEvent(new Event('change', { bubbles: true })); }");
    }

    /** Gives a file to the field for files that is there. */
    void upload(Path file) throws InterruptedException {
        JsonNode field = page.send("Runtime.evaluate", "expression", "document.querySelector('input[type=file]')")
                .at("/result/objectId");
        page.send("DOM.setFileInputFiles", "files", List.of(file.toString()), "objectId", field.asText());
    }

    /** What a function says of an element, which is {@code this} for it. */
    private JsonNode call(int node, String function) throws InterruptedException {
        JsonNode object = page.send("DOM.resolveNode", "backendNodeId", node).at("/object/objectId");
        JsonNode answer = page.send(
                "Runtime.callFunctionOn",
                "objectId",
                object.asText(),
                "functionDeclaration",
                function,
                "awaitPromise",
                true,
                "returnByValue",
                true);
        if (answer.has("exceptionDetails")) {
            throw new AssertionError(function + ": " + answer.get("exceptionDetails"));
        }
        return answer.path("result").path("value");
    }

    /** Presses a key: Tab, Enter or Escape. */
    void key(String name) throws InterruptedException {
        switch (name) {
            case "Tab" -> key("Tab", "Tab", 9, "");
            case "Enter" -> key("Enter", "Enter", 13, "\r");
            case "Escape" -> key("Escape", "Escape", 27, "");
            default -> throw new IllegalArgumentException(name);
        }
    }

    private void key(String name, String code, int number, String text) throws InterruptedException {
        for (String type : List.of("keyDown", "keyUp")) {
            page.send(
                    "Input.dispatchKeyEvent",
                    "type",
                    type,
                    "key",
                    name,
                    "code",
                    code,
                    "windowsVirtualKeyCode",
                    number,
                    "text",
                    type.equals("keyDown") ? text : "");
        }
    }

    // ---- what it looks like, costs and complains of

    /** A picture of what is seen, in a palette of colours. */
    void screenshot(Path file) throws IOException, InterruptedException {
        byte[] picture =
                page.send("Page.captureScreenshot", "format", "png").get("data").binaryValue();
        Files.createDirectories(file.getParent());
        Files.write(file, Palette.reduce(picture));
    }

    /** Chromium's figures of the page, such as {@code ScriptDuration} in seconds. */
    Map<String, Double> metrics() throws InterruptedException {
        Map<String, Double> metrics = new TreeMap<>();
        for (JsonNode metric : page.send("Performance.getMetrics").get("metrics")) {
            metrics.put(metric.get("name").asText(), metric.get("value").asDouble());
        }
        return metrics;
    }

    /** Exceptions of scripts, and what the browser refused to do, so far. That a server did not answer is none. */
    public List<String> complaints() {
        List<String> complaints = new ArrayList<>();
        for (JsonNode event : page.events()) {
            JsonNode entry = event.at("/params/entry");
            if (event.path("method").asText().equals("Runtime.exceptionThrown")
                    || entry.path("level").asText().equals("error")
                            && !entry.path("source").asText().equals("network")) {
                complaints.add(event.get("params").toString());
            }
        }
        return complaints;
    }

    /** What a set of rules of accessibility finds wrong with the page. */
    List<String> violations(Path axe) throws IOException, InterruptedException {
        evaluate(Files.readString(axe, StandardCharsets.UTF_8) + "\n;0");
        JsonNode violations = evaluate(
                "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, nodes }) => "
                        + "id + ': ' + nodes.map((node) => node.target.join(' ') + ' ' + node.failureSummary).join('; ')))");
        assertTrue(violations instanceof ArrayNode, violations::toString);
        List<String> found = new ArrayList<>();
        violations.forEach(violation -> found.add(violation.asText()));
        return found;
    }

    /** What a same-origin request of the page brings, as a user's download would. */
    byte[] download(String address) throws InterruptedException {
        String base64 = evaluate("fetch(" + quoted(address) + ").then((answer) => answer.arrayBuffer())"
                        + ".then((bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))))")
                .asText();
        return Base64.getDecoder().decode(base64);
    }

    @Override
    public void close() {
        page.close();
        List<ProcessHandle> all = Stream.concat(Stream.of(process.toHandle()), process.descendants())
                .toList();
        process.destroy();
        // Its files are deleted afterwards: none of its processes must write any more.
        for (ProcessHandle one : all) {
            one.onExit().orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
        }
    }
}
