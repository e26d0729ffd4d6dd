package io.nsqd.tcp;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.nsqd.net.EventLoops;
import io.nsqd.net.Listeners;
import io.nsqd.spi.Authentication;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A connection that is just being set up when the transport closes. */
final class LateConnectionTest {
    private final EventLoopGroup workers = new MultiThreadIoEventLoopGroup(1, LocalIoHandler.newFactory());
    private final CountDownLatch inside = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private TcpTransport transport;
    private ChannelHandler setUp;

    /** The set-up asks it for its address once it has seen that the transport is open, and before it is in any list. */
    private final class SlowChannel extends LocalChannel {
        @Override
        public LocalAddress remoteAddress() {
            inside.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return null;
        }
    }

    @BeforeEach
    void listen() throws Exception {
        EventLoops loops = new GivenLoops(workers, "local");
        transport = new TcpTransport(
                new ScriptedNsqd(),
                loops,
                options -> Optional.empty(),
                Authentication.of(() -> false, Optional::empty));
        transport.listen(
                (address, group, connection) -> {
                    setUp = connection;
                    return new Silent();
                },
                registered -> () -> {});
    }

    /** Accepts nobody. */
    private static final class Silent implements Listeners.Listener {
        @Override
        public String address() {
            return "";
        }

        @Override
        public int port() {
            return 0;
        }

        @Override
        public String kind() {
            return "nio";
        }

        @Override
        public void close() {
            // Nothing was bound.
        }
    }

    @AfterEach
    void stop() throws InterruptedException {
        goOn.countDown();
        workers.shutdownGracefully(0, 10, TimeUnit.SECONDS).await();
    }

    @Test
    void itIsClosedWhenTheTransportIs() throws InterruptedException {
        SlowChannel channel = new SlowChannel();
        channel.pipeline().addLast(setUp);
        workers.register(channel);
        assertTrue(inside.await(60, TimeUnit.SECONDS));

        Thread closing = new Thread(transport::close);
        closing.start();
        await().until(() -> closing.getState() == Thread.State.TIMED_WAITING || !closing.isAlive());
        goOn.countDown();
        closing.join();

        await().until(() -> !channel.isOpen());
        assertFalse(channel.isActive());
    }
}
