package io.nsqd.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.websocket.Frames;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bundle for browsers is installed, updated under open connections and streams, and removed. */
class WebSocketComesAndGoesIT extends ComesAndGoes {
    @TempDir
    Path directory;

    WebSocketComesAndGoesIT() {
        super("websocket");
    }

    @Override
    boolean serves(Platform platform) throws IOException {
        return status(platform, "/ws/nsq.js") == 200;
    }

    /** One is in the middle of a message that was delivered and not settled, one listens for events. */
    @Override
    void use(Platform platform, Update update) throws Exception {
        try (Frames client = Frames.connect(platform.httpPort());
                BufferedReader events = events(platform, "/sub?topic=t&channel=events%23ephemeral")) {
            client.send("SUB t c#ephemeral\n");
            assertEquals("OK", client.next().data());
            client.send("RDY 1\n");
            client.line("PUB t", "x");
            // The message may be there before the answer is.
            int first = client.next().type();
            int second = client.next().type();
            assertEquals(Set.of(0, 2), Set.of(first, second));
            update.run();
            int code = client.closeCode();
            assertTrue(code == 1012 || code == 1001, () -> "closed with " + code);
            events.lines().forEach(line -> {});
        }
    }

    @Test
    void nothingOfItIsLeft() throws Exception {
        assertLeavesNothing(directory);
    }
}
