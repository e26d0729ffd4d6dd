package io.nsqd.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.HostIdentity;
import io.nsqd.api.Option;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class UsageTest {
    /** The Go daemon's text; the capture has placeholders for what depends on the host. */
    private static String goText() throws IOException {
        try (InputStream golden = UsageTest.class.getResourceAsStream("/help-1.3.0.txt")) {
            return new String(golden.readAllBytes(), StandardCharsets.UTF_8)
                    .replace("<os hostname>", HostIdentity.hostname())
                    .replace("(default <hash of hostname>)", "(default " + HostIdentity.nodeId() + ")");
        }
    }

    @Test
    @Tag("O-31")
    @Tag("X-17")
    void theTextBeginsWithThatOfTheGoDaemonByteForByte() throws IOException {
        String go = goText();
        String ours = Usage.text();
        assertEquals(go, ours.substring(0, Math.min(go.length(), ours.length())));
    }

    @Test
    @Tag("X-17")
    void ourOptionsFollowUnderAHeadingOfTheirOwn() throws IOException {
        String rest = Usage.text().substring(goText().length());
        assertTrue(rest.startsWith("\nOnly in nsqd for the JVM:\n  -"), rest);
        Arrays.stream(Option.values())
                .filter(Option::isOurs)
                .forEach(option -> assertTrue(
                        rest.lines().anyMatch(line -> line.matches("  -" + option.flag() + "( .*)?")), rest));
    }

    @Test
    @Tag("X-17")
    void rangesAndUnitsOfAllOptionsThatHaveSomeFollow() {
        for (Option option : Option.values()) {
            String line = "  -" + option.flag() + " +" + Pattern.quote(option.limits());
            assertEquals(
                    !option.limits().isEmpty(),
                    Usage.text().lines().anyMatch(text -> !option.limits().isEmpty() && text.matches(line)),
                    option.flag());
        }
        assertTrue(Usage.text().contains("  -max-deflate-level                    [1,9]\n"), Usage.text());
    }

    @Test
    @Tag("X-2")
    void theTextSaysThatTheQueueScanFlagsHaveNoEffect() {
        assertTrue(Usage.text().contains("queue-scan flags are accepted and reported, but have no effect"));
    }
}
