package io.nsqd.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.nsqd.spi.Transport;
import io.nsqd.stats.Troubles;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WhiteboardTest {
    private final Whiteboard whiteboard = new Whiteboard(new Troubles(), List::of);

    @AfterEach
    void close() {
        whiteboard.close();
    }

    private record Fixed(String protocol, String address, int port) implements Transport {}

    private static List<String> protocols(List<Transport> transports) {
        return transports.stream().map(Transport::protocol).toList();
    }

    @Test
    void whoAskedForTheTransportsKeepsThoseOfThatMoment() {
        Fixed tcp = new Fixed("tcp", "127.0.0.1:1", 1);
        whiteboard.add(tcp);
        List<Transport> asked = whiteboard.transports();
        whiteboard.add(new Fixed("http", "127.0.0.1:2", 2));
        whiteboard.remove(tcp);

        assertEquals(List.of("tcp"), protocols(asked));
        assertEquals(List.of("http"), protocols(whiteboard.transports()));
    }

    @Test
    void nobodyCanTakeATransportFromTheBroker() {
        whiteboard.add(new Fixed("tcp", "127.0.0.1:1", 1));
        assertThrows(
                UnsupportedOperationException.class,
                () -> whiteboard.transports().clear());
        assertEquals(List.of("tcp"), protocols(whiteboard.transports()));
    }
}
