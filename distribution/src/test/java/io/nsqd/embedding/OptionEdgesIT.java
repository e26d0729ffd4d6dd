package io.nsqd.embedding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.EmbeddedNsqd;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import io.nsqd.api.Option.Kind;
import io.nsqd.api.Options;
import io.nsqd.tcp.Frame;
import io.nsqd.tcp.V2Client;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each number and duration at 0, below it and at its largest: the daemon says that it cannot be, or works with it. */
final class OptionEdgesIT {
    /** With less than this no message gets in. */
    private static final Set<Option> SIZES = EnumSet.of(Option.MAX_MSG_SIZE, Option.MAX_BODY_SIZE);

    @TempDir
    private Path data;

    static Stream<Option> numbers() {
        return Arrays.stream(Option.values())
                .filter(option -> option.kind() == Kind.INT || option.kind() == Kind.DURATION);
    }

    @ParameterizedTest
    @MethodSource("numbers")
    @Tag("O-25")
    @Tag("O-29")
    void theDaemonRefusesOrWorks(Option option) throws Exception {
        for (long value : new long[] {0, -1, Long.MAX_VALUE}) {
            Options options = Options.defaults()
                    .with(Map.of(
                            Option.TCP_ADDRESS,
                            "127.0.0.1:0",
                            Option.HTTP_ADDRESS,
                            "127.0.0.1:0",
                            Option.DATA_PATH,
                            data.toString(),
                            Option.MEM_QUEUE_SIZE,
                            1L,
                            Option.STATSD_ADDRESS,
                            "127.0.0.1:9",
                            Option.E2E_PROCESSING_LATENCY_PERCENTILE,
                            List.of(0.99)))
                    .with(Map.of(option, value));
            Optional<String> refusal = refusal(options);
            if (refusal.isPresent()) {
                assertEquals(
                        "failed to instantiate nsqd - " + refusal.get(),
                        assertThrows(IOException.class, () -> EmbeddedNsqd.start(options))
                                .getMessage());
            } else {
                try (EmbeddedNsqd daemon = EmbeddedNsqd.start(options)) {
                    assertWorks(daemon, option, value);
                }
            }
        }
    }

    private static Optional<String> refusal(Options options) {
        try {
            options.check();
            return Optional.empty();
        } catch (NsqdException e) {
            return Optional.of(e.getMessage());
        }
    }

    private static void assertWorks(EmbeddedNsqd daemon, Option option, long value) throws Exception {
        if (SIZES.contains(option) && value <= 0) {
            assertEquals(413, post(daemon, option == Option.MAX_MSG_SIZE ? "/pub?topic=t" : "/mpub?topic=t"));
            return;
        }
        String topic = "of" + value;
        for (int i = 0; i < 3; i++) {
            assertEquals(200, post(daemon, "/pub?topic=" + topic));
        }
        try (V2Client client = V2Client.connect(daemon.nsqd().port("tcp"))) {
            client.send(V2Client.MAGIC).line("SUB " + topic + " c");
            assertEquals(Frame.OK, client.frame());
            client.line("RDY 2");
            if (option == Option.MAX_RDY_COUNT && value < 2) {
                assertEquals(Frame.ERROR, client.frame().type());
                return;
            }
            // One that times out at once may come again.
            Set<String> finished = new HashSet<>();
            while (finished.size() < 3) {
                Frame frame = client.frame();
                if (frame.type() == Frame.MESSAGE) {
                    String id = frame.delivery().id();
                    finished.add(id);
                    client.line("FIN " + id);
                } else {
                    assertTrue(frame.data().startsWith("E_FIN_FAILED "), frame.data());
                }
            }
        }
    }

    private static int post(EmbeddedNsqd daemon, String path) throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + daemon.nsqd().port("http") + path);
        HttpRequest request = HttpRequest.newBuilder(uri)
                .POST(HttpRequest.BodyPublishers.ofString("message"))
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }
}
