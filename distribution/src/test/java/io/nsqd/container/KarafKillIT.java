package io.nsqd.container;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is left when the Karaf that has a daemon is killed: everything. */
class KarafKillIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String FEATURES = "nsqd-tcp nsqd-http nsqd-shell";
    private static final int BATCHES = 30;
    private static final int BATCH = 100;

    /** A line of Karaf's log that tells of something wrong. */
    private static final Pattern ERROR = Pattern.compile("\\| (?:ERROR|FATAL) +\\|");

    /** One of ours that tells of something odd; at its end is what it says. */
    private static final Pattern WARNING = Pattern.compile("\\| WARN +\\|.*\\| \\d+ - io\\.nsqd\\.");

    @TempDir
    Path directory;

    /** What is installed and in which state, each with its number. */
    private static List<String> installed(Karaf karaf) throws Exception {
        return (karaf.run("admin", "feature:list -i --no-format")
                        + karaf.run("admin", "bundle:list -t 0 -s --no-format"))
                .lines()
                .sorted()
                .toList();
    }

    /** Asked over HTTP: who connects to TCP and says nothing is an error in the log. */
    private static boolean servesBoth(MessageKit kit) throws IOException {
        return kit.acceptsHttp() && kit.http("GET", "/info", "").contains("\"tcp\":\"");
    }

    private static void publish(MessageKit kit, Set<String> published) throws Exception {
        for (int i = 0; i < BATCHES; i++) {
            List<String> batch = new ArrayList<>();
            for (int j = 0; j < BATCH; j++) {
                batch.add("message " + i + "." + j);
            }
            assertEquals("OK", kit.http("POST", "/mpub?topic=orders", String.join("\n", batch)));
            published.addAll(batch);
        }
    }

    @Test
    void aKilledKarafComesBackWithFeaturesAndMessages() throws Exception {
        int tcp = Karaf.freePort();
        int http = Karaf.freePort();
        MessageKit kit = new MessageKit(tcp, http);
        try (Karaf karaf = new Karaf(directory)) {
            karaf.append(
                    "io.nsqd.cfg",
                    "data_path = ${karaf.data}/nsqd",
                    "tcp_address = 127.0.0.1:" + tcp,
                    "http_address = 127.0.0.1:" + http,
                    "https_address =",
                    "mem_queue_size = 0",
                    // So that what came after the last full number of messages is not saved when it is killed.
                    "sync_every = 1250",
                    "sync_timeout = 1h");
            karaf.start();
            karaf.run("admin", "feature:install " + FEATURES);
            await().atMost(PATIENCE).until(() -> servesBoth(kit));
            assertEquals("", kit.http("POST", "/topic/create?topic=orders", ""));
            assertEquals("", kit.http("POST", "/channel/create?topic=orders&channel=billing", ""));
            TreeSet<String> published = new TreeSet<>();
            publish(kit, published);
            String depth = "\"channel_name\":\"billing\",\"depth\":" + published.size() + ",\"backend_depth\":"
                    + published.size();
            String stats = kit.http("GET", "/stats?format=json&include_mem=false", "");
            assertTrue(stats.contains(depth), stats);
            List<String> before = installed(karaf);
            assertTrue(
                    before.stream().anyMatch(line -> line.startsWith("nsqd-shell")), () -> String.join("\n", before));

            karaf.kill();
            int logged = karaf.log().size();
            karaf.start();
            await().atMost(PATIENCE).until(() -> servesBoth(kit));
            await().atMost(PATIENCE).untilAsserted(() -> assertEquals(before, installed(karaf)));
            stats = kit.http("GET", "/stats?format=json&include_mem=false", "");
            assertTrue(stats.contains(depth), stats);
            assertEquals(published, new TreeSet<>(kit.take("orders", "billing", published.size())));
            kit.run("afterwards");

            List<String> since = karaf.log().subList(logged, karaf.log().size());
            assertEquals(List.of(), since.stream().filter(ERROR.asPredicate()).toList());
            List<String> warnings = since.stream().filter(WARNING.asPredicate()).toList();
            assertTrue(
                    warnings.size() == 1
                            && warnings.get(0)
                                    .matches(
                                            ".*DISKQUEUE\\(orders:billing\\): \\d+ records beyond the last sync of file 0"),
                    () -> String.join("\n", since));
        }
    }
}
