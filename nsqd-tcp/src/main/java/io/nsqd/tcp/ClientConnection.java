package io.nsqd.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslContext;
import io.nsqd.api.Addresses;
import io.nsqd.api.Consumer;
import io.nsqd.api.Errors;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.Names;
import io.nsqd.api.Nsqd;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Printable;
import io.nsqd.api.Reason;
import io.nsqd.api.SubscribeOptions;
import io.nsqd.api.Subscription;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.net.GracefulClose;
import io.nsqd.net.ParkedConnection;
import io.nsqd.net.Parking;
import io.nsqd.net.TlsPeer;
import io.nsqd.net.compression.StreamCompression;
import io.nsqd.net.transport.MessagePump;
import io.nsqd.net.transport.ServedConnection;
import io.nsqd.net.transport.Step;
import io.nsqd.spi.Authorization.Permission;
import io.nsqd.spi.Credentials;
import io.nsqd.spi.OutOfMemory;
import io.nsqd.stats.ClientStats;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;

/**
 * One client: the state machine of the protocol (P-20 and the following), and the consumer that its subscription feeds.
 *
 * <p>Its state is plain fields, confined to the connection's loop; what {@link #stats} shows is volatile. Other threads
 * call {@link #wakeUp}, {@link #close} and {@link #stats} only.
 */
final class ClientConnection implements Consumer, ServedConnection {
    private static final Logger LOG = LoggerFactory.getLogger(ClientConnection.class);

    private static final int INIT = 0;
    private static final int SUBSCRIBED = 3;
    private static final int CLOSING = 4;

    /** How long the peer has to take the last words of a connection that we end (P-6). */
    private static final long LINGER_MILLIS = 1000;

    /** After how long a SUB that met a vanishing ephemeral channel asks again (P-53). */
    private static final long VANISHING_RETRY_MILLIS = 100;

    /** Where in a command the client broke off or fell silent. */
    enum BrokenOff {
        MAGIC,
        LINE,
        SIZE,
        BODY,
        COUNT,
        MESSAGE_SIZE,
        MESSAGE_BODY
    }

    private final Channel channel;
    private final EventLoop eventLoop;
    private final Nsqd nsqd;
    private final Limits limits;
    private final LoopState loop;
    private final BodyRules bodies;
    private final OutputBuffer output;
    private final Upgrader upgrader;
    private final String remoteAddress;

    /** The client's address without its port, empty over a unix socket. */
    private final String remoteIp;

    private Instant connectTime = Instant.now();
    private final CommandLine line = new CommandLine();
    private CommandDecoder decoder;

    private volatile ClientSettings settings;
    /** The settings that the message pump took: those of the first IDENTIFY (P-34). */
    private ClientSettings pumpSettings;

    private boolean identified;
    private volatile int state = INIT;

    /** The command being handled, or whose body is being read. */
    private Command command = Command.NOP;

    private final PendingAnswers answers;
    private final ClientAuthorization authorization;
    private final Publisher publisher;
    private final MessagePump pump;
    private final Settler settler;

    /** Nothing is decoded until something is completed. */
    private boolean suspended;

    /** Whether nothing more is heard from it; read by those who ask for figures. */
    private volatile boolean ended;

    /** The interval; none if not above 0. */
    private long heartbeatNanos;

    private long nextHeartbeat;
    private long commandDeadline;
    /** Where it goes as soon as it can; {@code null} while it stays. */
    private Parking parking;

    /** Whether it has gone there. */
    private boolean left;

    /** Where it is in the list of its loop. */
    int placeInLoop;

    /** @param tlsContexts the TLS context for the next handshake; nothing without a certificate */
    ClientConnection(
            Channel channel, Nsqd nsqd, Limits limits, LoopState loop, Supplier<Optional<SslContext>> tlsContexts) {
        this.channel = channel;
        this.nsqd = nsqd;
        this.limits = limits;
        this.loop = loop;
        eventLoop = channel.eventLoop();
        bodies = new BodyRules(limits);
        output = new OutputBuffer(channel);
        upgrader = new Upgrader(channel, limits, tlsContexts);
        SocketAddress remote = channel.remoteAddress();
        remoteAddress = Addresses.of(remote);
        remoteIp = remote instanceof InetSocketAddress inet ? Addresses.ip(inet.getAddress()) : "";
        answers = new PendingAnswers(eventLoop, output, new Answered());
        authorization = new ClientAuthorization(limits.authentication(), eventLoop, this::suspendUntil, remoteAddress);
        publisher = new Publisher(nsqd, limits, loop, authorization, answers);
        pump = new MessagePump(channel, output.client(), output::message);
        settler = new Settler(remoteAddress, limits, loop, answers, pump);
        settings = ClientSettings.initial(remoteIp, limits);
        pumpSettings = settings;
        restartHeartbeat();
    }

    void decoder(CommandDecoder connectionDecoder) {
        decoder = connectionDecoder;
    }

    String remoteAddress() {
        return remoteAddress;
    }

    /** Whether nothing is decoded: something is to be done first, as many answers are pending as may be, or it is about to leave. */
    boolean isSuspended() {
        return suspended || answers.isFull() || parking != null;
    }

    @Override
    public String toString() {
        return remoteAddress;
    }

    /** The connection may have been encrypted before it came to this. */
    void withinTls() {
        upgrader.withinTls();
    }

    // ---- commands

    void magic(boolean valid, byte[] bytes) {
        String said = Printable.of(new String(bytes, 0, 4, StandardCharsets.ISO_8859_1));
        LOG.info("CLIENT({}): desired protocol magic '{}'", remoteAddress, said);
        if (!valid) {
            LOG.error("client({}) bad protocol magic '{}'", remoteAddress, said);
            answers.error("E_BAD_PROTOCOL");
            end(() -> {});
        }
        restartDeadline();
    }

    /** P-13: there is no answer to an endless line. */
    void lineTooLong() {
        LOG.error("[{}] - failed to read command - line too long", remoteAddress);
        settleGathered();
        end(() -> {});
    }

    /** Handles a command line; what is told to follow it is not yet read. */
    Command.Expect command(byte[] bytes, int length) throws ProtocolException {
        line.parse(bytes, length);
        Command named = Command.of(line.name());
        restartDeadline();
        if (named == Command.FIN && state != INIT) {
            command = named;
            fin();
            return named.expect();
        }
        settleGathered();
        if (LOG.isDebugEnabled()) {
            String said = Printable.of(new String(bytes, 0, length, StandardCharsets.UTF_8));
            LOG.debug("PROTOCOL(V2): [{}] {}", remoteAddress, said);
        }
        if (named != Command.IDENTIFY && lacksTls()) {
            throw ProtocolException.invalid("cannot " + line.text(0) + " in current state (TLS required)");
        }
        if (named == null) {
            throw ProtocolException.invalid("invalid command " + line.text(0));
        }
        command = named;
        switch (named) {
            case PUB -> publisher.pub(line);
            case MPUB -> publisher.mpub(line);
            case DPUB -> publisher.dpub(line);
            case RDY -> rdy();
            case REQ -> {
                requireState(state != INIT);
                settler.req(line);
            }
            case TOUCH -> {
                requireState(state != INIT);
                settler.touch(line);
            }
            case SUB -> sub();
            case CLS -> cls();
            case IDENTIFY -> requireState(state == INIT);
            case AUTH -> {
                requireState(state == INIT);
                if (line.params() > 0) {
                    throw ProtocolException.invalid("AUTH invalid number of parameters");
                }
            }
            case FIN -> requireState(false);
            case NOP -> {
                // That it came is all there is to it.
            }
        }
        return named.expect();
    }

    /** P-21. */
    private boolean lacksTls() {
        return limits.tlsRequired() && !upgrader.present().tls();
    }

    private void requireState(boolean allowed) throws ProtocolException {
        if (!allowed) {
            throw ProtocolException.invalid("cannot " + command + " in current state");
        }
    }

    /** The size of the body of IDENTIFY, AUTH, PUB or DPUB. */
    void bodySize(int size) throws ProtocolException {
        bodies.size(command, size);
    }

    void batchSize(int size) throws ProtocolException {
        bodies.batchSize(size);
    }

    void batchCount(int count) throws ProtocolException {
        bodies.batchCount(count);
    }

    void batchMessageSize(int index, int size) throws ProtocolException {
        bodies.batchMessageSize(index, size);
    }

    void batch(MessageBatch batch) throws ProtocolException {
        restartDeadline();
        publisher.batch(batch);
    }

    void body(byte[] body) throws ProtocolException {
        restartDeadline();
        switch (command) {
            case IDENTIFY -> whenAnswered(() -> identify(body));
            case AUTH -> whenAnswered(() -> auth(body));
            default -> publisher.body(body);
        }
    }

    // ---- IDENTIFY, AUTH

    private void identify(byte[] body) throws ProtocolException {
        Identify identify;
        try {
            identify = Identify.parse(body);
        } catch (IOException e) {
            throw new ProtocolException("E_BAD_BODY", "IDENTIFY failed to decode JSON body", e);
        }
        settings = settings.with(identify, limits);
        if (!identified) {
            identified = true;
            pumpSettings = settings;
            restartHeartbeat();
        }
        restartDeadline();
        if (LOG.isDebugEnabled()) {
            LOG.debug("PROTOCOL(V2): [{}] {}", remoteAddress, Printable.of(settings.toString()));
        }
        if (!identify.flag("feature_negotiation")) {
            output.response(FrameEncoder.OK);
            return;
        }
        Upgrades granted = upgrader.grant(identify);
        output.response(settings.answer(identify, limits, granted));
        if (granted.any()) {
            output.flush();
            decoder.forget();
            upgrade(granted, ClientSettings.deflateLevel(identify, limits));
        }
    }

    /** P-36: TLS first, and within it what compresses. */
    private void upgrade(Upgrades granted, int deflateLevel) {
        if (!granted.tls()) {
            compress(granted, deflateLevel);
            return;
        }
        LOG.info("PROTOCOL(V2): [{}] upgrading connection to TLS", remoteAddress);
        suspended = true;
        upgrader.startTls(
                () -> {
                    output.response(FrameEncoder.OK);
                    output.flush();
                    compress(granted, deflateLevel);
                    suspended = false;
                    restartDeadline();
                    decoder.resume();
                },
                reason -> fail(new ProtocolException("E_IDENTIFY_FAILED", "IDENTIFY failed " + reason)));
    }

    private void compress(Upgrades granted, int deflateLevel) {
        if (granted.snappy()) {
            LOG.info("PROTOCOL(V2): [{}] upgrading connection to snappy", remoteAddress);
            upgrader.startSnappy(decoder);
            output.response(FrameEncoder.OK);
        } else if (granted.deflate()) {
            LOG.info("PROTOCOL(V2): [{}] upgrading connection to deflate (level {})", remoteAddress, deflateLevel);
            upgrader.startDeflate(deflateLevel, decoder);
            output.response(FrameEncoder.OK);
        }
    }

    private void auth(byte[] secret) throws ProtocolException {
        authorization.ask(credentials(secret), () -> output.response(authorization.answer()));
    }

    /** What is known of the client: its secret, its address, its TLS session. */
    private Credentials credentials(byte[] secret) {
        return new Credentials(secret, remoteIp, upgrader.tls().isPresent(), TlsPeer.commonName(channel));
    }

    // ---- suspension

    /** Stops decoding until {@code result} is there: commands are answered in order (P-7). */
    private void suspendUntil(CompletableFuture<?> result, Step<ProtocolException> next) {
        suspended = true;
        result.whenComplete((done, failure) -> eventLoop.execute(() -> {
            if (ended) {
                return;
            }
            suspended = false;
            restartDeadline();
            try {
                next.run();
            } catch (ProtocolException e) {
                fail(e);
            }
            decoder.resume();
        }));
    }

    /** Stops decoding until everything before is answered; what has more than one answer, or changes the stream, needs that. */
    private void whenAnswered(Step<ProtocolException> next) throws ProtocolException {
        if (answers.isEmpty()) {
            next.run();
            return;
        }
        suspended = true;
        answers.then(() -> {
            if (!ended) {
                suspended = false;
                next.run();
            }
        });
    }

    /** What follows where answers were pending. */
    private final class Answered implements PendingAnswers.Owner {
        @Override
        public void answered() {
            output.flush();
            if (!ended) {
                restartDeadline();
                decoder.resume();
            }
        }

        @Override
        public void failed(ProtocolException failure) {
            // Whatever it was to end with instead.
            ended = false;
            fail(failure);
        }

        @Override
        public void broken(Throwable failure) {
            ClientConnection.this.failed(failure);
        }
    }

    // ---- subscribing

    private void sub() throws ProtocolException {
        requireState(state == INIT);
        if (settings.heartbeatMillis() <= 0) {
            throw ProtocolException.invalid("cannot SUB with heartbeats disabled");
        }
        if (line.params() < 2) {
            throw ProtocolException.invalid("SUB insufficient number of parameters");
        }
        String topic = line.text(1);
        if (!Names.isValid(topic)) {
            throw new ProtocolException("E_BAD_TOPIC", "SUB topic name " + line.quoted(1) + " is not valid");
        }
        String of = line.text(2);
        if (!Names.isValid(of)) {
            throw new ProtocolException("E_BAD_CHANNEL", "SUB channel name " + line.quoted(2) + " is not valid");
        }
        authorization.whenAllowed(
                command, Permission.SUBSCRIBE, topic, of, () -> whenAnswered(() -> subscribe(topic, of, true)));
    }

    private void subscribe(String topic, String of, boolean retry) throws ProtocolException {
        try {
            pump.subscribe(nsqd, topic, of, subscribeOptions(), this);
        } catch (NsqdException e) {
            boolean vanishing = Names.isEphemeral(topic) || Names.isEphemeral(of);
            if (e.reason() != Reason.EXITING || !vanishing) {
                throw new ProtocolException("E_SUB_FAILED", "SUB failed " + FrameEncoder.bytes(e.getMessage()), e);
            }
            if (!retry) {
                throw new ProtocolException("E_SUB_FAILED", "SUB failed to deleted topic/channel", e);
            }
            CompletableFuture<Void> later = new CompletableFuture<>();
            eventLoop.schedule(() -> later.complete(null), VANISHING_RETRY_MILLIS, TimeUnit.MILLISECONDS);
            suspendUntil(later, () -> subscribe(topic, of, false));
            return;
        }
        state = SUBSCRIBED;
        output.response(FrameEncoder.OK);
    }

    private SubscribeOptions subscribeOptions() {
        return new SubscribeOptions(
                TimeUnit.MILLISECONDS.toNanos(pumpSettings.messageTimeoutMillis()), pumpSettings.sampleRate());
    }

    private void rdy() throws ProtocolException {
        if (state == CLOSING) {
            return;
        }
        requireState(state == SUBSCRIBED);
        long count = 1;
        if (line.params() > 0) {
            if (!line.isNumber(1)) {
                throw ProtocolException.invalid("RDY could not parse count " + line.text(1));
            }
            count = line.number(1);
        }
        if (count < 0 || count > limits.maxReadyCount()) {
            throw ProtocolException.invalid("RDY count " + count + " out of range 0-" + limits.maxReadyCount());
        }
        pump.ready(count);
    }

    private void cls() throws ProtocolException {
        requireState(state == SUBSCRIBED);
        pump.ready(0);
        state = CLOSING;
        answers.response(FrameEncoder.CLOSE_WAIT);
    }

    // ---- settling

    private void fin() throws ProtocolException {
        if (lacksTls()) {
            throw ProtocolException.invalid("cannot FIN in current state (TLS required)");
        }
        settler.fin(line);
    }

    /** Settles the FINs gathered so far; before whatever they must not be behind. */
    void settleGathered() {
        settler.settleGathered();
    }

    // ---- messages out

    @Override
    public void wakeUp() {
        pump.wakeUp();
    }

    /** The end of a read batch: its answers go out together, and with them what it made room for. */
    void readComplete() {
        if (ended) {
            return;
        }
        settleGathered();
        pump.drain();
        output.flush();
        // Who does not read its answers is not listened to.
        channel.config().setAutoRead(isListening() && channel.isWritable());
    }

    /** There is memory again for what it sends: that it was not listened to is not its fault. */
    void fed() {
        restartDeadline();
    }

    /** A client in the middle of its TLS handshake is listened to, though not by us. */
    private boolean isListening() {
        return !isSuspended() && !decoder.isStarved() || upgrader.isHandshaking();
    }

    void writabilityChanged() {
        if (!ended && channel.isWritable()) {
            pump.drain();
            output.flush();
            channel.config().setAutoRead(isListening());
        }
    }

    // ---- time

    private void restartHeartbeat() {
        heartbeatNanos = TimeUnit.MILLISECONDS.toNanos(pumpSettings.heartbeatMillis());
        nextHeartbeat = System.nanoTime() + heartbeatNanos;
    }

    /** P-46: the client has twice the interval for its next command, body included. */
    private void restartDeadline() {
        commandDeadline =
                loop.now() + TimeUnit.MILLISECONDS.toNanos(2 * settings.heartbeatMillis() + LoopState.TICK_MILLIS);
    }

    /** Time in which nothing could be read, nor written, is not the client's. */
    void stoodStill(long nanos) {
        commandDeadline += nanos;
        output.stoodStill(nanos);
    }

    @Override
    public void afterInput(Runnable then) {
        pump.afterInput(then);
    }

    /** Called by the loop's tick, for each of thousands of connections mostly in vain: heartbeats and deadlines. */
    void tick(long now) {
        if (heartbeatNanos > 0 && output.isStalled(now, heartbeatNanos)) {
            LOG.error("PROTOCOL(V2): [{}] messagePump error - write timed out", remoteAddress);
            channel.close();
            return;
        }
        if (state != INIT && !ended && authorization.gate().isMissing()) {
            // It was let in while nobody had to say who it is; it may come again.
            LOG.info("PROTOCOL(V2): [{}] must authenticate from now on", remoteAddress);
            fail(new ProtocolException("E_AUTH_FIRST", "AUTH required before SUB"));
            return;
        }
        boolean late = now - commandDeadline > 0 && !suspended && answers.isEmpty() && !decoder.isStarved();
        boolean silent = heartbeatNanos > 0 && now - nextHeartbeat >= 0;
        if ((!late && !silent) || (ended && answers.isEmpty()) || upgrader.isHandshaking()) {
            return;
        }
        BrokenOff at = decoder.brokenOff();
        if (at == BrokenOff.MAGIC) {
            return;
        }
        if (late && settings.heartbeatMillis() > 0) {
            LOG.info("PROTOCOL(V2): [{}] nothing heard for 2 heartbeat intervals", remoteAddress);
            inputEnded(at);
            return;
        }
        if (silent) {
            nextHeartbeat = Math.max(nextHeartbeat + heartbeatNanos, now);
            output.response(FrameEncoder.HEARTBEAT);
            output.flush();
        }
    }

    // ---- from one transport to the next

    /** Where it is in the middle of something, that is done first; what the client sends meanwhile is left to the next transport. */
    @Override
    public void leave(Parking place) {
        parking = place;
        channel.config().setAutoRead(isListening());
        if (ended && answers.isEmpty()) {
            // It has had its last words.
            channel.close();
        }
        parkIfDone();
    }

    /** Parks, unless it is to stay, or there is something to be done first. */
    void parkIfDone() {
        if (parking == null
                || left
                || ended
                || suspended
                || !answers.isEmpty()
                || upgrader.isHandshaking()
                || !channel.isActive()) {
            return;
        }
        settleGathered();
        output.flush();
        ClientRecord record = new ClientRecord(
                nsqd.name(),
                decoder.hasBegun(),
                state,
                identified,
                settings,
                pumpSettings,
                upgrader.present(),
                upgrader.tls(),
                pump.topic(),
                pump.channel(),
                pump.readyCount(),
                publisher.counts(),
                authorization.gate().held(),
                authorization.gate().credentials(),
                connectTime,
                nextHeartbeat - System.nanoTime(),
                decoder.hasInputEnded());
        ClientStats figures = stats();
        left = true;
        ParkedConnection parked = parking.park(channel, record.toRecord(), decoder.takeUndecoded(), List.of(decoder));
        pump.park(parked, nsqd, figures);
    }

    /** The command that is being read, as its client sent it, or as good as that. */
    ByteBuf unfinishedLine() {
        String words = command == Command.IDENTIFY || command == Command.AUTH ? command.toString() : publisher.line();
        return Unpooled.copiedBuffer(words + "\n", StandardCharsets.ISO_8859_1);
    }

    /**
     * Goes on where the transport before has ended.
     *
     * @throws NsqdException when the client cannot be subscribed again
     */
    void restore(ClientRecord record, ParkedConnection from) {
        settings = record.settings();
        pumpSettings = record.pumpSettings();
        identified = record.identified();
        connectTime = record.connected();
        upgrader.restore(record.upgrades(), record.tls());
        authorization.gate().restore(record.authorization(), record.credentials());
        publisher.restore(record.counts());
        restartHeartbeat();
        nextHeartbeat = System.nanoTime() + Math.max(0, record.heartbeatIn() - from.parkedNanos());
        pump.restore(from, nsqd, record.topic(), record.channel(), subscribeOptions(), this);
        pump.ready(record.readyCount());
        state = record.state();
    }

    /** Reads what has arrived, and takes what has come for it: it may have been woken while nobody was there. */
    void adopted(ClientRecord record) {
        if (record.inputEnded()) {
            decoder.endInput();
        }
        readComplete();
        pump.wakeUp();
        // Time in which nothing could be read is not the client's, nor that in which it was not asked: where one update
        // follows another,
        // no transport stays until its tick.
        restartDeadline();
        tick(System.nanoTime());
    }

    /** The channel is somebody else's, or nobody's. */
    void removed() {
        loop.remove(this);
    }

    @Override
    public Optional<ClientStats> producer() {
        // Without one that has had its last word and only waits for the peer to hear it.
        return Optional.of(stats()).filter(stats -> !ended && !stats.pubCounts().isEmpty());
    }

    // ---- the end

    /** Nothing more will come: answers what was broken off in the middle, then closes (P-14, P-46). */
    void inputEnded(BrokenOff at) {
        if (ended) {
            if (channel instanceof DuplexChannel duplex && duplex.isOutputShutdown()) {
                channel.close();
            }
            return;
        }
        if (at == BrokenOff.MAGIC) {
            LOG.error("failed to read protocol version - EOF");
        }
        if (at == BrokenOff.MAGIC || at == BrokenOff.LINE) {
            end(() -> {});
        } else {
            fail(BodyRules.cutShort(command, at, decoder.messageIndex()));
        }
    }

    /** Answers a fatal error and ends the connection (P-22). */
    void fail(ProtocolException e) {
        if (ended) {
            return;
        }
        settleGathered();
        end(() -> {
            String cause = e.getCause() == null ? "" : " - " + Errors.describe(e.getCause());
            LOG.error("[{}] - {}", remoteAddress, Printable.of(FrameEncoder.readable(e.getMessage()) + cause));
            output.error(e.getMessage());
        });
    }

    /** Listens no more; sends what is still to be answered and the last words, and then closes. */
    private void end(Runnable lastWords) {
        ended = true;
        suspended = false;
        decoder.discard();
        StreamCompression.discardInput(channel.pipeline());
        pump.stop();
        channel.config().setAutoRead(true);
        answers.last(() -> {
            lastWords.run();
            output.finish(written -> GracefulClose.start(channel, LINGER_MILLIS));
        });
        if (!answers.isEmpty()) {
            // What is answered already does not wait for what is not.
            output.flush();
        }
    }

    boolean hasEnded() {
        return ended;
    }

    /** The connection is gone. */
    void closed() {
        ended = true;
        settler.forget();
        authorization.close();
        pump.stop();
        answers.clear();
        output.release();
        LOG.info("PROTOCOL(V2): [{}] exiting ioloop", remoteAddress);
    }

    void failed(Throwable cause) {
        OutOfMemory.check(cause);
        if (upgrader.isHandshaking()) {
            // A handshake that fails says so itself.
            return;
        }
        if (cause instanceof IOException || cause.getCause() instanceof SSLException) {
            // A peer that resets, or breaks TLS, is routine.
            LOG.debug("PROTOCOL(V2): [{}] {}", remoteAddress, Errors.describe(cause));
        } else if (cause instanceof UncheckedIOException) {
            // The event loop cannot go on with this socket, as when the system has forgotten that it is watched.
            LOG.warn("PROTOCOL(V2): [{}] closed - {}", remoteAddress, Errors.describe(cause));
        } else {
            LOG.error("PROTOCOL(V2): [{}] closed - {}", remoteAddress, cause.toString(), cause);
        }
        channel.close();
    }

    @Override
    public void close() {
        channel.close();
    }

    // ---- figures

    @Override
    public ClientStats stats() {
        ClientSettings current = settings;
        Subscription held = pump.subscription();
        Upgrades upgrades = upgrader.present();
        return new ClientStats(
                current.clientId(),
                current.hostname(),
                "V2",
                remoteAddress,
                state,
                pump.readyCount(),
                held == null ? 0 : held.inFlight(),
                held == null ? 0 : held.messageCount(),
                held == null ? 0 : held.finishCount(),
                held == null ? 0 : held.requeueCount(),
                connectTime,
                current.sampleRate(),
                upgrades.deflate(),
                upgrades.snappy(),
                current.userAgent(),
                authorization.gate().stats(),
                upgrader.tls(),
                publisher.counts());
    }
}
