package io.nsqd.tcp;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.ScheduledFuture;
import io.nsqd.api.Consumer;
import io.nsqd.api.Message;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.MessageId;
import io.nsqd.api.MessageSink;
import io.nsqd.api.Names;
import io.nsqd.api.Nsqd;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Reason;
import io.nsqd.api.SubscribeOptions;
import io.nsqd.api.Subscription;
import io.nsqd.api.Topic;
import io.nsqd.spi.Authorization;
import io.nsqd.spi.Authorization.Permission;
import io.nsqd.spi.Credentials;
import io.nsqd.stats.ClientStats;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client: the state machine of the protocol (P-20 and the following), and the consumer that its subscription feeds.
 *
 * <p>Its state is plain fields, confined to the connection's loop; what {@link #stats} shows is volatile. Other threads
 * call {@link #wakeUp}, {@link #close} and {@link #stats} only.
 */
final class ClientConnection implements Consumer, MessageSink, Subscription.Refused {
    private static final Logger LOG = LoggerFactory.getLogger(ClientConnection.class);

    private static final int INIT = 0;
    private static final int SUBSCRIBED = 3;
    private static final int CLOSING = 4;

    private static final long IDENTIFY = CommandLine.pack("IDENTIFY");
    private static final long AUTH = CommandLine.pack("AUTH");
    private static final long SUB = CommandLine.pack("SUB");
    private static final long PUB = CommandLine.pack("PUB");
    private static final long MPUB = CommandLine.pack("MPUB");
    private static final long DPUB = CommandLine.pack("DPUB");
    private static final long RDY = CommandLine.pack("RDY");
    private static final long FIN = CommandLine.pack("FIN");
    private static final long REQ = CommandLine.pack("REQ");
    private static final long TOUCH = CommandLine.pack("TOUCH");
    private static final long CLS = CommandLine.pack("CLS");
    private static final long NOP = CommandLine.pack("NOP");

    /** Messages taken from the channel at once: what is booked in flight before the first is written. */
    private static final int POLL_MESSAGES = 64;

    /** Bytes taken at once; one message may be more. */
    private static final long POLL_BYTES = 256 * 1024;

    /** How long the peer has to take the last words of a connection that we end (P-6). */
    private static final long LINGER_MILLIS = 1000;

    /** After how long a SUB that met a vanishing ephemeral channel asks again (P-53). */
    private static final long VANISHING_RETRY_MILLIS = 100;

    /**
     * An authenticator that forgets a question must not hold a connection for ever; this is longer than several servers
     * take to time out.
     */
    private static final long AUTHENTICATOR_MINUTES = 5;

    /** What is to follow a command line. */
    enum Expect {
        NOTHING,
        BODY,
        BATCH
    }

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
    private final OutputBuffer output;
    private final Upgrader upgrader;
    private final String remoteAddress;
    private final Instant connectTime = Instant.now();
    private final CommandLine line = new CommandLine();
    private final AtomicBoolean wakeUpPending = new AtomicBoolean();
    private final Runnable wokenUp = this::wokenUp;
    private CommandDecoder decoder;

    private volatile ClientSettings settings;
    /** The settings that the message pump took: those of the first IDENTIFY (P-34). */
    private ClientSettings pumpSettings;

    private boolean identified;
    private volatile int state = INIT;
    private volatile Subscription subscription;
    private volatile long readyCount;

    /** The command whose body is being read. */
    private String command = "";

    private final ClientAuthorization authorization;

    private Publishing publishing;
    private long delayNanos;
    private int finished;
    /** Nothing is decoded until something is completed. */
    private boolean waiting;

    private boolean ended;
    private boolean draining;
    private long drainedBytes;

    private long nextHeartbeat;
    private long commandDeadline;

    private final Map<String, Publishing> published = new ConcurrentSkipListMap<>();

    /** A topic that the client publishes to, and how much. */
    private static final class Publishing {
        private final String name;
        private final byte[] nameBytes;
        private Topic topic;
        private volatile long count;

        Publishing(String name) {
            this.name = name;
            nameBytes = FrameEncoder.ascii(name);
        }

        boolean isFor(CommandLine line, int word) {
            return java.util.Arrays.equals(
                    nameBytes, 0, nameBytes.length, line.bytes(), line.start(word), line.end(word));
        }

        @SuppressWarnings("NonAtomicVolatileUpdate")
        void counted(int messages) {
            // One thread writes.
            count += messages;
        }
    }

    /** @param tlsContexts the TLS context for the next handshake; nothing without a certificate */
    ClientConnection(
            Channel channel, Nsqd nsqd, Limits limits, LoopState loop, Supplier<Optional<SslContext>> tlsContexts) {
        this.channel = channel;
        this.nsqd = nsqd;
        this.limits = limits;
        this.loop = loop;
        eventLoop = channel.eventLoop();
        output = new OutputBuffer(channel);
        upgrader = new Upgrader(channel, limits, tlsContexts);
        authorization = new ClientAuthorization(limits.authentication());
        SocketAddress remote = channel.remoteAddress();
        String host = "";
        if (remote instanceof InetSocketAddress inet) {
            host = inet.getAddress().getHostAddress();
            remoteAddress = (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + inet.getPort();
        } else {
            remoteAddress = "@";
        }
        settings = ClientSettings.initial(host, limits);
        pumpSettings = settings;
        restartHeartbeat();
    }

    void decoder(CommandDecoder connectionDecoder) {
        decoder = connectionDecoder;
    }

    String remoteAddress() {
        return remoteAddress;
    }

    boolean isWaiting() {
        return waiting;
    }

    @Override
    public String toString() {
        return remoteAddress;
    }

    // ---- commands

    void magic(boolean valid, byte[] bytes) {
        LOG.info(
                "CLIENT({}): desired protocol magic '{}'",
                remoteAddress,
                new String(bytes, 0, 4, java.nio.charset.StandardCharsets.ISO_8859_1));
        if (!valid) {
            LOG.error(
                    "client({}) bad protocol magic '{}'",
                    remoteAddress,
                    new String(bytes, 0, 4, java.nio.charset.StandardCharsets.ISO_8859_1));
            output.error("E_BAD_PROTOCOL");
            end();
        }
        restartDeadline();
    }

    /** P-13: there is no answer to an endless line. */
    void lineTooLong() {
        LOG.error("[{}] - failed to read command - line too long", remoteAddress);
        settle();
        end();
    }

    /** Handles a command line; what is told to follow it is not yet read. */
    Expect command(byte[] bytes, int length) throws ProtocolException {
        line.parse(bytes, length);
        long name = line.name();
        restartDeadline();
        if (name == FIN && state != INIT) {
            fin();
            return Expect.NOTHING;
        }
        settle();
        if (LOG.isDebugEnabled()) {
            LOG.debug(
                    "PROTOCOL(V2): [{}] {}",
                    remoteAddress,
                    new String(bytes, 0, length, java.nio.charset.StandardCharsets.UTF_8));
        }
        if (name != IDENTIFY && lacksTls()) {
            throw ProtocolException.invalid("cannot " + line.text(0) + " in current state (TLS required)");
        }
        command = line.text(0);
        if (name == PUB) {
            return pub();
        } else if (name == MPUB) {
            return mpub();
        } else if (name == DPUB) {
            return dpub();
        } else if (name == RDY) {
            rdy();
        } else if (name == REQ) {
            req();
        } else if (name == TOUCH) {
            touch();
        } else if (name == SUB) {
            sub();
        } else if (name == CLS) {
            cls();
        } else if (name == IDENTIFY || name == AUTH) {
            requireState(state == INIT);
            if (name == AUTH && line.params() > 0) {
                throw ProtocolException.invalid("AUTH invalid number of parameters");
            }
            return Expect.BODY;
        } else if (name == FIN) {
            requireState(false);
        } else if (name != NOP) {
            throw ProtocolException.invalid("invalid command " + command);
        }
        return Expect.NOTHING;
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

    private boolean isSized() {
        return command.equals("IDENTIFY") || command.equals("AUTH");
    }

    /** The size of the body of IDENTIFY, AUTH, PUB or DPUB. */
    void bodySize(int size) throws ProtocolException {
        if (isSized()) {
            if (size > limits.maxBodyBytes()) {
                throw badBody("body too big " + size + " > " + limits.maxBodyBytes());
            }
            if (size <= 0) {
                throw badBody("invalid body size " + size);
            }
        } else {
            checkMessageSize("message body size", "message too big", size);
        }
    }

    private void checkMessageSize(String invalid, String tooBig, int size) throws ProtocolException {
        if (size <= 0) {
            throw badMessage("invalid " + invalid + " " + size);
        }
        if (size > limits.maxMessageBytes()) {
            throw badMessage(tooBig + " " + size + " > " + limits.maxMessageBytes());
        }
    }

    private ProtocolException badBody(String text) {
        return new ProtocolException("E_BAD_BODY", command + " " + text);
    }

    private ProtocolException badMessage(String text) {
        return new ProtocolException("E_BAD_MESSAGE", command + " " + text);
    }

    void body(byte[] body) throws ProtocolException {
        restartDeadline();
        switch (command) {
            case "IDENTIFY" -> identify(body);
            case "AUTH" -> auth(body);
            default -> whenAllowed(Permission.PUBLISH, publishing.name, "", () -> publishSingle(body));
        }
    }

    private void publishSingle(byte[] body) throws ProtocolException {
        MessageBatch single = loop.single;
        single.add(body, 0, body.length);
        try {
            publish(single, delayNanos);
        } finally {
            single.clear();
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
        LOG.debug("PROTOCOL(V2): [{}] {}", remoteAddress, settings);
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
        waiting = true;
        upgrader.startTls(
                () -> {
                    output.response(FrameEncoder.OK);
                    output.flush();
                    compress(granted, deflateLevel);
                    waiting = false;
                    restartDeadline();
                    decoder.resume();
                },
                reason -> fail(new ProtocolException("E_IDENTIFY_FAILED", "IDENTIFY failed " + reason)));
    }

    private void compress(Upgrades granted, int deflateLevel) {
        if (granted.snappy()) {
            LOG.info("PROTOCOL(V2): [{}] upgrading connection to snappy", remoteAddress);
            upgrader.startSnappy(decoder, this::hasEnded);
            output.response(FrameEncoder.OK);
        } else if (granted.deflate()) {
            LOG.info("PROTOCOL(V2): [{}] upgrading connection to deflate (level {})", remoteAddress, deflateLevel);
            upgrader.startDeflate(deflateLevel, decoder, this::hasEnded);
            output.response(FrameEncoder.OK);
        }
    }

    private void auth(byte[] secret) throws ProtocolException {
        if (authorization.isHeld()) {
            throw ProtocolException.invalid("AUTH already set");
        }
        if (!authorization.isRequired()) {
            throw new ProtocolException("E_AUTH_DISABLED", "AUTH disabled");
        }
        takeOver(authorization.ask(credentials(secret)), () -> {
            if (authorization.isEmpty()) {
                throw new ProtocolException("E_UNAUTHORIZED", "AUTH no authorizations found");
            }
            output.response(authorization.answer());
        });
    }

    /** What is known of the client: its secret, its address, its TLS session. */
    private Credentials credentials(byte[] secret) {
        String ip = channel.remoteAddress() instanceof InetSocketAddress inet
                ? NetUtil.toAddressString(inet.getAddress())
                : "";
        return new Credentials(secret, ip, upgrader.tls().isPresent(), upgrader.clientCommonName());
    }

    /** The rest of a command. */
    private interface Step {
        void run() throws ProtocolException;
    }

    /** P-72: goes on if the client may; at once, unless what is known of it has expired (P-77). */
    private void whenAllowed(Permission permission, String topic, String channelName, Step next)
            throws ProtocolException {
        if (!authorization.isRequired()) {
            next.run();
            return;
        }
        if (!authorization.isHeld()) {
            throw new ProtocolException("E_AUTH_FIRST", "AUTH required before " + command);
        }
        Step checked = () -> {
            if (!authorization.allows(permission, topic, channelName)) {
                throw new ProtocolException(
                        "E_UNAUTHORIZED",
                        "AUTH failed for " + command + " on \"" + topic + "\" \"" + channelName + "\"");
            }
            next.run();
        };
        if (authorization.isExpired()) {
            takeOver(authorization.renew(), checked);
        } else {
            checked.run();
        }
    }

    /** Goes on with what the authenticator says, as soon as it does. */
    private void takeOver(CompletableFuture<Authorization> answer, Step next) {
        ScheduledFuture<?> tooLate = eventLoop.schedule(
                () -> answer.completeExceptionally(new TimeoutException("the authenticator does not answer")),
                AUTHENTICATOR_MINUTES,
                TimeUnit.MINUTES);
        CompletableFuture<Void> answered = answer.handle((given, failure) -> {
            tooLate.cancel(false);
            return null;
        });
        await(answered, done -> {
            restartDeadline();
            try {
                authorization.take(answer);
            } catch (CompletionException | CancellationException e) {
                // Not for the peer: the cause may tell of the auth server.
                Throwable cause = e.getCause() == null ? e : e.getCause();
                LOG.warn("PROTOCOL(V2): [{}] AUTH failed {}", remoteAddress, readable(cause));
                throw new ProtocolException("E_AUTH_FAILED", "AUTH failed");
            }
            next.run();
        });
    }

    private static String readable(Throwable cause) {
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }

    // ---- publishing

    private Expect pub() throws ProtocolException {
        if (line.params() < 1) {
            throw ProtocolException.invalid("PUB insufficient number of parameters");
        }
        publishing = topic("");
        delayNanos = 0;
        return Expect.BODY;
    }

    private Expect dpub() throws ProtocolException {
        if (line.params() < 2) {
            throw ProtocolException.invalid("DPUB insufficient number of parameters");
        }
        publishing = topic("");
        if (!line.isNumber(2)) {
            throw ProtocolException.invalid("DPUB could not parse timeout " + line.text(2));
        }
        long millis = line.number(2);
        delayNanos = millis * 1_000_000;
        if (delayNanos < 0 || delayNanos > limits.maxRequeueNanos()) {
            throw ProtocolException.invalid("DPUB timeout " + Long.toUnsignedString(millis) + " out of range 0-"
                    + limits.maxRequeueNanos() / 1_000_000);
        }
        return Expect.BODY;
    }

    private Expect mpub() throws ProtocolException {
        if (line.params() < 1) {
            throw ProtocolException.invalid("MPUB insufficient number of parameters");
        }
        // P-67: the code stands twice, and the topic is made before the body is looked at.
        Publishing target = topic("E_BAD_TOPIC ");
        publishing = target;
        delayNanos = 0;
        whenAllowed(Permission.PUBLISH, target.name, "", () -> resolve(target));
        return Expect.BATCH;
    }

    /** The topic named by the first parameter; the last one is at hand. */
    private Publishing topic(String prefix) throws ProtocolException {
        if (publishing != null && publishing.isFor(line, 1)) {
            return publishing;
        }
        String name = line.text(1);
        if (!Names.isValid(name)) {
            throw new ProtocolException(
                    "E_BAD_TOPIC", prefix + command + " topic name " + line.quoted(1) + " is not valid");
        }
        Publishing known = published.get(name);
        return known == null ? new Publishing(name) : known;
    }

    void batchSize(int size) throws ProtocolException {
        if (size <= 0) {
            throw badBody("invalid body size " + size);
        }
        if (size > limits.maxBodyBytes()) {
            throw badBody("body too big " + size + " > " + limits.maxBodyBytes());
        }
    }

    void batchCount(int count) throws ProtocolException {
        if (count <= 0 || count > limits.maxMessageCount()) {
            throw badBody("invalid message count " + count);
        }
    }

    void batchMessageSize(int index, int size) throws ProtocolException {
        checkMessageSize("message(" + index + ") body size", "message too big", size);
    }

    void batch(MessageBatch batch) throws ProtocolException {
        restartDeadline();
        publish(batch, 0);
    }

    private void resolve(Publishing target) throws ProtocolException {
        if (target.topic == null) {
            try {
                target.topic = nsqd.topic(target.name);
            } catch (NsqdException e) {
                throw publishFailed(e);
            }
        }
    }

    private ProtocolException publishFailed(Throwable failure) {
        return new ProtocolException(
                "E_" + command + "_FAILED",
                command + " failed " + FrameEncoder.bytes(String.valueOf(failure.getMessage())),
                failure);
    }

    private void publish(MessageBatch batch, long delay) throws ProtocolException {
        Publishing target = publishing;
        resolve(target);
        CompletableFuture<Void> result = target.topic.publishDeferred(batch, delay);
        if (result.isCompletedExceptionally() && isExiting(result)) {
            // The topic at hand was deleted; there may be a new one of that name by now (B-6).
            Topic former = target.topic;
            target.topic = null;
            resolve(target);
            if (target.topic != former) {
                result = target.topic.publishDeferred(batch, delay);
            }
        }
        int size = batch.size();
        if (result.isDone()) {
            answer(target, size, result);
        } else {
            await(result, done -> answer(target, size, done));
        }
    }

    private static boolean isExiting(CompletableFuture<Void> failed) {
        return failure(failed) instanceof NsqdException e && e.reason() == Reason.EXITING;
    }

    private static Throwable failure(CompletableFuture<Void> failed) {
        return failed.handle((done, cause) -> cause).join();
    }

    private void answer(Publishing target, int size, CompletableFuture<Void> result) throws ProtocolException {
        if (result.isCompletedExceptionally()) {
            target.topic = null;
            throw publishFailed(failure(result));
        }
        target.counted(size);
        published.putIfAbsent(target.name, target);
        output.response(FrameEncoder.OK);
    }

    /** Goes on with a completed completion. */
    private interface Continuation {
        void run(CompletableFuture<Void> done) throws ProtocolException;
    }

    /** Stops decoding until {@code result} is there: commands are answered in order (P-7). */
    private void await(CompletableFuture<Void> result, Continuation next) {
        waiting = true;
        result.whenComplete((done, failure) -> eventLoop.execute(() -> {
            if (ended) {
                return;
            }
            waiting = false;
            try {
                next.run(result);
            } catch (ProtocolException e) {
                fail(e);
            }
            decoder.resume();
        }));
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
        String channelName = line.text(2);
        if (!Names.isValid(channelName)) {
            throw new ProtocolException("E_BAD_CHANNEL", "SUB channel name " + line.quoted(2) + " is not valid");
        }
        whenAllowed(Permission.SUBSCRIBE, topic, channelName, () -> subscribe(topic, channelName, true));
    }

    private void subscribe(String topic, String channelName, boolean retry) throws ProtocolException {
        SubscribeOptions options = new SubscribeOptions(
                TimeUnit.MILLISECONDS.toNanos(pumpSettings.messageTimeoutMillis()), pumpSettings.sampleRate());
        try {
            subscription = nsqd.topic(topic).channel(channelName).subscribe(this, options);
        } catch (NsqdException e) {
            boolean vanishing = Names.isEphemeral(topic) || Names.isEphemeral(channelName);
            if (e.reason() != Reason.EXITING || !vanishing) {
                throw new ProtocolException("E_SUB_FAILED", "SUB failed " + FrameEncoder.bytes(e.getMessage()), e);
            }
            if (!retry) {
                throw new ProtocolException("E_SUB_FAILED", "SUB failed to deleted topic/channel", e);
            }
            CompletableFuture<Void> later = new CompletableFuture<>();
            eventLoop.schedule(() -> later.complete(null), VANISHING_RETRY_MILLIS, TimeUnit.MILLISECONDS);
            await(later, done -> subscribe(topic, channelName, false));
            return;
        }
        state = SUBSCRIBED;
        output.response(FrameEncoder.OK);
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
        readyCount = count;
    }

    private void cls() throws ProtocolException {
        requireState(state == SUBSCRIBED);
        readyCount = 0;
        state = CLOSING;
        output.response(FrameEncoder.CLOSE_WAIT);
    }

    // ---- settling

    private void fin() throws ProtocolException {
        command = "FIN";
        if (lacksTls()) {
            throw ProtocolException.invalid("cannot FIN in current state (TLS required)");
        }
        checkId(1);
        byte[] bytes = line.bytes();
        int start = line.start(1);
        if (!MessageId.isValid(bytes, start)) {
            settle();
            refuse("FIN", line.text(1), Reason.NOT_IN_FLIGHT);
            return;
        }
        loop.finished[finished++] = MessageId.parse(bytes, start);
        if (finished == loop.finished.length) {
            settle();
        }
    }

    /** Settles the FINs gathered so far; before whatever they must not be behind. */
    void settle() {
        if (finished > 0) {
            int count = finished;
            finished = 0;
            subscription.finish(loop.finished, count, this);
        }
    }

    @Override
    public void refused(long id, Reason reason) {
        refuse("FIN", MessageId.toString(id), reason);
    }

    private void refuse(String name, String id, Reason reason) {
        String why = reason == Reason.NOT_OWNER ? "client does not own message" : "ID not in flight";
        nonFatal("E_" + name + "_FAILED " + name + " " + id + " failed " + why);
    }

    private void nonFatal(String text) {
        LOG.error("[{}] - {}", remoteAddress, FrameEncoder.readable(text));
        output.error(text);
    }

    private void checkId(int params) throws ProtocolException {
        if (line.params() < params) {
            throw ProtocolException.invalid(command + " insufficient number of params");
        }
        if (line.length(1) != MessageId.LENGTH) {
            throw ProtocolException.invalid("invalid message ID");
        }
    }

    private void req() throws ProtocolException {
        requireState(state != INIT);
        checkId(2);
        if (!line.isNumber(2)) {
            throw ProtocolException.invalid("REQ could not parse timeout " + line.text(2));
        }
        long delay = line.number(2) * 1_000_000;
        if (delay < 0 || delay > limits.maxRequeueNanos()) {
            long clamped = delay < 0 ? 0 : limits.maxRequeueNanos();
            LOG.info("PROTOCOL(V2): [{}] REQ timeout {}ns out of range, set to {}ns", remoteAddress, delay, clamped);
            delay = clamped;
        }
        if (!MessageId.isValid(line.bytes(), line.start(1))) {
            refuse("REQ", line.text(1), Reason.NOT_IN_FLIGHT);
            return;
        }
        try {
            subscription.requeue(MessageId.parse(line.bytes(), line.start(1)), delay);
        } catch (NsqdException e) {
            nonFatal("E_REQ_FAILED REQ " + line.text(1) + " failed " + e.getMessage());
        }
    }

    private void touch() throws ProtocolException {
        requireState(state != INIT);
        checkId(1);
        if (!MessageId.isValid(line.bytes(), line.start(1))) {
            refuse("TOUCH", line.text(1), Reason.NOT_IN_FLIGHT);
            return;
        }
        try {
            subscription.touch(MessageId.parse(line.bytes(), line.start(1)));
        } catch (NsqdException e) {
            nonFatal("E_TOUCH_FAILED TOUCH " + line.text(1) + " failed " + e.getMessage());
        }
    }

    // ---- messages out

    @Override
    public void wakeUp() {
        if (wakeUpPending.compareAndSet(false, true)) {
            eventLoop.execute(wokenUp);
        }
    }

    private void wokenUp() {
        wakeUpPending.set(false);
        if (subscription == null || ended) {
            return;
        }
        if (!drain()) {
            // Who is woken polls, if only for nothing: the message is somebody else's.
            subscription.poll(0, 0, this);
        }
        output.flush();
    }

    /**
     * Takes messages while there is room for them; false when there was none from the start.
     */
    private boolean drain() {
        assert eventLoop.inEventLoop();
        if (draining) {
            // A write that filled the socket, or emptied it, was told of in the middle of a hand-over.
            return true;
        }
        draining = true;
        try {
            return drainWhileRoom();
        } finally {
            draining = false;
        }
    }

    private boolean drainWhileRoom() {
        boolean polled = false;
        while (state == SUBSCRIBED && !ended && output.isWritable()) {
            int room = (int) Math.min(POLL_MESSAGES, readyCount - subscription.inFlight());
            if (room <= 0) {
                break;
            }
            polled = true;
            drainedBytes = 0;
            int taken = subscription.poll(room, POLL_BYTES, this);
            if (taken < room && drainedBytes < POLL_BYTES) {
                break;
            }
        }
        return polled;
    }

    @Override
    public void message(Message message) {
        drainedBytes += message.length();
        output.message(message);
    }

    /** The end of a read batch: its answers go out together, and with them what it made room for. */
    void readComplete() {
        if (ended) {
            return;
        }
        settle();
        if (subscription != null) {
            drain();
        }
        output.flush();
        // Who does not read its answers is not listened to.
        channel.config().setAutoRead(isListening() && channel.isWritable());
    }

    /** A client in the middle of its TLS handshake is listened to, though not by us. */
    private boolean isListening() {
        return !waiting || upgrader.isHandshaking();
    }

    void writabilityChanged() {
        if (!ended && channel.isWritable()) {
            if (subscription != null) {
                drain();
                output.flush();
            }
            channel.config().setAutoRead(isListening());
        }
    }

    // ---- time

    private void restartHeartbeat() {
        nextHeartbeat = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(pumpSettings.heartbeatMillis());
    }

    /** P-46: the client has twice the interval for its next command, body included. */
    private void restartDeadline() {
        commandDeadline =
                loop.now() + TimeUnit.MILLISECONDS.toNanos(2 * settings.heartbeatMillis() + LoopState.TICK_MILLIS);
    }

    /** Called by the loop's tick: heartbeats and deadlines. */
    void tick(long now) {
        long interval = TimeUnit.MILLISECONDS.toNanos(pumpSettings.heartbeatMillis());
        if (interval > 0 && output.isStalled(now, interval)) {
            LOG.error("PROTOCOL(V2): [{}] messagePump error - write timed out", remoteAddress);
            channel.close();
            return;
        }
        if (ended || upgrader.isHandshaking()) {
            return;
        }
        BrokenOff at = decoder.brokenOff();
        if (at != BrokenOff.MAGIC && !waiting && settings.heartbeatMillis() > 0 && now - commandDeadline > 0) {
            LOG.info("PROTOCOL(V2): [{}] nothing heard for 2 heartbeat intervals", remoteAddress);
            inputEnded(at);
            return;
        }
        if (interval > 0 && now - nextHeartbeat >= 0 && at != BrokenOff.MAGIC) {
            nextHeartbeat = Math.max(nextHeartbeat + interval, now);
            output.response(FrameEncoder.HEARTBEAT);
            output.flush();
        }
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
        String code = isSized() || at == BrokenOff.COUNT ? "E_BAD_BODY" : "E_BAD_MESSAGE";
        boolean batch = command.equals("MPUB");
        switch (at) {
            case MAGIC, LINE -> end();
            case SIZE ->
                fail(
                        isSized() || batch
                                ? badBody("failed to read body size")
                                : badMessage("failed to read message body size"));
            case BODY ->
                fail(new ProtocolException(
                        code, command + (isSized() ? " failed to read body" : " failed to read message body")));
            case COUNT -> fail(badBody("failed to read message count"));
            case MESSAGE_SIZE -> fail(badMessage("failed to read message(" + decoder.messageIndex() + ") body size"));
            case MESSAGE_BODY -> fail(badMessage("failed to read message body"));
        }
    }

    /** Answers a fatal error and ends the connection (P-22). */
    void fail(ProtocolException e) {
        if (ended) {
            return;
        }
        settle();
        String cause = e.getCause() == null ? "" : " - " + e.getCause().getMessage();
        LOG.error("[{}] - {}{}", remoteAddress, FrameEncoder.readable(e.getMessage()), cause);
        output.error(e.getMessage());
        end();
    }

    /** Sends the last words, and then closes. */
    private void end() {
        ended = true;
        waiting = false;
        decoder.discard();
        leaveChannel();
        channel.config().setAutoRead(true);
        output.finish(written -> sayGoodbye());
    }

    /**
     * Closes so that the peer hears the last words: a close with unread bytes would be a reset, and could overtake them
     * (P-6). So the input is read and thrown away until the peer closes too, for a moment.
     */
    private void sayGoodbye() {
        if (channel instanceof DuplexChannel duplex && channel.isActive() && !duplex.isInputShutdown()) {
            upgrader.closeOutbound(closed -> duplex.shutdownOutput());
            eventLoop.schedule(() -> channel.close(), LINGER_MILLIS, TimeUnit.MILLISECONDS);
        } else {
            channel.close();
        }
    }

    boolean hasEnded() {
        return ended;
    }

    private void leaveChannel() {
        if (subscription != null) {
            subscription.close();
        }
    }

    /** The connection is gone. */
    void closed() {
        ended = true;
        finished = 0;
        authorization.close();
        leaveChannel();
        output.release();
        LOG.info("PROTOCOL(V2): [{}] exiting ioloop", remoteAddress);
    }

    void failed(Throwable cause) {
        if (upgrader.isHandshaking()) {
            // A handshake that fails says so itself.
            return;
        }
        if (cause instanceof IOException || cause.getCause() instanceof SSLException) {
            // A peer that resets, or breaks TLS, is routine.
            LOG.debug("PROTOCOL(V2): [{}] {}", remoteAddress, cause.getMessage());
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
        Subscription held = subscription;
        Upgrades upgrades = upgrader.present();
        List<ClientStats.PubCount> counts = published.values().stream()
                .map(p -> new ClientStats.PubCount(p.name, p.count))
                .toList();
        return new ClientStats(
                current.clientId(),
                current.hostname(),
                "V2",
                remoteAddress,
                state,
                readyCount,
                held == null ? 0 : held.inFlight(),
                held == null ? 0 : held.messageCount(),
                held == null ? 0 : held.finishCount(),
                held == null ? 0 : held.requeueCount(),
                connectTime,
                current.sampleRate(),
                upgrades.deflate(),
                upgrades.snappy(),
                current.userAgent(),
                authorization.stats(),
                upgrader.tls(),
                counts);
    }
}
