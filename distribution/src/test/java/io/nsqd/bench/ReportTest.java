package io.nsqd.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ReportTest {
    private static final Address A = new Address("a", 1);
    private static final Address B = new Address("b", 2);

    private static Report report(String... arguments) throws BenchException {
        Settings settings = Settings.parse(arguments);
        List<Server> servers = List.of(
                        new Server("A", A, Optional.empty(), false, "1.3.0"),
                        new Server("B", B, Optional.empty(), false, "1.2.0"))
                .subList(0, settings.servers().size());
        List<List<Double>> rates = List.of(List.of(3000.0, 1000.0, 2000.4), List.of(500.0, 400.0, 900.0));
        List<List<Double>> millis = List.of(List.of(0.25, 0.5, 0.75), List.of(1.0, 2.0, 4.0));
        return new Report(
                settings,
                servers,
                List.of(
                        new Row(Workload.PUB, Metric.RATE, 50_000, rates.subList(0, servers.size())),
                        new Row(Workload.LATENCY, Metric.P999, 20_000, millis.subList(0, servers.size()))));
    }

    @Test
    void twoServersStandSideBySide() throws BenchException {
        assertEquals(
                """
                Messages of 100 bytes, 1 connection, 3 rounds after 0 warm-ups
                A is a:1, nsqd 1.3.0
                B is b:2, nsqd 1.2.0
                Topics are ephemeral: what exceeds --mem-queue-size is dropped; see --http-address

                WORKLOAD       MESSAGES   UNIT                     A                     B   A/B
                pub              50,000  msg/s  2,000 [1,000..3,000]        500 [400..900]  4.00
                latency p99.9    20,000     ms  0.500 [0.250..0.750]  2.000 [1.000..4.000]  0.25
                """,
                report("--rounds=3", "--warmups=0", "--connections=1", "a:1", "b:2")
                        .text());
    }

    @Test
    void oneServerHasNoRatio() throws BenchException {
        assertEquals("""
                Messages of 100 bytes, 4 connections, 3 rounds after 1 warm-up
                a:1, nsqd 1.3.0

                WORKLOAD       MESSAGES   UNIT     MEDIAN [MIN..MAX]
                pub              50,000  msg/s  2,000 [1,000..3,000]
                latency p99.9    20,000     ms  0.500 [0.250..0.750]
                """, report("--rounds=3", "--http-address=a:2", "a:1").text());
    }

    @Test
    void programsGetEveryRound() throws Exception {
        String json = report("--json", "a:1", "b:2").json();
        assertTrue(json.endsWith("}" + System.lineSeparator()), json);
        JsonNode report = new ObjectMapper().readTree(json);
        assertEquals("b:2", report.at("/servers/1/address").asText());
        assertEquals("1.2.0", report.at("/servers/1/version").asText());
        JsonNode pub = report.at("/results/0");
        assertEquals("pub", pub.get("workload").asText());
        assertEquals("msg/s", pub.get("unit").asText());
        assertEquals(2000.4, pub.at("/servers/0/median").asDouble());
        assertEquals(1000, pub.at("/servers/0/min").asDouble());
        assertEquals(3000, pub.at("/servers/0/max").asDouble());
        assertEquals(3, pub.at("/servers/1/rounds").size());
        assertEquals(2000.4 / 500, pub.get("ratio").asDouble());
        assertTrue(new ObjectMapper()
                .readTree(report("--json", "a:1").json())
                .at("/results/0/ratio")
                .isMissingNode());
    }

    @Test
    void progressIsShownInOneLineThatGoesAway() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ProgressLine progress = new ProgressLine(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        progress.clear();
        assertEquals(0, bytes.size());
        progress.task("pub, a:1, round 1 of 5");
        progress.show(1, 2);
        progress.clear();
        String shown = bytes.toString(StandardCharsets.UTF_8);
        assertTrue(shown.contains("pub, a:1, round 1 of 5 [###############...............]  50%"), shown);
        assertTrue(shown.endsWith("\r\033[K"), shown);
        assertEquals(-1, shown.indexOf('\n'));
        // Nobody watches.
        new ProgressLine(null).task("nothing");
    }
}
