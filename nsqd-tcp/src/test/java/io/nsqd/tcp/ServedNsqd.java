package io.nsqd.tcp;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.nsqd.api.Nsqd;
import io.nsqd.net.EventLoops;
import io.nsqd.net.Listeners;
import io.nsqd.spi.Authentication;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The transport alone, for a broker of the test's, on one event loop. */
final class ServedNsqd {
    private final EventLoopGroup workers = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final TcpTransport transport;
    private Channel server;

    ServedNsqd(Nsqd nsqd) throws Exception {
        EventLoops loops = new GivenLoops(workers, "nio");
        transport = new TcpTransport(
                nsqd, loops, options -> Optional.empty(), Authentication.of(() -> false, Optional::empty));
        transport.listen((address, group, connection) -> bind(connection), registered -> () -> {});
    }

    private Listeners.Listener bind(ChannelHandler connection) {
        server = new ServerBootstrap()
                .group(workers)
                .channel(NioServerSocketChannel.class)
                .childHandler(connection)
                .bind(InetAddress.getLoopbackAddress(), 0)
                .syncUninterruptibly()
                .channel();
        return new Listeners.Listener() {
            @Override
            public String address() {
                return server.localAddress().toString();
            }

            @Override
            public int port() {
                return ((InetSocketAddress) server.localAddress()).getPort();
            }

            @Override
            public String kind() {
                return "nio";
            }

            @Override
            public void close() {
                server.close().syncUninterruptibly();
            }
        };
    }

    int port() {
        return ((InetSocketAddress) server.localAddress()).getPort();
    }

    /** Where everything happens. */
    EventLoopGroup loop() {
        return workers;
    }

    void close() throws InterruptedException {
        transport.close();
        workers.shutdownGracefully(0, 10, TimeUnit.SECONDS).await();
    }
}
