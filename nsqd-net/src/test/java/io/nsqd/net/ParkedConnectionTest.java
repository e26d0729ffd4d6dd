package io.nsqd.net;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.nsqd.net.transport.ConnectionServer;
import io.nsqd.net.transport.ServedConnection;
import io.nsqd.net.transport.TransportProtocol;
import io.nsqd.spi.Transport;
import io.nsqd.stats.HandOverStats;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Connections that change their transport: what is kept of them, and when they end. */
@Timeout(120)
final class ParkedConnectionTest {
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final NettyEventLoops loops = new NettyEventLoops(null);
    private BoundListeners listeners = new BoundListeners(loops, stopping::get);
    private final String address = freeAddress();
    private final List<Transport> known = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() {
        listeners.close();
        loops.close();
    }

    private static String freeAddress() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return "127.0.0.1:" + socket.getLocalPort();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Answers each line with the name of the version that has read it, and how many came before. */
    private static final class Lines implements TransportProtocol {
        private final String version;
        private final int number;

        /** Whether connections are not done with what they do. */
        private final boolean busy;

        Lines(String version, int number, boolean busy) {
            this.version = version;
            this.number = number;
            this.busy = busy;
        }

        @Override
        public String name() {
            return "lines";
        }

        @Override
        public ServedConnection open(Channel channel) {
            channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
            Line line = new Line(this, channel, 0);
            channel.pipeline().addLast(line);
            return line;
        }

        @Override
        public Optional<ServedConnection> adopt(ParkedConnection parked) {
            if (!parked.record().isReadableBy("lines", 1, number)) {
                return Optional.empty();
            }
            Line line = new Line(this, parked.channel(), parked.record().get("count", Integer.class, 0));
            return parked.adopt(List.of(line)) ? Optional.of(line) : Optional.empty();
        }
    }

    private static final class Line extends ChannelInboundHandlerAdapter implements ServedConnection {
        private final Lines lines;
        private final Channel channel;
        private int count;
        private ByteBuf input;

        Line(Lines lines, Channel channel, int count) {
            this.lines = lines;
            this.channel = channel;
            this.count = count;
            input = channel.alloc().buffer();
        }

        @Override
        public void handlerAdded(ChannelHandlerContext context) {
            channel.config().setAutoRead(true);
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            input.writeBytes((ByteBuf) message);
            ((ByteBuf) message).release();
            for (int end = input.bytesBefore((byte) '\n'); end >= 0; end = input.bytesBefore((byte) '\n')) {
                String line = input.readString(end, StandardCharsets.US_ASCII);
                input.skipBytes(1);
                String answer = line + " " + lines.version + " " + count++ + "\n";
                var unused = context.writeAndFlush(
                        channel.alloc().buffer().writeBytes(answer.getBytes(StandardCharsets.US_ASCII)));
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (InputEnd.is(event)) {
                context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            input.release();
        }

        @Override
        public void leave(Parking parking) {
            if (!lines.busy) {
                parking.park(
                        channel,
                        new ConnectionRecord("lines", lines.number, lines.number == 3 ? 3 : 1, Map.of("count", count)),
                        List.of(input),
                        List.of(this));
            }
        }
    }

    private ConnectionServer serve(String version, int number) throws IOException {
        return serve(version, number, false);
    }

    private ConnectionServer serve(String version, int number, boolean busy) throws IOException {
        ConnectionServer server = new ConnectionServer(
                "LINES", listeners, loops.workers("lines"), new Lines(version, number, busy), transport -> {
                    known.add(transport);
                    return () -> known.remove(transport);
                });
        server.open(Optional.of(address));
        return server;
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(address.split(":", -1)[1]));
        socket.setSoTimeout(60_000);
        return socket;
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static String read(Socket socket) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = socket.getInputStream().read();
                b != '\n';
                b = socket.getInputStream().read()) {
            if (b < 0) {
                return null;
            }
            line.append((char) b);
        }
        return line.toString();
    }

    private static String say(Socket socket, String line) throws IOException {
        send(socket, line + "\n");
        return read(socket);
    }

    private HandOverStats counts() {
        return known.get(0).handOver();
    }

    @Test
    void itGoesOnWithTheNextAndKnowsWhatWas() throws Exception {
        ConnectionServer first = serve("one", 1);
        try (Socket socket = connect()) {
            assertEquals("a one 0", say(socket, "a"));
            send(socket, "hal");
            // Until the half line has been read, or will be by the next.
            first.close();
            send(socket, "f\nwhole\n");
            try (ConnectionServer next = serve("two", 2)) {
                assertEquals("half two 1", read(socket));
                assertEquals("whole two 2", read(socket));
                assertEquals(new HandOverStats(1, 1, 0), counts());
                assertTrue(next.isBusy());
            }
            try (ConnectionServer back = serve("one", 1)) {
                assertEquals("b one 3", say(socket, "b"), "what is newer and says so can be read by what is older");
                assertTrue(back.isBusy());
            }
        }
    }

    @Test
    void aRecordThatIsNotUnderstoodEndsIt() throws Exception {
        ConnectionServer first = serve("three", 3);
        try (Socket socket = connect()) {
            assertEquals("a three 0", say(socket, "a"));
            first.close();
            try (ConnectionServer older = serve("two", 2)) {
                assertEquals(null, read(socket));
                await().until(() -> counts().equals(new HandOverStats(1, 0, 1)));
                try (Socket another = connect()) {
                    assertEquals("b two 0", say(another, "b"));
                }
                await().until(() -> !older.isBusy());
            }
        }
    }

    @Test
    void thatNobodyComesForEndsAfterTheGraceTime() throws Exception {
        listeners.close();
        listeners = new BoundListeners(loops, stopping::get, 300);
        ConnectionServer first = serve("one", 1);
        try (Socket socket = connect()) {
            assertEquals("a one 0", say(socket, "a"));
            first.close();
            assertEquals(null, read(socket));
        }
    }

    @Test
    void thatTheNextOwnerDoesNotAskForEndsAfterTheGraceTime() throws Exception {
        listeners.close();
        listeners = new BoundListeners(loops, stopping::get, 300);
        ConnectionServer first = serve("one", 1);
        try (Socket socket = connect()) {
            assertEquals("a one 0", say(socket, "a"));
            first.close();
            Listeners.Listener next =
                    listeners.listen(address, loops.workers("lines"), new ChannelInboundHandlerAdapter() {
                        @Override
                        public boolean isSharable() {
                            return true;
                        }
                    });
            assertEquals(null, read(socket));
            assertEquals(new HandOverStats(1, 0, 1), next.handOver());
            next.close();
        }
    }

    @Test
    void thatIsNotDoneInTimeEnds() throws Exception {
        ConnectionServer first = serve("one", 1, true);
        try (Socket socket = connect()) {
            assertEquals("a one 0", say(socket, "a"));
            first.close();
            assertEquals(null, read(socket));
            try (ConnectionServer next = serve("two", 2)) {
                assertFalse(next.isBusy());
                assertEquals(new HandOverStats(0, 0, 1), counts());
            }
        }
    }

    @Test
    void whenTheFrameworkStopsItEndsAtOnce() throws Exception {
        ConnectionServer first = serve("one", 1);
        try (Socket socket = connect()) {
            assertEquals("a one 0", say(socket, "a"));
            stopping.set(true);
            first.close();
            assertEquals(null, read(socket));
            assertThrows(SocketException.class, () -> connect().close());
        }
    }

    @Test
    void aPeerThatGoesMeanwhileIsForgotten() throws Exception {
        ConnectionServer first = serve("one", 1);
        try (Socket staying = connect()) {
            try (Socket going = connect()) {
                assertEquals("a one 0", say(going, "a"));
                assertEquals("b one 0", say(staying, "b"));
                first.close();
                going.setSoLinger(true, 0);
            }
            try (ConnectionServer next = serve("two", 2)) {
                assertEquals("c two 1", say(staying, "c"));
                // Gone before it was adopted, or as soon as it was.
                await().until(() -> counts().closed() == 0 && counts().adopted() >= 1);
                assertTrue(next.isBusy());
            }
        }
    }

    @Test
    void aPeerThatHasSaidAllGetsItsAnswersFromTheNext() throws Exception {
        ConnectionServer first = serve("one", 1);
        try (Socket socket = connect()) {
            assertEquals("a one 0", say(socket, "a"));
            first.close();
            send(socket, "last\n");
            socket.shutdownOutput();
            try (ConnectionServer next = serve("two", 2)) {
                assertEquals("last two 1", read(socket));
                assertEquals(null, read(socket));
                await().until(() -> !next.isBusy());
            }
        }
    }

    @Test
    void versionsAreComparedAsTheyPromise() {
        ConnectionRecord second = new ConnectionRecord("lines", 2, 1, Map.of("key", "value"));
        assertTrue(second.isReadableBy("lines", 1, 1));
        assertTrue(second.isReadableBy("lines", 1, 2));
        assertFalse(second.isReadableBy("lines", 3, 4), "it is too old");
        assertFalse(second.isReadableBy("words", 1, 2));
        ConnectionRecord third = new ConnectionRecord("lines", 3, 3, Map.of());
        assertFalse(third.isReadableBy("lines", 1, 2), "it is too new");
        assertEquals("value", second.get("key", String.class, ""));
        assertEquals("none", second.get("other", String.class, "none"));
        assertThrows(IllegalArgumentException.class, () -> new ConnectionRecord("lines", 1, 2, Map.of()));
    }
}
