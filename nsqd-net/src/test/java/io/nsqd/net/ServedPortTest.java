package io.nsqd.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A port that follows its address, and those who are told of it. */
@Timeout(120)
final class ServedPortTest {
    private final NettyEventLoops loops = new NettyEventLoops(null);
    private final BoundListeners listeners = new BoundListeners(loops, () -> true);

    /** What is made known at the moment. */
    private final List<String> known = new CopyOnWriteArrayList<>();

    /** Called when something is made known, as listeners for services are. */
    private Runnable whenKnown = () -> {};

    private final ServedPort port = new ServedPort(
            "TEST", listeners, loops.workers("test"), new Closer(), ParkedConnection::close, this::makeKnown);

    @AfterEach
    void close() {
        port.close();
        listeners.close();
        loops.close();
    }

    /** Closes each connection. */
    @ChannelHandler.Sharable
    private static final class Closer extends ChannelInboundHandlerAdapter {
        @Override
        public void channelActive(ChannelHandlerContext context) {
            context.close();
        }
    }

    private Runnable makeKnown(Listeners.Listener listener) {
        String address = listener.address();
        known.add(address);
        whenKnown.run();
        return () -> known.remove(address);
    }

    private static String freeAddress() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return "127.0.0.1:" + socket.getLocalPort();
        }
    }

    private static boolean accepts(String address) throws IOException {
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(address.split(":", -1)[1]))) {
            return socket.isConnected();
        } catch (ConnectException e) {
            return false;
        }
    }

    /** Runs something on another thread and waits for it. */
    private static void elsewhere(Runnable task) {
        FutureTask<Void> future = new FutureTask<>(task, null);
        new Thread(future, "elsewhere").start();
        try {
            future.get(20, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("has not come back", e);
        }
    }

    @Test
    void whoIsToldMayWaitForAnotherThreadThatChangesTheAddress() throws IOException {
        String first = freeAddress();
        String second = freeAddress();
        whenKnown = () -> {
            whenKnown = () -> {};
            elsewhere(() -> port.follow(Optional.of(second)));
        };
        port.open(Optional.of(first));
        assertEquals(List.of(second), known);
        assertEquals(Optional.of(second), port.listener().map(Listeners.Listener::address));
        assertEquals(List.of(false, true), List.of(accepts(first), accepts(second)));
    }

    @Test
    void whatIsClosedFollowsNobody() throws IOException {
        String address = freeAddress();
        port.open(Optional.of(address));
        port.close();
        port.follow(Optional.of(freeAddress()));
        assertEquals(List.of(), known);
        assertFalse(accepts(address));
    }

    @Test
    void anAddressThatIsTakenIsRefusedAndAnOldOneKept() throws IOException {
        String address = freeAddress();
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Optional<String> other = Optional.of("127.0.0.1:" + taken.getLocalPort());
            assertThrows(IOException.class, () -> port.open(other));
            port.open(Optional.of(address));
            port.follow(other);
        }
        assertEquals(List.of(address), known);
        assertEquals(true, accepts(address));
    }
}
