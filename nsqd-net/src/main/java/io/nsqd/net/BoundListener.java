package io.nsqd.net;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.util.concurrent.Future;
import io.nsqd.api.Addresses;
import io.nsqd.api.Errors;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.net.Listeners.Listener;
import io.nsqd.stats.HandOverStats;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A bound socket and its owner of the moment. Released, it accepts nothing: connections wait in the kernel's backlog until
 * a next owner claims it or the grace time is over, and so do those that the owner has parked. Which of the two comes first is
 * decided on the accepting loop, where all that changes it is done.
 */
final class BoundListener {
    private static final Logger LOG = LoggerFactory.getLogger(BoundListener.class);

    private static final int BACKLOG = 4096;
    private static final int KEEP_ALIVE_SECONDS = 15;

    private final BoundListeners listeners;
    private final ListenAddress address;
    private final NettyEventLoops loops;
    private final EventLoopGroup workers;
    private final long graceMillis;
    private final HandOverCounts counts;

    /** Connections without an owner. */
    private final Set<ParkedConnection> parked = ConcurrentHashMap.newKeySet();

    /** Done when the socket is closed and its file, if it has one, is gone. */
    private final CountDownLatch gone = new CountDownLatch(1);

    private Channel channel;

    /** What sets connections up; {@code null} while released. Written on the accepting loop. */
    private volatile ChannelHandler connection;

    /** Grows with each owner, so that an old grace time does not end a new one. Confined to the accepting loop. */
    private int owner;

    /** Whether it can have no further owner. Confined to the accepting loop. */
    private boolean closed;

    /** @param graceMillis how long a released socket waits for a next owner */
    BoundListener(
            BoundListeners listeners,
            ListenAddress address,
            NettyEventLoops loops,
            EventLoopGroup workers,
            long graceMillis,
            HandOverCounts counts) {
        this.listeners = listeners;
        this.address = address;
        this.loops = loops;
        this.workers = workers;
        this.graceMillis = graceMillis;
        this.counts = counts;
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
        channel.closeFuture().addListener(closing -> unbound());
    }

    /** The socket is closed, if only because its loop has ended. */
    private void unbound() {
        if (address.isUnix()) {
            try {
                Files.deleteIfExists(Path.of(address.path()));
            } catch (IOException e) {
                LOG.warn("NET: cannot {}", Errors.describe("remove", address.path(), e));
            }
        }
        listeners.closed(this);
        gone.countDown();
        parked.forEach(ParkedConnection::closeSoon);
    }

    void adopted(ParkedConnection connection) {
        parked.remove(connection);
        counts.adopted.increment();
    }

    void closed(ParkedConnection connection) {
        parked.remove(connection);
        counts.closed.increment();
    }

    /** The peer of a parked connection is gone. */
    void left(ParkedConnection connection) {
        parked.remove(connection);
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
                context.pipeline().addFirst(ReadGuard.INSTANCE);
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

    /** Takes it over, unless its grace time is over: then it is {@link #awaitGone() gone} soon. */
    Optional<Listener> claim(ChannelHandler handler) {
        return onLoop(() -> {
            if (closed) {
                return Optional.empty();
            }
            owner++;
            connection = handler;
            channel.config().setAutoRead(true);
            return Optional.of(new Claim(owner));
        });
    }

    private final class Claim implements Listener, Parking {
        private final int number;

        Claim(int number) {
            this.number = number;
        }

        @Override
        public String address() {
            return text();
        }

        @Override
        public int port() {
            return realPort();
        }

        @Override
        public String kind() {
            return loops.kind();
        }

        @Override
        public void pause() {
            onLoop(() -> {
                if (number == owner && connection != null) {
                    channel.config().setAutoRead(false);
                }
                return null;
            });
        }

        @Override
        public Optional<Parking> parking() {
            return listeners.isStopping() || graceMillis == 0 ? Optional.empty() : Optional.of(this);
        }

        @Override
        public ParkedConnection park(
                Channel left, ConnectionRecord record, List<ByteBuf> undecoded, List<ChannelHandler> leaving) {
            ParkedConnection connection = ParkedConnection.park(left, record, undecoded, leaving, BoundListener.this);
            counts.parked.increment();
            parked.add(connection);
            // The other order than where the socket is closed, so that one of the two sees the other.
            if (gone.getCount() == 0) {
                connection.close();
            }
            return connection;
        }

        @Override
        public void closed() {
            counts.closed.increment();
        }

        @Override
        public List<ParkedConnection> parked() {
            return List.copyOf(parked);
        }

        @Override
        public HandOverStats handOver() {
            return counts.stats();
        }

        @Override
        public void close() {
            release(number, listeners.isStopping());
        }

        @Override
        public void abandon() {
            release(number, true);
        }
    }

    /** Runs on the accepting loop and waits for it. Not for the loop itself. */
    private <T> T onLoop(Callable<T> task) {
        Future<T> done = channel.eventLoop().submit(task).awaitUninterruptibly();
        if (!done.isSuccess()) {
            throw new IllegalStateException(done.cause());
        }
        return done.getNow();
    }

    private String text() {
        if (address.isUnix()) {
            return address.path();
        }
        InetSocketAddress bound = (InetSocketAddress) channel.localAddress();
        // The wildcard is both, and Go writes that so.
        return bound.getAddress().isAnyLocalAddress() ? Addresses.withPort("::", bound.getPort()) : Addresses.of(bound);
    }

    private int realPort() {
        return address.isUnix() ? -1 : ((InetSocketAddress) channel.localAddress()).getPort();
    }

    /** When this returns nothing is accepted any more. */
    private void release(int number, boolean forGood) {
        boolean last = onLoop(() -> {
            if (number != owner || connection == null) {
                return false;
            }
            connection = null;
            channel.config().setAutoRead(false);
            if (forGood) {
                BoundListener.this.close();
            } else {
                channel.eventLoop().schedule(() -> endGrace(number), graceMillis, TimeUnit.MILLISECONDS);
            }
            return closed;
        });
        if (last) {
            awaitGone();
        }
    }

    private void endGrace(int number) {
        if (closed) {
            return;
        }
        if (number == owner) {
            LOG.debug("NET: nobody took over {}", address.text());
            close();
            return;
        }
        // The next owner may not have asked for them. What it has parked itself since then is younger.
        long nanos = TimeUnit.MILLISECONDS.toNanos(graceMillis);
        parked.stream().filter(left -> left.parkedNanos() >= nanos).forEach(ParkedConnection::closeSoon);
    }

    /** Closes it, whoever has it. */
    void closeNow() {
        onLoop(() -> {
            close();
            return null;
        });
    }

    /** Waits until it is closed. */
    void awaitGone() {
        boolean interrupted = false;
        boolean waiting = true;
        while (waiting) {
            try {
                gone.await();
                waiting = false;
            } catch (InterruptedException e) {
                // It cannot take long, and who comes next cannot have the address before.
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** On the accepting loop. */
    private void close() {
        closed = true;
        connection = null;
        // What is to be done afterwards is the close future's.
        var unused = channel.close();
    }
}
