package io.nsqd.net.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.nsqd.api.Addresses;
import io.nsqd.api.Consumer;
import io.nsqd.api.Errors;
import io.nsqd.api.Message;
import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.api.SubscribeOptions;
import io.nsqd.api.Subscription;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.net.ConnectionRecord;
import io.nsqd.net.InputEnd;
import io.nsqd.net.ParkedConnection;
import io.nsqd.net.Parking;
import io.nsqd.net.TlsPeer;
import io.nsqd.spi.Authentication;
import io.nsqd.spi.Authorization;
import io.nsqd.spi.Authorization.Permission;
import io.nsqd.spi.Credentials;
import io.nsqd.spi.OutOfMemory;
import io.nsqd.stats.ClientStats;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * One client of a transport, for protocols of commands that are answered one after the other: reads commands, waits where one has to be
 * waited for, delivers what the client has subscribed to, bounded by what it is ready for and what it reads, and goes along when the
 * transport is updated. What is left to whoever extends it is the language: {@link #decode}, {@link #encode} and {@link #failed}.
 *
 * <p>Confined to the connection's loop; nothing in it may block.
 */
public abstract class ClientSession extends ChannelInboundHandlerAdapter implements Consumer, ServedConnection {
    private static final Logger LOG = LoggerFactory.getLogger(ClientSession.class);

    /** How often it is looked whether a consumer, who was let in before anybody had to say who he is, has to. */
    private static final long AUTHORIZATION_SECONDS = 1;

    /** FINs settled together. */
    private static final int FINISH_BATCH = 64;

    private final Channel channel;
    private final Nsqd nsqd;
    private final String protocol;
    private final int version;
    private final ClientOutput output;
    private final MessagePump pump;
    private final FinishBatch finished;
    private final AuthorizationGate<Exception> gate;
    private final String remoteAddress;

    /** The client's address without its port, empty over a unix socket. */
    private final String remoteIp;

    private Future<?> authorizationLook = ImmediateEventExecutor.INSTANCE.newSucceededFuture(null);
    private Instant since = Instant.now();

    /** What has come and was not decoded yet. */
    private ByteBuf input = Unpooled.EMPTY_BUFFER;

    private boolean decoding;
    private boolean suspended;
    private boolean inputEnded;
    private boolean ended;
    private Parking parking;

    /**
     * A client that has just connected, or is about to be {@linkplain ServedConnection#leave handed over}.
     *
     * @param protocol what is spoken, as figures and records have it
     * @param version of the values that {@link #state} adds to a record, from 1 on
     */
    protected ClientSession(Channel channel, Nsqd nsqd, Authentication authentication, String protocol, int version) {
        this.channel = channel;
        this.nsqd = nsqd;
        this.protocol = protocol;
        this.version = version;
        output = new ClientOutput(channel);
        pump = new MessagePump(channel, output, message -> encode(message, output));
        finished = new FinishBatch(pump, new long[FINISH_BATCH], (id, reason) -> refused(id, reason.toString()));
        gate = new AuthorizationGate<>(authentication, channel.eventLoop(), this::suspendUntil);
        remoteAddress = Addresses.of(channel.remoteAddress());
        remoteIp = channel.remoteAddress() instanceof InetSocketAddress inet ? Addresses.ip(inet.getAddress()) : "";
    }

    // ---- what a protocol is made of

    /**
     * Carries one command out, if all of it is there.
     *
     * @param in what has come; the command is taken off, and nothing where it is not complete
     * @return whether there was a command
     * @throws Exception when it fails, see {@link #failed}; if nothing was taken off, the client is disconnected besides
     */
    protected abstract boolean decode(ByteBuf in) throws Exception;

    /** Writes a message to the output. */
    protected abstract void encode(Message message, ClientOutput out);

    /** Answers a command that has failed; {@link #end} where the client is not to go on. */
    protected abstract void failed(Exception failure);

    /** Answers a FIN of a message that is not in flight to the client; by default as a command that has failed. */
    protected void refused(long id, String reason) {
        failed(new IllegalArgumentException(reason));
    }

    /** The biggest command: a client that sends more before it is complete has {@linkplain #failed failed}, and is disconnected. */
    protected long maxCommandBytes() {
        return nsqd.options().integer(Option.MAX_MSG_SIZE) + 1024;
    }

    /** What the next transport has to know beside what every session has; see {@link ConnectionRecord}. */
    protected Map<String, Object> state() {
        return Map.of();
    }

    /** Takes back what {@link #state} has said. */
    protected void restore(ConnectionRecord record) {
        // Most have nothing to say.
    }

    // ---- what it has to offer to one

    /** The daemon. */
    protected final Nsqd nsqd() {
        return nsqd;
    }

    /** What is sent to the client; it goes out when what was read at once is done. */
    protected final ClientOutput output() {
        return output;
    }

    /** Nothing more is decoded until something is done; then {@code next} goes on, and may ask how it went. */
    protected final void suspendUntil(CompletableFuture<?> result, Step<Exception> next) throws Exception {
        if (result.isDone()) {
            next.run();
            return;
        }
        suspended = true;
        result.whenComplete((done, failure) -> channel.eventLoop().execute(() -> resume(next)));
    }

    /** Has the client said who it is: what it may do is asked of the authenticator. */
    protected final void authenticate(byte[] secret, Step<Exception> granted) throws Exception {
        boolean tls = channel.pipeline().get(SslHandler.class) != null;
        gate.ask(new Credentials(secret, remoteIp, tls, TlsPeer.commonName(channel)), granted, ClientSession::refuse);
    }

    /** Goes on if the client may. */
    protected final void whenAllowed(Permission permission, String topic, String ofChannel, Step<Exception> next)
            throws Exception {
        gate.whenAllowed(permission, topic, ofChannel, next, ClientSession::refuse);
    }

    private static void refuse(AuthorizationGate.Refusal why, Throwable cause) throws Exception {
        throw refusal(why, cause);
    }

    private static SecurityException refusal(AuthorizationGate.Refusal why, Throwable cause) {
        String said =
                switch (why) {
                    case UNKNOWN -> "clients must authenticate first";
                    case DENIED -> "the client may not do that";
                    case NOTHING -> "the client may do nothing";
                    case FAILED -> "the authenticator does not answer";
                    case TWICE -> "authenticated already";
                    case DISABLED -> "nobody has to authenticate";
                };
        return new SecurityException(said, cause);
    }

    /**
     * Subscribes the client, which may have so many messages in flight.
     *
     * @throws io.nsqd.api.NsqdException as {@link io.nsqd.api.Channel#subscribe} does
     */
    protected final void subscribe(String topic, String ofChannel, long ready) {
        if (pump.subscription() != null) {
            throw new IllegalStateException("subscribed already");
        }
        pump.subscribe(nsqd, topic, ofChannel, subscribeOptions(), this);
        pump.ready(ready);
    }

    private SubscribeOptions subscribeOptions() {
        return new SubscribeOptions(nsqd.options().nanos(Option.MSG_TIMEOUT), 0);
    }

    /** The client is ready for so many. */
    protected final void ready(long count) {
        pump.ready(count);
    }

    /** Settles a message, together with others that come at the same time; {@link #refused} where it is not in flight. */
    protected final void finish(long id) {
        if (pump.subscription() == null) {
            throw new IllegalStateException("not subscribed");
        }
        finished.add(id);
    }

    /** Sends what there is to be sent, and disconnects the client. */
    protected final void end() {
        ended = true;
        pump.stop();
        output.finish(sent -> channel.close());
    }

    // ---- reading

    @Override
    public final void handlerAdded(ChannelHandlerContext ctx) {
        authorizationLook = channel.eventLoop()
                .scheduleAtFixedRate(
                        this::lookAtAuthorization, AUTHORIZATION_SECONDS, AUTHORIZATION_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public final void handlerRemoved(ChannelHandlerContext ctx) {
        authorizationLook.cancel(false);
    }

    private void lookAtAuthorization() {
        if (pump.subscription() != null && gate.isMissing() && !ended) {
            failed(refusal(AuthorizationGate.Refusal.UNKNOWN, null));
            end();
        }
    }

    @Override
    public final void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        input = input.isReadable()
                ? ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), input, in)
                : replace(in);
        decodeAll();
    }

    private ByteBuf replace(ByteBuf in) {
        input.release();
        return in;
    }

    private boolean rests() {
        return suspended || ended || parking != null;
    }

    private void decodeAll() {
        if (decoding) {
            return;
        }
        decoding = true;
        int begun = input.readerIndex();
        try {
            while (!rests() && input.isReadable() && decode(input)) {
                begun = input.readerIndex();
            }
            if (!rests() && input.readableBytes() > maxCommandBytes()) {
                throw new IllegalArgumentException("the command is too long");
            }
        } catch (Exception e) {
            // What is still there would fail again and again.
            fail(e, input.readerIndex() == begun);
        } finally {
            decoding = false;
        }
    }

    private void fail(Exception failure, boolean forGood) {
        failed(failure);
        if (forGood && !ended) {
            end();
        } else if (!ended) {
            channel.eventLoop().execute(this::goOn);
        }
    }

    private void resume(Step<Exception> next) {
        suspended = false;
        if (!ended) {
            try {
                next.run();
            } catch (Exception e) {
                failed(e);
            }
        }
        goOn();
    }

    private void goOn() {
        decodeAll();
        batchEnds();
        parkIfDone();
    }

    @Override
    public final void channelReadComplete(ChannelHandlerContext ctx) {
        batchEnds();
    }

    private void batchEnds() {
        if (ended || !channel.isActive()) {
            return;
        }
        finished.settle();
        pump.drain();
        output.flush();
        if (inputEnded && !rests()) {
            end();
            return;
        }
        channel.config().setAutoRead(!rests() && channel.isWritable());
    }

    @Override
    public final void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (channel.isWritable()) {
            batchEnds();
        }
    }

    @Override
    public final void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (InputEnd.is(event)) {
            inputEnded = true;
            batchEnds();
        }
    }

    @Override
    public final void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        OutOfMemory.check(cause);
        if (cause instanceof IOException) {
            LOG.debug("{}: client({}) {}", protocol, remoteAddress, Errors.describe(cause));
        } else {
            LOG.error("{}: client({}) closed - {}", protocol, remoteAddress, cause.toString(), cause);
        }
        var unused = channel.close();
    }

    @Override
    public final void channelInactive(ChannelHandlerContext ctx) {
        ended();
    }

    /** The connection is gone. */
    final void ended() {
        ended = true;
        finished.forget();
        pump.stop();
        gate.close();
        output.release();
        input.release();
        input = Unpooled.EMPTY_BUFFER;
    }

    // ---- from one transport to the next

    @Override
    public final void leave(Parking place) {
        parking = place;
        parkIfDone();
    }

    private void parkIfDone() {
        if (parking == null || suspended || ended || !channel.isActive()) {
            return;
        }
        finished.settle();
        output.flush();
        Map<String, Object> values = new HashMap<>(state());
        values.put("daemon", nsqd.name());
        values.put("topic", pump.topic());
        values.put("channel", pump.channel());
        values.put("ready", pump.readyCount());
        values.put("since", since);
        values.put("inputEnded", inputEnded);
        gate.held().ifPresent(held -> values.put("authorization", held));
        gate.credentials().ifPresent(said -> values.put("credentials", said));
        List<ByteBuf> undecoded = List.of(input);
        input = Unpooled.EMPTY_BUFFER;
        ClientStats figures = pump.subscription() == null ? null : stats();
        Parking place = parking;
        parking = null;
        ended = true;
        ParkedConnection parked =
                place.park(channel, new ConnectionRecord(protocol, version, version, values), undecoded, List.of(this));
        pump.park(parked, nsqd, figures);
    }

    /** Whether it can go on with a connection. */
    final boolean restore(ParkedConnection parked) {
        ConnectionRecord record = parked.record();
        if (!record.isReadableBy(protocol, version, version)
                || !record.get("daemon", String.class, "").equals(nsqd.name())
                || parked.isDisconnected(nsqd)) {
            return false;
        }
        since = record.get("since", Instant.class, since);
        inputEnded = record.get("inputEnded", Boolean.class, false);
        gate.restore(
                Optional.ofNullable(record.get("authorization", Authorization.class, null)),
                Optional.ofNullable(record.get("credentials", Credentials.class, null)));
        restore(record);
        pump.restore(
                parked,
                nsqd,
                record.get("topic", String.class, ""),
                record.get("channel", String.class, ""),
                subscribeOptions(),
                this);
        pump.ready(record.get("ready", Long.class, 0L));
        return true;
    }

    /** What has arrived meanwhile has been read. */
    final void adopted() {
        batchEnds();
        pump.wakeUp();
    }

    // ---- for the broker

    @Override
    public final void wakeUp() {
        pump.wakeUp();
    }

    @Override
    public final void afterInput(Runnable then) {
        pump.afterInput(then);
    }

    @Override
    public final void close() {
        var unused = channel.close();
    }

    @Override
    public ClientStats stats() {
        Subscription held = pump.subscription();
        if (held == null) {
            throw new IllegalStateException("not subscribed");
        }
        return held.stats(protocol, remoteAddress, since, pump.readyCount());
    }
}
