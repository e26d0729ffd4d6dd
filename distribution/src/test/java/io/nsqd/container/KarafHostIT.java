package io.nsqd.container;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the features do to the Karaf that they are installed in: nothing. And what they find there: the machine's best. */
class KarafHostIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final List<String> FEATURES =
            List.of("nsqd-tcp", "nsqd-http", "nsqd-lookup", "nsqd-statsd", "nsqd-metrics", "nsqd-shell");

    /** A line of Karaf's log about a bundle that is resolved anew, and why. */
    private static final Pattern REFRESHED = Pattern.compile("\\| +([\\w.-]+)/\\S+ \\(.+\\)$");

    @TempDir
    Path directory;

    private static boolean isOurs(String bundle) {
        return bundle.startsWith("io.nsqd.")
                || bundle.startsWith("io.netty.")
                || bundle.startsWith("com.fasterxml.jackson.");
    }

    /** The bundles of the host, by what changes when one is updated, resolved anew or stopped. */
    private static List<String> host(Karaf karaf) throws Exception {
        return karaf.run("admin", "bundle:list -t 0 -s --no-format")
                .lines()
                .filter(line ->
                        !isOurs(line.substring(line.lastIndexOf('\t') + 1).strip()))
                .toList();
    }

    @Test
    void theHostIsLeftAlone() throws Exception {
        int tcp = Karaf.freePort();
        int http = Karaf.freePort();
        MessageKit kit = new MessageKit(tcp, http);
        try (Karaf karaf = new Karaf(directory)) {
            karaf.append(
                    "io.nsqd.cfg",
                    "data_path = ${karaf.data}/nsqd",
                    "tcp_address = 127.0.0.1:" + tcp,
                    "http_address = 127.0.0.1:" + http,
                    "https_address =");
            karaf.start();
            List<String> before = host(karaf);
            int logged = karaf.log().size();

            // One session does it all: were the shell or SSH started anew, what is queued would be lost.
            String said = karaf.run("admin", "feature:install " + String.join(" ", FEATURES) + "; echo queued");
            assertTrue(said.lines().anyMatch("queued"::equals), said);
            await().atMost(PATIENCE).until(() -> kit.acceptsTcp() && kit.acceptsHttp());
            kit.run("messages");
            assertEquals(before, host(karaf));

            boolean linux = System.getProperty("os.name").equals("Linux");
            String info = kit.http("GET", "/info", "");
            String loops = linux ? "epoll" : "nio";
            assertTrue(info.contains("\"tcp\":\"" + loops + "\""), info);
            assertTrue(
                    karaf.log().stream().anyMatch(line -> line.endsWith("NET: event loops run on " + loops)),
                    () -> "no line about it");
            boolean boring = linux && System.getProperty("os.arch").equals("amd64");
            assertEquals(
                    boring,
                    karaf.run("admin", "bundle:list -t 0 -s --no-format")
                            .contains("io.netty.tcnative-boringssl-static"));

            said = karaf.run("admin", "feature:uninstall " + String.join(" ", FEATURES) + "; echo queued");
            assertTrue(said.lines().anyMatch("queued"::equals), said);
            await().atMost(PATIENCE).until(() -> !kit.acceptsTcp() && !kit.acceptsHttp());
            assertEquals(before, host(karaf));
            List<String> since = karaf.log().subList(logged, karaf.log().size());
            List<String> refreshed = since.stream()
                    .map(REFRESHED::matcher)
                    .filter(Matcher::find)
                    .map(matcher -> matcher.group(1))
                    .toList();
            assertTrue(refreshed.stream().anyMatch(KarafHostIT::isOurs), () -> String.join("\n", since));
            assertEquals(
                    List.of(),
                    refreshed.stream().filter(bundle -> !isOurs(bundle)).toList());
            assertFalse(since.stream().anyMatch(line -> line.contains("Exception")), () -> String.join("\n", since));
        }
    }
}
