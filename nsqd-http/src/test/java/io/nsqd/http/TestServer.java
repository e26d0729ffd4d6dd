package io.nsqd.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.nsqd.api.Option;
import io.nsqd.net.Listeners;
import io.nsqd.spi.Authentication;
import io.nsqd.spi.Authenticator;
import io.nsqd.stats.PluginStats;
import io.nsqd.testing.FakeNsqd;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The transport on a fake broker and real sockets of the loopback. */
final class TestServer implements AutoCloseable {
    final FakeNsqd nsqd = new FakeNsqd() {
        @Override
        public boolean knowsAuthenticator() {
            return authenticator.isPresent();
        }
    };
    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    private final Optional<SslContext> tls;
    /** Who is asked about clients; nobody at first, and then nobody must authenticate. */
    volatile Optional<Authenticator> authenticator = Optional.empty();

    /** What the daemon is made of. */
    volatile List<PluginStats> parts = List.of();

    private HttpTransport transport;

    /** Starts a server with these options on top of a loopback address. */
    TestServer(Map<Option, Object> options) throws IOException {
        this(options, Optional.empty());
    }

    TestServer(Map<Option, Object> options, Optional<SslContext> tls) throws IOException {
        this.tls = tls;
        Map<Option, Object> all = new EnumMap<>(Option.class);
        all.put(Option.HTTP_ADDRESS, "127.0.0.1:0");
        all.put(Option.HTTPS_ADDRESS, "127.0.0.1:0");
        all.putAll(options);
        nsqd.with(all);
        start();
    }

    private void start() throws IOException {
        Authentication authentication =
                Authentication.of(() -> nsqd.requiresAuthentication("http"), () -> authenticator);
        transport = new HttpTransport(
                nsqd,
                loops,
                authentication,
                registered -> {
                    nsqd.add(registered);
                    return () -> nsqd.remove(registered);
                },
                () -> parts);
        try {
            transport.listen(this::listen, options -> tls);
        } catch (IOException | RuntimeException | Error e) {
            transport.close();
            throw e;
        }
    }

    private Listeners.Listener listen(String address, EventLoopGroup workers, ChannelHandler connection) {
        Channel channel = new ServerBootstrap()
                .group(workers)
                .channel(NioServerSocketChannel.class)
                .childHandler(connection)
                .bind("127.0.0.1", Integer.parseInt(address.substring(address.lastIndexOf(':') + 1)))
                .syncUninterruptibly()
                .channel();
        int port = ((InetSocketAddress) channel.localAddress()).getPort();
        return new Listeners.Listener() {
            @Override
            public String address() {
                return "127.0.0.1:" + port;
            }

            @Override
            public int port() {
                return port;
            }

            @Override
            public String kind() {
                return "nio";
            }

            @Override
            public void close() {
                channel.close().syncUninterruptibly();
            }
        };
    }

    int port() {
        return nsqd.port("http");
    }

    RawClient connect() throws IOException {
        return new RawClient(port());
    }

    /** One request on a connection of its own. */
    RawClient.Answer get(String path) throws IOException {
        return exchange("GET", path, "");
    }

    RawClient.Answer post(String path, String body) throws IOException {
        return exchange("POST", path, body);
    }

    RawClient.Answer put(String path, String body) throws IOException {
        return exchange("PUT", path, body);
    }

    RawClient.Answer exchange(String method, String path, String body) throws IOException {
        try (RawClient client = connect()) {
            return client.exchange(method, path, body);
        }
    }

    PluginEndpoints plugins() {
        return transport.plugins();
    }

    void stopTransport() {
        transport.close();
    }

    @Override
    public void close() {
        transport.close();
        loops.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS).syncUninterruptibly();
    }
}
