package io.nsqd.statsd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nsqd.api.Option;
import io.nsqd.testing.FakeNsqd;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StatsdPrefixTest {
    private final FakeNsqd nsqd = new FakeNsqd().with(Option.BROADCAST_ADDRESS, "127.0.0.1");
    private final StatsdPrefix prefix = new StatsdPrefix(nsqd);

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "nsq.%s, 127.0.0.1, 24501, nsq.127_0_0_1_24501.",
                "nsq.%s, ::1, 2, nsq.[__1]_2.",
                "%s-%s., host, 1, host_1-host_1.",
                "plain, host, 1, plain.",
                "\"\", host, 1, \"\""
            })
    @Tag("D-10")
    void theHostKeyReplacesEveryPlaceholder(String option, String host, int port, String expected) {
        nsqd.with(Option.STATSD_PREFIX, option);
        nsqd.with(Option.BROADCAST_ADDRESS, host);
        nsqd.serve("http", port);
        assertEquals(expected, prefix.current());
    }

    @Test
    @Tag("D-10")
    void theBroadcastPortComesFirst() {
        nsqd.serve("http", 4151);
        nsqd.with(Option.BROADCAST_HTTP_PORT, 80L);
        assertEquals("nsq.127_0_0_1_80.", prefix.current());
    }

    @ParameterizedTest
    @CsvSource({"0.0.0.0:4151, 4151", "0.0.0.0:0, 0", "/run/nsqd.sock, 0", "'', 0"})
    @Tag("D-10")
    @Tag("D-11")
    void beforeHttpIsServedTheConfiguredPortCounts(String address, int port) {
        nsqd.with(Option.HTTP_ADDRESS, address);
        assertEquals("nsq.127_0_0_1_" + port + ".", prefix.current());
    }

    @Test
    @Tag("D-10")
    void theNamesStayWhileTheTransportIsInAnUpdate() {
        nsqd.with(Option.HTTP_ADDRESS, "0.0.0.0:0");
        nsqd.serve("http", 5151);
        assertEquals("nsq.127_0_0_1_5151.", prefix.current());
        nsqd.stopServing("http");
        assertEquals("nsq.127_0_0_1_5151.", prefix.current());
        nsqd.serve("http", 6151);
        assertEquals("nsq.127_0_0_1_6151.", prefix.current());
    }
}
