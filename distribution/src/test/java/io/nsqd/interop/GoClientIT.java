package io.nsqd.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.nsqd.launcher.Daemon;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** go-nsq as producer and consumer. */
@Tag("interop")
class GoClientIT {
    @TempDir
    Path data;

    private Daemon daemon;
    private HttpApi api;

    @BeforeEach
    void start() throws IOException {
        daemon = Daemon.of(data).start();
        api = HttpApi.of(daemon);
    }

    @AfterEach
    void stop() throws InterruptedException {
        try (Daemon stopping = daemon) {
            assertEquals(0, stopping.stop());
        }
    }

    private Client consume(String... flags) throws IOException, InterruptedException {
        return Client.consume(daemon.tcpPort(), "t", "c", flags);
    }

    @Test
    void everythingArrivesOnce() throws Exception {
        try (Client consumer = consume("--count=5000", "--connections=3", "--ready=100")) {
            Client.publish(daemon.tcpPort(), "t", "--count=5000", "--size=1000", "--connections=2");
            consumer.await(counts -> counts.get("missing").asInt() == 0);
            api.awaitEmpty("t", "c");
            JsonNode counts = consumer.finish();
            assertEquals(5000, counts.get("received").asInt());
            assertEquals(0, counts.get("strangers").asInt());
        }
    }

    @ParameterizedTest
    @Tag("B-19")
    @Tag("B-20")
    @ValueSource(strings = {"0s", "20ms"})
    void requeuedMessagesComeAgainWithOneAttemptMore(String delay) throws Exception {
        Client.publish(daemon.tcpPort(), "t", "--count=200", "--batch=50");
        try (Client consumer = consume("--count=200", "--ready=20", "--attempts=4", "--delay=" + delay)) {
            consumer.await(counts -> counts.get("missing").asInt() == 0);
            assertEquals(600, api.awaitEmpty("t", "c").get("requeue_count").asInt());
            JsonNode counts = consumer.finish();
            assertEquals(800, counts.get("received").asInt());
            assertEquals(600, counts.get("requeued").asInt());
            assertEquals(200, counts.get("finished").asInt());
            assertEquals(4, counts.get("maxAttempts").asInt());
        }
    }

    @Test
    @Tag("B-23")
    void aTouchedMessageDoesNotTimeOut() throws Exception {
        Client.publish(daemon.tcpPort(), "t", "--count=5");
        try (Client consumer =
                consume("--count=5", "--ready=5", "--option=msg_timeout,2s", "--hold=5s", "--touch=200ms")) {
            consumer.await(counts -> counts.get("missing").asInt() == 0);
            assertEquals(0, api.awaitEmpty("t", "c").get("timeout_count").asInt());
            JsonNode counts = consumer.finish();
            assertEquals(5, counts.get("received").asInt());
            assertEquals(1, counts.get("maxAttempts").asInt());
        }
    }

    @Test
    @Tag("B-21")
    void anUntouchedMessageTimesOutAndComesAgain() throws Exception {
        Client.publish(daemon.tcpPort(), "t");
        try (Client consumer = consume("--count=1", "--ready=2", "--option=msg_timeout,1s", "--hold=3s")) {
            consumer.await(counts -> counts.get("maxAttempts").asInt() == 2);
            api.awaitChannel("t", "c", figures -> figures.get("timeout_count").asInt() >= 1);
        }
    }

    @Test
    @Tag("B-20")
    void aDeferredMessageWaitsInTheChannelAndArrives() throws Exception {
        api.createChannel("t", "c");
        Client.publish(daemon.tcpPort(), "t", "--count=10", "--deferred=1s");
        assertEquals(10, api.channel("t", "c").get("message_count").asInt());
        try (Client consumer = consume("--count=10", "--ready=10")) {
            consumer.await(counts -> counts.get("missing").asInt() == 0);
            api.awaitEmpty("t", "c");
            assertEquals(10, consumer.finish().get("received").asInt());
        }
    }
}
