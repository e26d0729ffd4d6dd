package io.nsqd.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.util.ReferenceCountUtil;
import io.nsqd.api.Addresses;
import io.nsqd.api.Consumer;
import io.nsqd.api.Errors;
import io.nsqd.api.Nsqd;
import io.nsqd.api.Subscription;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.net.compression.StreamCompression;
import io.nsqd.stats.ClientStats;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;

/**
 * A connection between two transports: the one that had it has left, and the next has not come yet. Nothing is read from it; what had
 * been read is kept, and so are the messages that are in flight to it. It ends when it is adopted or closed, or when the peer is gone.
 *
 * <p>Its methods are called on the channel's loop.
 */
public final class ParkedConnection {
    private static final Logger LOG = LoggerFactory.getLogger(ParkedConnection.class);

    /** How long a peer has to hear that its connection ends. */
    private static final long LINGER_MILLIS = 1000;

    private enum State {
        PARKED,
        ADOPTED,
        CLOSED
    }

    private final Channel channel;
    private final ConnectionRecord record;
    private final BoundListener listener;
    private final long since = System.nanoTime();

    /** What has arrived, the oldest first: buffers, and what Netty tells of. */
    private final ArrayDeque<Object> arrived = new ArrayDeque<>();

    /** To be run once all that had arrived has been read. */
    private final List<Runnable> afterInput = new ArrayList<>(0);

    private State state = State.PARKED;

    private Nsqd daemon;
    private Subscription subscription;

    /** Whether the daemon has ended the subscription meanwhile. Written by any thread. */
    private volatile boolean disconnected;

    private ParkedConnection(Channel channel, ConnectionRecord record, BoundListener listener) {
        this.channel = channel;
        this.record = record;
        this.listener = listener;
    }

    static ParkedConnection park(
            Channel channel,
            ConnectionRecord record,
            List<ByteBuf> undecoded,
            List<ChannelHandler> leaving,
            BoundListener listener) {
        assert channel.eventLoop().inEventLoop();
        ParkedConnection parked = new ParkedConnection(channel, record, listener);
        parked.arrived.addAll(undecoded);
        channel.config().setAutoRead(false);
        ChannelPipeline pipeline = channel.pipeline();
        pipeline.addLast(parked.new Keeper());
        leaving.forEach(pipeline::remove);
        return parked;
    }

    /** The connection. */
    public Channel channel() {
        return channel;
    }

    /** What its transport wrote down of it. */
    public ConnectionRecord record() {
        return record;
    }

    /** How long it has been parked, in nanoseconds: time that is not the client's. */
    public long parkedNanos() {
        return System.nanoTime() - since;
    }

    /**
     * Keeps the connection's subscription, and what is in flight to it.
     *
     * @param of the daemon that it is a subscription of
     * @param figures shown of the client meanwhile
     */
    public void hold(Nsqd of, Subscription held, ClientStats figures) {
        held.handOver(new Absent(figures));
        if (state == State.CLOSED) {
            // Nobody came before it was there.
            held.close();
            return;
        }
        daemon = of;
        subscription = held;
    }

    /**
     * Gives the subscription to the connection's next transport, which is to poll it at once: it may have been woken meanwhile.
     *
     * @param now the daemon of that transport
     * @return nothing when there was no subscription, or when it is another daemon: the client is to be subscribed anew then; a
     *     subscription that the same daemon has ended meanwhile {@linkplain #isDisconnected is told of} before
     */
    public Optional<Subscription> subscription(Nsqd now, Consumer next) {
        if (subscription == null || daemon != now) {
            subscription = null;
            return Optional.empty();
        }
        Subscription given = subscription;
        subscription = null;
        given.handOver(next);
        return Optional.of(given);
    }

    /**
     * Whether the client is to be disconnected, as its channel was deleted meanwhile. A daemon that stopped, for the next one to come, has
     * disconnected nobody.
     *
     * @param now the daemon of the next transport
     */
    public boolean isDisconnected(Nsqd now) {
        return disconnected && daemon == now;
    }

    /** Has something run once everything that has arrived until now has been read, by whoever adopts the connection. */
    public void afterInput(Runnable then) {
        if (state == State.PARKED) {
            afterInput.add(then);
        } else {
            then.run();
        }
    }

    /**
     * Goes on with the connection: the handlers are added at the end of the pipeline, and read what has arrived meanwhile. Reading goes
     * on as soon as they say so, as with a new connection.
     *
     * @return whether it was there to be adopted; else it has been closed, and nothing was done
     */
    public boolean adopt(List<ChannelHandler> handlers) {
        assert channel.eventLoop().inEventLoop();
        if (state != State.PARKED) {
            return false;
        }
        state = State.ADOPTED;
        // The daemon before may be gone, and nothing is to keep it.
        daemon = null;
        listener.adopted(this);
        ChannelPipeline pipeline = channel.pipeline();
        handlers.forEach(pipeline::addLast);
        ChannelHandlerContext keeper = pipeline.context(Keeper.class);
        for (Object next = arrived.poll(); next != null; next = arrived.poll()) {
            if (next instanceof ByteBuf bytes) {
                keeper.fireChannelRead(bytes);
            } else {
                keeper.fireUserEventTriggered(next);
            }
        }
        keeper.fireChannelReadComplete();
        pipeline.remove(keeper.handler());
        afterInput.forEach(Runnable::run);
        afterInput.clear();
        return true;
    }

    /**
     * Closes it, unless somebody has adopted it.
     *
     * @return whether nobody has
     */
    public boolean close() {
        assert channel.eventLoop().inEventLoop();
        if (state == State.ADOPTED) {
            return false;
        }
        if (state == State.PARKED) {
            LOG.debug("NET: closing a connection that nobody has adopted - {}", Addresses.of(channel.remoteAddress()));
            listener.closed(this);
            end();
            // What it sent while parked is unread.
            StreamCompression.discardInput(channel.pipeline());
            channel.config().setAutoRead(true);
            GracefulClose.start(channel, LINGER_MILLIS);
        }
        return true;
    }

    /** Closes it from any thread. */
    void closeSoon() {
        try {
            channel.eventLoop().execute(() -> close());
        } catch (RejectedExecutionException e) {
            LOG.debug("the loop has ended, and its connections with it", e);
        }
    }

    /** Nobody will adopt it. */
    private void end() {
        state = State.CLOSED;
        arrived.forEach(ReferenceCountUtil::release);
        arrived.clear();
        if (subscription != null) {
            subscription.close();
            subscription = null;
        }
        afterInput.forEach(Runnable::run);
        afterInput.clear();
    }

    /** Keeps what arrives while nobody is there to read it. */
    private final class Keeper extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (state == State.PARKED) {
                arrived.add(message);
            } else {
                ReferenceCountUtil.release(message);
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            // Nobody is there to be told.
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (state == State.PARKED) {
                arrived.add(event);
            } else if (InputEnd.is(event)) {
                var unused = ctx.channel().close();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            if (state == State.PARKED) {
                listener.left(ParkedConnection.this);
                end();
            } else {
                ctx.fireChannelInactive();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            LOG.debug("NET: a parked connection is closed - {}", Errors.describe(cause));
            var unused = ctx.channel().close();
        }
    }

    /** Stands for the client while no transport does. Nothing is polled; whoever adopts the connection polls. */
    private final class Absent implements Consumer {
        private final ClientStats figures;

        Absent(ClientStats figures) {
            this.figures = figures;
        }

        @Override
        public void wakeUp() {
            // Whoever adopts it polls in any case.
        }

        @Override
        public void close() {
            disconnected = true;
        }

        @Override
        public void afterInput(Runnable then) {
            try {
                channel.eventLoop().execute(() -> ParkedConnection.this.afterInput(then));
            } catch (RejectedExecutionException e) {
                then.run();
            }
        }

        @Override
        public ClientStats stats() {
            return figures;
        }
    }
}
