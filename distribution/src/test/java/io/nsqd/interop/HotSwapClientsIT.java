package io.nsqd.interop;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.nsqd.launcher.Daemon;
import io.nsqd.launcher.DistributionCopy;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The files of the bundles are replaced, taken away and brought back while go-nsq, pynsq and nsqjs publish and consume and an HTTP
 * client publishes: no connection of theirs breaks, no message is lost, and nsqlookupd lists the daemon afterwards.
 */
@Tag("interop")
class HotSwapClientsIT {
    /** Replacements of each bundle; as often as that, every second time, it is taken away and brought back. */
    private static final int CYCLES = Integer.getInteger("swaps.cycles", 4);

    private static final String CORE = "nsqd-core";

    private static final List<String> BUNDLES =
            List.of("nsqd-tcp", "nsqd-http", "nsqd-lookup", "nsqd-statsd", "nsqd-metrics", CORE);

    /** Numbers of a publisher's messages; none publishes as many. */
    private static final int RANGE = 2_000_000;

    private static final int READY = 50;

    @TempDir
    Path directory;

    private final List<AutoCloseable> closeables = new ArrayList<>();

    private <T extends AutoCloseable> T closing(T closeable) {
        closeables.add(0, closeable);
        return closeable;
    }

    @AfterEach
    void stopAll() throws Exception {
        for (AutoCloseable closeable : closeables) {
            closeable.close();
        }
    }

    /** Publishes numbers over HTTP, each until it is answered OK. */
    private static final class Poster implements AutoCloseable {
        private final HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(30))
                .build();
        private final URI uri;
        private final AtomicLong acknowledged = new AtomicLong();
        private final AtomicLong unsure = new AtomicLong();
        private final AtomicReference<String> refusal = new AtomicReference<>();
        private final Thread thread = new Thread(this::run, "poster");
        private volatile boolean ended;

        Poster(int port) {
            uri = URI.create("http://127.0.0.1:" + port + "/pub?topic=orders");
            thread.start();
        }

        private void run() {
            int number = 2 * RANGE;
            while (!ended) {
                if (post(String.format(Locale.ROOT, "%010d", number))) {
                    acknowledged.incrementAndGet();
                    number++;
                }
                LockSupport.parkNanos(1_000_000);
            }
        }

        private boolean post(String body) {
            HttpRequest request = HttpRequest.newBuilder(uri)
                    .timeout(Duration.ofSeconds(30))
                    .POST(BodyPublishers.ofString(body))
                    .build();
            try {
                HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
                if (response.statusCode() != 200) {
                    refusal.set(response.statusCode() + " " + response.body());
                }
                return response.statusCode() == 200;
            } catch (IOException e) {
                // Cut off or refused: whether the message has arrived is not known.
                unsure.incrementAndGet();
                return false;
            } catch (InterruptedException e) {
                ended = true;
                return false;
            }
        }

        @Override
        public void close() {
            ended = true;
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Test
    void nobodyHasToConnectAgainAndNothingIsLost() throws Exception {
        Program lookupd = closing(Program.start(
                "nsqlookupd",
                "--tcp-address=127.0.0.1:0",
                "--http-address=127.0.0.1:0",
                "--broadcast-address=127.0.0.1"));
        int lookupHttp = lookupd.port("HTTP");
        DistributionCopy copy = new DistributionCopy(directory.resolve("home"));
        int tcp = FreePorts.next();
        int http = FreePorts.next();
        Daemon daemon = closing(Daemon.of(Files.createDirectory(directory.resolve("data")))
                .home(copy.home())
                .flags(
                        "--tcp-address=127.0.0.1:" + tcp,
                        "--http-address=127.0.0.1:" + http,
                        "--broadcast-address=127.0.0.1",
                        "--lookupd-tcp-address=127.0.0.1:" + lookupd.port("TCP"),
                        "--statsd-address=127.0.0.1:" + FreePorts.next(),
                        "--mem-queue-size=1000")
                .start());
        HttpApi api = new HttpApi(http);
        api.createChannel("orders", "direct");
        api.createChannel("orders", "discovered");

        String numbers = "--count=" + 3 * RANGE;
        Client direct = closing(Client.consume(tcp, "orders", "direct", numbers, "--ready=" + READY));
        Client discovered = closing(Client.discover(lookupHttp, "orders", "discovered", numbers, "--ready=" + READY));
        List<Client> producers = List.of(
                closing(Client.produce(tcp, "orders", "--first=0", "--more", "--pause=1ms")),
                closing(Client.produce(tcp, "orders", "--first=" + RANGE, "--more", "--batch=10", "--pause=5ms")));
        Poster poster = closing(new Poster(http));
        // Each has a topic of its own, and so knows by itself whether something was lost.
        List<Client> others = List.of(closing(Client.pynsq(tcp, "pynsq")), closing(Client.nsqjs(tcp, "nsqjs")));
        for (Client other : others) {
            awaitMoreDistinct(other, 0);
        }
        List<Client> consumers = List.of(direct, discovered);
        int returns = 0;
        int swaps = 0;
        for (String name : BUNDLES) {
            for (int i = 0; i < CYCLES; i++) {
                awaitProgress(consumers, producers, others, poster);
                int started = told(daemon, name, "started");
                if (i % 2 == 1 && !name.equals(CORE)) {
                    int removed = told(daemon, name, "removed");
                    copy.take(name);
                    awaitTold(daemon, name, "removed", removed + 1);
                    copy.bringBack(name);
                } else {
                    copy.replace(name);
                }
                awaitTold(daemon, name, "started", started + 1);
                swaps++;
                returns += name.equals(CORE) ? consumers.size() : 0;
            }
            awaitProgress(consumers, producers, others, poster);
        }

        poster.close();
        long published = poster.acknowledged.get();
        long unsure = poster.unsure.get();
        for (Client producer : producers) {
            JsonNode counts = producer.finish();
            assertEquals(List.of(), producer.cuts(), "connections of a publisher that broke");
            assertEquals(0, counts.get("unsure").asLong(), "publishers know of each message");
            published += counts.get("acked").asLong();
            unsure += counts.get("unsure").asLong();
        }
        long total = published;
        StringBuilder report = new StringBuilder();
        for (Client consumer : consumers) {
            consumer.await(counts -> counts.get("distinct").asLong() >= total);
            api.awaitEmpty("orders", consumer.equals(direct) ? "direct" : "discovered");
            JsonNode counts = consumer.finish();
            report.append(String.format(
                    Locale.ROOT,
                    "%d swaps: acknowledged %d, sent again %d, finished %d, lost %d, duplicates %d%n",
                    swaps,
                    total,
                    unsure,
                    counts.get("finished").asLong(),
                    total - counts.get("distinct").asLong(),
                    counts.get("duplicates").asLong()));
            assertEquals(total, counts.get("distinct").asLong());
            assertEquals(0, counts.get("strangers").asLong());
            assertEquals(List.of(), consumer.cuts(), "connections of a consumer that broke");
            // What was in flight of a daemon that was replaced, and what the poster could not know.
            assertTrue(counts.get("duplicates").asLong() <= (long) returns * READY + unsure, counts::toString);
        }
        System.out.print(report);
        for (Client other : others) {
            JsonNode counts = other.finish();
            System.out.println(counts);
            assertEquals(List.of(), other.cuts(), "connections that broke");
            assertEquals(0, counts.get("unsure").asLong());
            assertEquals(counts.get("acked"), counts.get("distinct"));
            assertTrue(counts.get("duplicates").asLong() <= (long) CYCLES * READY, counts::toString);
        }
        assertEquals(null, poster.refusal.get(), "no POST is answered with an error");
        new HttpApi(lookupHttp)
                .awaitAnswer(
                        "/lookup?topic=orders",
                        answer -> answer.path("producers").size() == 1
                                && answer.path("channels").size() == 2);
        assertEquals(0, daemon.stop());
    }

    private static void awaitTold(Daemon daemon, String name, String word, int times) {
        await().atMost(Program.PATIENCE)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> told(daemon, name, word) >= times);
    }

    /** How often the log says so of a bundle. */
    private static int told(Daemon daemon, String name, String word) {
        String line = "PLUGIN(" + name + ".jar): " + word;
        return (int) daemon.log().stream().filter(text -> text.contains(line)).count();
    }

    /** Waits until everybody has got on. */
    private static void awaitProgress(
            List<Client> consumers, List<Client> producers, List<Client> others, Poster poster) {
        long posted = poster.acknowledged.get();
        for (Client producer : producers) {
            long acked = producer.counts().get("acked").asLong();
            producer.await(counts -> counts.get("acked").asLong() > acked);
        }
        for (Client consumer :
                Stream.concat(consumers.stream(), others.stream()).toList()) {
            awaitMoreDistinct(consumer, consumer.counts().get("distinct").asLong());
        }
        await().atMost(Program.PATIENCE).until(() -> poster.acknowledged.get() > posted);
    }

    private static void awaitMoreDistinct(Client consumer, long distinct) {
        consumer.await(counts -> counts.get("distinct").asLong() > distinct);
    }
}
