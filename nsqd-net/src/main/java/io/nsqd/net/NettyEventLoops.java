package io.nsqd.net;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.stats.Troubles;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/** The event loops, on epoll, io_uring or NIO. Any thread. */
final class NettyEventLoops implements EventLoops, AutoCloseable {
    /** The framework property that picks a kind; without it the best available is taken. */
    static final String PROPERTY = "nsqd.io";

    /**
     * The framework property that says how many loops a group has, without it as many as there are processors; 0 stands for one loop
     * that does everything, where each descriptor counts.
     */
    static final String LOOPS = "nsqd.io.loops";

    private static final Logger LOG = LoggerFactory.getLogger(NettyEventLoops.class);

    private static final String ACCEPT = "accept";
    private static final String ALL = "io";
    private static final long CLOSE_SECONDS = 5;

    private final Kind kind;
    private final int loops;
    private final Map<String, EventLoopGroup> groups = new ConcurrentHashMap<>();
    private final LoopWatch watch = new LoopWatch();
    private final AtomicBoolean told = new AtomicBoolean();

    private enum Kind {
        EPOLL("epoll") {
            @Override
            boolean isAvailable() {
                return Epoll.isAvailable();
            }

            @Override
            IoHandlerFactory handlers() {
                return EpollIoHandler.newFactory();
            }

            @Override
            Class<? extends ServerChannel> tcp() {
                return EpollServerSocketChannel.class;
            }

            @Override
            Class<? extends ServerChannel> unix() {
                return EpollServerDomainSocketChannel.class;
            }
        },
        IO_URING("io_uring") {
            @Override
            boolean isAvailable() {
                try {
                    return IoUring.isAvailable();
                } catch (NoClassDefFoundError e) {
                    // On a module path only if it was asked for; see nsqd-net's descriptor.
                    return false;
                }
            }

            @Override
            IoHandlerFactory handlers() {
                return IoUringIoHandler.newFactory();
            }

            @Override
            Class<? extends ServerChannel> tcp() {
                return IoUringServerSocketChannel.class;
            }

            @Override
            Class<? extends ServerChannel> unix() {
                throw new UnsupportedOperationException("no unix sockets on io_uring");
            }
        },
        NIO("nio") {
            @Override
            boolean isAvailable() {
                return true;
            }

            @Override
            IoHandlerFactory handlers() {
                return NioIoHandler.newFactory();
            }

            @Override
            Class<? extends ServerChannel> tcp() {
                return NioServerSocketChannel.class;
            }

            @Override
            Class<? extends ServerChannel> unix() {
                return NioServerDomainSocketChannel.class;
            }
        };

        private final String word;

        Kind(String word) {
            this.word = word;
        }

        abstract boolean isAvailable();

        abstract IoHandlerFactory handlers();

        abstract Class<? extends ServerChannel> tcp();

        abstract Class<? extends ServerChannel> unix();
    }

    /** With as many loops as there are processors. */
    NettyEventLoops(String wanted) {
        this(wanted, Runtime.getRuntime().availableProcessors());
    }

    /**
     * @param wanted the kind to use where it is available; {@code null} for the best
     * @param loops how many loops a group has; 0 for one that does everything
     */
    NettyEventLoops(String wanted, int loops) {
        this.loops = loops;
        Kind chosen = null;
        for (Kind candidate : Kind.values()) {
            boolean eligible = wanted == null ? chosen == null : candidate.word.equals(wanted);
            if (eligible && candidate.isAvailable()) {
                chosen = candidate;
            }
        }
        kind = chosen == null ? Kind.NIO : chosen;
    }

    @Override
    public String kind() {
        return kind.word;
    }

    @Override
    public EventLoopGroup workers(String name) {
        return group(name, loops);
    }

    @Override
    public Runnable watch(String name, BooleanSupplier busy, Troubles troubles) {
        return watch.watch(workers(name), busy, troubles);
    }

    EventLoopGroup acceptors() {
        return group(ACCEPT, 1);
    }

    private EventLoopGroup group(String wanted, int wantedThreads) {
        // Not before there is a daemon that wants some: what goes wrong at its start comes first.
        if (told.compareAndSet(false, true)) {
            LOG.info("NET: event loops run on {}", kind());
        }
        String name = loops == 0 ? ALL : wanted;
        int threads = loops == 0 ? 1 : wantedThreads;
        return groups.computeIfAbsent(name, n -> {
            AtomicInteger number = new AtomicInteger();
            ThreadFactory factory = task -> new io.netty.util.concurrent.FastThreadLocalThread(
                    task, "nsqd-" + n + "-" + number.incrementAndGet());
            return new MultiThreadIoEventLoopGroup(threads, factory, kind.handlers());
        });
    }

    Class<? extends ServerChannel> tcpChannel() {
        return kind.tcp();
    }

    Class<? extends ServerChannel> unixChannel() {
        return kind.unix();
    }

    SocketAddress unixAddress(String path) {
        return kind == Kind.NIO ? UnixDomainSocketAddress.of(path) : new DomainSocketAddress(path);
    }

    @Override
    public void close() {
        watch.close();
        groups.values().forEach(group -> group.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS));
        groups.values()
                .forEach(group -> group.terminationFuture().awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS));
        groups.clear();
    }
}
