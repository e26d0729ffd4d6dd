package io.nsqd.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.channel.unix.DomainSocketAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class RequestLogTest {
    private static final byte[] LOOPBACK_4 = {127, 0, 0, 1};
    private static final byte[] LOOPBACK_6 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

    @Test
    @Tag("H-30")
    void addressesAreWrittenAsByGo() throws Exception {
        assertEquals(
                "127.0.0.1:80", RequestLog.address(new InetSocketAddress(InetAddress.getByAddress(LOOPBACK_4), 80)));
        assertEquals("[::1]:80", RequestLog.address(new InetSocketAddress(InetAddress.getByAddress(LOOPBACK_6), 80)));
        assertEquals("@", RequestLog.address(new DomainSocketAddress("/tmp/socket")));
    }
}
