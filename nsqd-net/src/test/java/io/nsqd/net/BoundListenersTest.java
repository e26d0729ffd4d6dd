package io.nsqd.net;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.nsqd.net.Listeners.Listener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Listening sockets: taking over, letting go (the ground of hot swap). */
final class BoundListenersTest {
    @TempDir
    private Path directory;

    private final AtomicBoolean stopping = new AtomicBoolean();
    private NettyEventLoops loops = new NettyEventLoops(null);
    private BoundListeners listeners = new BoundListeners(loops, stopping::get);

    @AfterEach
    void close() {
        listeners.close();
        loops.close();
    }

    /** Says a word to each connection and closes it. */
    @ChannelHandler.Sharable
    private static final class Greeter extends ChannelInboundHandlerAdapter {
        private final String word;

        Greeter(String word) {
            this.word = word;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            context.writeAndFlush(Unpooled.copiedBuffer(word, StandardCharsets.US_ASCII))
                    .addListener(ChannelFutureListener.CLOSE);
        }
    }

    private Listener listen(String address, String word) throws IOException {
        return listeners.listen(address, loops.workers("test"), new Greeter(word));
    }

    private static Socket connect(int port) throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), port);
    }

    private static String hear(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "io_uring", "nio", "none such"})
    void connectionsAreServedOnEveryKindOfLoop(String kind) throws IOException {
        close();
        loops = new NettyEventLoops(kind);
        listeners = new BoundListeners(loops, stopping::get);
        try (Listener listener = listen("127.0.0.1:0", kind);
                Socket socket = connect(listener.port())) {
            assertEquals(kind, hear(socket));
            assertEquals("127.0.0.1:" + listener.port(), listener.address());
        }
    }

    @Test
    @Tag("O-33")
    void theWildcardListensOnBothFamiliesAndSaysSo() throws IOException {
        try (Listener listener = listen("0.0.0.0:0", "both")) {
            assertEquals("[::]:" + listener.port(), listener.address());
            try (Socket ipv4 = connect(listener.port())) {
                assertEquals("both", hear(ipv4));
            }
        }
    }

    @Test
    void aConnectionThatCameBetweenTwoOwnersIsServedByTheSecond() throws IOException {
        String address = "127.0.0.1:" + freePort();
        Listener first = listen(address, "first");
        try (Socket socket = connect(first.port())) {
            assertEquals("first", hear(socket));
        }
        first.close();
        try (Socket early = connect(first.port());
                Listener second = listen(address, "second");
                Socket late = connect(second.port())) {
            assertEquals("second", hear(early));
            assertEquals("second", hear(late));
        }
    }

    @Test
    void anOwnerThatLetsGoTwiceDoesNotDisturbTheNext() throws IOException {
        String address = "127.0.0.1:" + freePort();
        Listener first = listen(address, "first");
        first.close();
        try (Listener second = listen(address, "second")) {
            first.close();
            try (Socket socket = connect(second.port())) {
                assertEquals("second", hear(socket));
            }
        }
    }

    @Test
    void whenTheFrameworkStopsTheSocketClosesAtOnce() throws IOException {
        Listener listener = listen("127.0.0.1:0", "x");
        stopping.set(true);
        listener.close();
        assertThrows(SocketException.class, () -> connect(listener.port()).close());
    }

    @Test
    void aSocketThatNobodyTakesOverIsClosedAfterAWhile() throws IOException {
        Listener listener = listen("127.0.0.1:0", "x");
        listener.close();
        await().atMost(Duration.ofMinutes(1)).ignoreExceptions().until(() -> {
            try (Socket socket = connect(listener.port())) {
                return !socket.isConnected();
            } catch (SocketException e) {
                return true;
            }
        });
    }

    /** Each time a little sooner or later: some of the claims fall into the very instant. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aSocketThatIsClaimedAsItsGraceEndsServes(boolean unix) throws IOException {
        close();
        loops = new NettyEventLoops(null);
        listeners = new BoundListeners(loops, stopping::get, 1);
        String address = unix ? directory.resolve("nsqd.sock").toString() : "127.0.0.1:" + freePort();
        Listener listener = listen(address, "0");
        for (int i = 1; i <= 500; i++) {
            listener.close();
            LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(800 + i));
            listener = listen(address, Integer.toString(i));
            assertEquals(Integer.toString(i), unix ? hear(Path.of(address)) : hear(listener.port()));
        }
        listener.close();
    }

    private static String hear(int port) throws IOException {
        try (Socket socket = connect(port)) {
            socket.setSoTimeout(20_000);
            return hear(socket);
        }
    }

    @Test
    @Tag("O-25")
    void anAddressInUseFails() throws IOException {
        try (Listener listener = listen("127.0.0.1:0", "x")) {
            String address = "127.0.0.1:" + listener.port();
            IOException failure = assertThrows(IOException.class, () -> listen(address, "y"));
            assertTrue(failure.getMessage().endsWith("bind: address already in use"), failure.getMessage());
        }
    }

    @Test
    @Tag("H-93")
    void aUnixSocketIsMadeAndRemovedAndDoesNotReplaceAFile() throws IOException {
        Path path = directory.resolve("nsqd.sock");
        Listener listener = listen(path.toString(), "unix");
        assertEquals(-1, listener.port());
        assertEquals(path.toString(), listener.address());
        assertEquals("unix", hear(path));
        stopping.set(true);
        listener.close();
        assertFalse(Files.exists(path));
        Files.createFile(path);
        IOException failure = assertThrows(IOException.class, () -> listen(path.toString(), "x"));
        assertTrue(failure.getMessage().endsWith("bind: address already in use"), failure.getMessage());
    }

    private static String hear(Path path) throws IOException {
        try (SocketChannel socket = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            socket.connect(UnixDomainSocketAddress.of(path));
            ByteBuffer heard = ByteBuffer.allocate(16);
            while (socket.read(heard) >= 0) {
                assertTrue(heard.hasRemaining());
            }
            return new String(heard.array(), 0, heard.position(), StandardCharsets.US_ASCII);
        }
    }
}
