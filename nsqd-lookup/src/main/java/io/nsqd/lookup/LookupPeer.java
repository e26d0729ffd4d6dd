package io.nsqd.lookup;

import io.nsqd.api.Errors;
import io.nsqd.api.HostIdentity;
import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.OutOfMemory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/**
 * One nsqlookupd: connects, identifies, announces everything, then what changes, and begins again when the connection is
 * lost (L-10 to L-16, L-22 to L-24, X-19). Owned by {@code nsqd-lookup}; what others may ask is volatile.
 */
final class LookupPeer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LookupPeer.class);
    private static final byte[] MAGIC = "  V1".getBytes(StandardCharsets.US_ASCII);

    /** Above this many names to be told, it is cheaper to connect again: that announces what is left of them. */
    private static final int MAX_CHANGED = 100_000;

    /** As much of a strange reply as a log line should show. */
    private static final int LOGGED_CHARS = 256;

    private final String address;
    private final Nsqd nsqd;
    private final Selector selector;
    private final Executor workers;
    private final Timing timing;
    private final Backoff backoff;

    /** What is still to be announced after IDENTIFY. */
    private final Deque<Registration> announcing = new ArrayDeque<>();

    /** What changed since; each is told as it is by then. */
    private final Set<Registration> changed = new LinkedHashSet<>();

    private CompletableFuture<List<InetSocketAddress>> resolving;
    private LookupConnection connection;
    private volatile boolean identified;
    private Ports announced = new Ports(0, 0);
    private long connectAt;
    private long waitForPortsUntil;
    private long pingAt;
    private int attempts;
    /** What failed if the connection fails now, for the log. */
    private String underWay = "connect";

    private String lastFailure = "";

    private volatile Optional<PeerInfo> info = Optional.empty();
    private volatile boolean tried;

    LookupPeer(
            String address, Nsqd nsqd, Selector selector, Executor workers, Timing timing, Backoff backoff, long now) {
        this.address = address;
        this.nsqd = nsqd;
        this.selector = selector;
        this.workers = workers;
        this.timing = timing;
        this.backoff = backoff;
        connectAt = now;
        waitForPortsUntil = now + timing.portsWait().toNanos();
    }

    // ---- what the loop tells

    /** A topic or channel came or went. */
    void changed(Registration registration, long now) {
        if (!identified) {
            // Everything is to be announced anyway.
            return;
        }
        changed.add(registration);
        if (changed.size() > MAX_CHANGED) {
            announceAgain(now);
        }
    }

    /** The ports may be others than those announced, or refused, last. */
    void portsChanged(Ports ports, long now) {
        if (ports.differFrom(announced)) {
            announceAgain(now);
        }
    }

    /** Connects again at once: the only way to announce other ports, and to forget what is outdated. */
    void announceAgain(long now) {
        disconnect();
        backoff.reset();
        connectAt = now;
    }

    // ---- what others ask

    /** What it says about itself; kept when the connection is lost (L-43). */
    Optional<PeerInfo> info() {
        return info;
    }

    /** Whether it knows the daemon now. */
    boolean isConnected() {
        return identified;
    }

    /** Whether it has answered once, or failed to. */
    boolean tried() {
        return tried;
    }

    // ---- turns

    /**
     * Does what can be done now.
     *
     * @return nanoseconds until the next turn is due even if nothing happens
     */
    long turn(long now) {
        try {
            return connection == null ? connect(now) : converse(now);
        } catch (IOException | RuntimeException | Error e) {
            OutOfMemory.check(e);
            failed(e, now);
            return connectAt - now;
        }
    }

    private long connect(long now) throws IOException {
        if (resolving == null) {
            long pause = connectAt - now;
            if (!Ports.of(nsqd).known()) {
                pause = Math.max(pause, waitForPortsUntil - now);
            }
            if (pause > 0) {
                return pause;
            }
            underWay = "connect";
            LOG.info("LOOKUP connecting to {}", address);
            resolving = CompletableFuture.supplyAsync(this::resolve, workers);
            var unused = resolving.whenComplete((done, failure) -> selector.wakeup());
        }
        if (!resolving.isDone()) {
            return LookupConnection.NEVER;
        }
        open(resolving, now);
        return converse(now);
    }

    private List<InetSocketAddress> resolve() {
        try {
            return PeerAddress.resolve(address);
        } catch (IOException e) {
            throw new CompletionException(e);
        }
    }

    private void open(CompletableFuture<List<InetSocketAddress>> resolved, long now) throws IOException {
        List<InetSocketAddress> targets = resolved.join();
        // One address an attempt, in turn: the pauses are short at first.
        InetSocketAddress target = targets.get(attempts++ % targets.size());
        long maxReply = nsqd.options().integer(Option.MAX_BODY_SIZE);
        connection =
                new LookupConnection(selector, target, maxReply, timing.io().toNanos(), now);
        announced = Ports.of(nsqd);
        connection.send(identify(announced), now);
    }

    private byte[] identify(Ports ports) {
        byte[] body = LookupJson.identification(
                nsqd.options().string(Option.BROADCAST_ADDRESS), HostIdentity.hostname(), ports);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(MAGIC);
        bytes.writeBytes("IDENTIFY\n".getBytes(StandardCharsets.US_ASCII));
        bytes.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(body.length).array());
        bytes.writeBytes(body);
        return bytes.toByteArray();
    }

    private long converse(long now) throws IOException {
        while (true) {
            Optional<byte[]> reply = connection.advance(now);
            if (reply.isPresent()) {
                if (!replied(reply.get(), now)) {
                    return connectAt - now;
                }
                underWay = "connection lost";
            }
            if (!connection.isIdle()) {
                return connection.remaining(now);
            }
            Optional<String> command = nextCommand(now);
            if (command.isEmpty()) {
                return pingAt - now;
            }
            underWay = command.get();
            connection.send((underWay + "\n").getBytes(StandardCharsets.US_ASCII), now);
        }
    }

    /** PING before all else: a long announcement must not make nsqlookupd take the daemon for dead (L-57). */
    private Optional<String> nextCommand(long now) {
        if (now - pingAt >= 0) {
            pingAt = now + timing.heartbeat().toNanos();
            LOG.debug("LOOKUPD({}): sending heartbeat", address);
            return Optional.of("PING");
        }
        while (!announcing.isEmpty()) {
            Registration registration = announcing.remove();
            if (registration.exists(nsqd)) {
                String command = registration.command(true);
                LOG.info("LOOKUPD({}): {}", address, command);
                return Optional.of(command);
            }
        }
        // Only now: a peer that takes the connection but not the registrations is not to be pressed.
        backoff.reset();
        lastFailure = "";
        Iterator<Registration> next = changed.iterator();
        if (!next.hasNext()) {
            return Optional.empty();
        }
        Registration registration = next.next();
        next.remove();
        String command = registration.command(registration.exists(nsqd));
        LOG.info("LOOKUPD({}): {} {}", address, registration.kind(), command);
        return Optional.of(command);
    }

    // ---- replies

    /** Takes a reply; false when the connection is closed because of it. */
    private boolean replied(byte[] reply, long now) {
        if (identified) {
            // What it says does not matter (L-23), but an operator may want to know.
            if (reply.length > 1 && reply[0] == 'E' && reply[1] == '_') {
                LOG.warn("LOOKUPD({}): {} - {}", address, underWay, printable(reply));
            }
            return true;
        }
        PeerInfo identity;
        try {
            identity = LookupJson.peerInfo(reply);
        } catch (IOException e) {
            refused(reply, now);
            return false;
        }
        LOG.info(
                "LOOKUPD({}): peer info {TCPPort:{} HTTPPort:{} Version:{} BroadcastAddress:{}}",
                address,
                identity.tcpPort(),
                identity.httpPort(),
                identity.version(),
                identity.broadcastAddress());
        if (identity.broadcastAddress().isEmpty()) {
            LOG.error("LOOKUPD({}): no broadcast address", address);
            info = Optional.empty();
        } else {
            info = Optional.of(identity);
        }
        tried = true;
        identified = true;
        pingAt = now + timing.heartbeat().toNanos();
        // After this every change is reported; what is reported twice does no harm (L-26).
        announcing.addAll(Registration.all(nsqd));
        return true;
    }

    /** IDENTIFY was answered by an error (L-22). */
    private void refused(byte[] reply, long now) {
        String text = printable(reply);
        if (text.equals("E_INVALID")) {
            LOG.info("LOOKUPD({}): lookupd returned {}", address, text);
        } else if (isNews(text)) {
            LOG.error("LOOKUPD({}): parsing response - {}", address, text);
        }
        retryLater(now);
    }

    private static String printable(byte[] reply) {
        String text = new String(reply, 0, Math.min(reply.length, LOGGED_CHARS), StandardCharsets.UTF_8);
        return text.replaceAll("\\p{Cntrl}", ".");
    }

    // ---- the end of a connection

    private void failed(Throwable failure, long now) {
        String text = Errors.describe(failure);
        if (isNews(underWay + text)) {
            LOG.error("LOOKUPD({}): {} - {}", address, underWay, text);
        }
        LOG.debug("LOOKUPD({}): failed", address, failure);
        retryLater(now);
    }

    /** Whether a failure is worth a line: a new one, or an old one again after the longest pause. */
    private boolean isNews(String failure) {
        boolean news = !failure.equals(lastFailure) || backoff.isLongest();
        lastFailure = failure;
        return news;
    }

    private void retryLater(long now) {
        disconnect();
        connectAt = now + backoff.next();
        tried = true;
    }

    private void disconnect() {
        if (connection != null) {
            connection.close();
            connection = null;
        }
        resolving = null;
        identified = false;
        underWay = "connect";
        announcing.clear();
        changed.clear();
    }

    /** Closes the connection without a word: nsqlookupd drops the producer with it (L-31, L-35). */
    @Override
    public void close() {
        disconnect();
    }
}
