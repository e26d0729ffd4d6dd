package io.nsqd.net;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.nsqd.net.Listeners.Listener;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A bound socket and its owner of the moment. Released, it accepts nothing: connections wait in the kernel's backlog until
 * a next owner claims it or the grace time is over.
 */
final class BoundListener {
    private static final Logger LOG = LoggerFactory.getLogger(BoundListener.class);

    /** How long a released socket waits for a next owner: an update takes far less, a person notices more. */
    private static final long GRACE_MILLIS = 5_000;

    private static final int BACKLOG = 4096;
    private static final int KEEP_ALIVE_SECONDS = 15;

    private final BoundListeners listeners;
    private final ListenAddress address;
    private final NettyEventLoops loops;
    private final EventLoopGroup workers;
    private Channel channel;
    /** What sets connections up; {@code null} while released. */
    private volatile ChannelHandler connection;

    /** Grows with each owner, so that an old grace time does not end a new one. */
    private final AtomicInteger owners = new AtomicInteger();

    BoundListener(BoundListeners listeners, ListenAddress address, NettyEventLoops loops, EventLoopGroup workers) {
        this.listeners = listeners;
        this.address = address;
        this.loops = loops;
        this.workers = workers;
    }

    void bind() throws IOException {
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loops.acceptors(), workers)
                .childHandler(new Accepted())
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.AUTO_READ, false);
        ChannelFuture bound;
        if (address.isUnix()) {
            if (Files.exists(Path.of(address.path()))) {
                throw address.bindFailure(new IOException("address already in use"));
            }
            bound = bootstrap.channel(loops.unixChannel()).bind(loops.unixAddress(address.path()));
        } else {
            bootstrap
                    .channel(loops.tcpChannel())
                    .option(ChannelOption.SO_REUSEADDR, true)
                    .childOption(ChannelOption.TCP_NODELAY, true)
                    .childOption(ChannelOption.SO_KEEPALIVE, true);
            if (loops.tcpChannel() == EpollServerSocketChannel.class) {
                bootstrap
                        .childOption(EpollChannelOption.TCP_KEEPIDLE, KEEP_ALIVE_SECONDS)
                        .childOption(EpollChannelOption.TCP_KEEPINTVL, KEEP_ALIVE_SECONDS);
            }
            bound = bootstrap.bind(address.socketAddress());
        }
        bound.awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw address.bindFailure(bound.cause());
        }
        channel = bound.channel();
    }

    /** Hands each accepted connection to the owner of the moment. */
    @ChannelHandler.Sharable
    private final class Accepted extends ChannelInboundHandlerAdapter {
        @Override
        public void handlerAdded(ChannelHandlerContext context) {
            ChannelHandler owner = connection;
            if (owner == null) {
                context.close();
            } else {
                context.pipeline().replace(this, null, owner);
            }
        }
    }

    EventLoopGroup workers() {
        return workers;
    }

    boolean isReleased() {
        return connection == null;
    }

    Listener claim(ChannelHandler handler) {
        int owner = owners.incrementAndGet();
        connection = handler;
        channel.config().setAutoRead(true);
        return new Listener() {
            @Override
            public String address() {
                return text();
            }

            @Override
            public int port() {
                return realPort();
            }

            @Override
            public void close() {
                release(owner);
            }
        };
    }

    private String text() {
        if (address.isUnix()) {
            return address.path();
        }
        InetSocketAddress bound = (InetSocketAddress) channel.localAddress();
        String host = bound.getAddress().isAnyLocalAddress()
                ? "::"
                : bound.getAddress().getHostAddress();
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + bound.getPort();
    }

    private int realPort() {
        return address.isUnix() ? -1 : ((InetSocketAddress) channel.localAddress()).getPort();
    }

    private void release(int owner) {
        if (owner != owners.get() || connection == null) {
            return;
        }
        if (listeners.isStopping()) {
            closeNow();
            return;
        }
        // On the accepting loop, so that nothing is accepted any more when this returns.
        channel.eventLoop()
                .submit(() -> {
                    connection = null;
                    channel.config().setAutoRead(false);
                })
                .awaitUninterruptibly();
        channel.eventLoop()
                .schedule(
                        () -> {
                            if (owner == owners.get()) {
                                LOG.debug("NET: nobody took over {}", address.text());
                                closeNow();
                            }
                        },
                        GRACE_MILLIS,
                        TimeUnit.MILLISECONDS);
    }

    void closeNow() {
        connection = null;
        ChannelFuture closed = channel.close();
        if (!channel.eventLoop().inEventLoop()) {
            closed.awaitUninterruptibly();
        }
        if (address.isUnix()) {
            try {
                Files.deleteIfExists(Path.of(address.path()));
            } catch (IOException e) {
                LOG.warn("NET: cannot remove {} - {}", address.path(), e.getMessage());
            }
        }
        listeners.closed(this);
    }
}
