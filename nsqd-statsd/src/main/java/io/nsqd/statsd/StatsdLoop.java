package io.nsqd.statsd;

import io.nsqd.api.Errors;
import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.OutOfMemory;
import io.nsqd.stats.NsqdStats;
import io.nsqd.stats.StatsFilter;
import java.io.IOException;
import java.net.DatagramSocket;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Pushes the figures once an interval (D-1 to D-6, X-18). Is the thread {@code nsqd-statsd}. */
final class StatsdLoop implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StatsdLoop.class);

    /** A shorter interval, 0 above all, counts as this: a slip of the pen must not flood the network. */
    private static final long SHORTEST_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** A round is sent within the interval less this; none is spread in a shorter one (D-3, D-5). */
    private static final long SPARE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final long STOP_MILLIS = 5_000;

    private final Nsqd nsqd;
    private final long intervalNanos;
    private final StatsdMetrics metrics = new StatsdMetrics();
    private final StatsdPrefix prefix;
    private final StatsdSocket sockets = new StatsdSocket();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;

    StatsdLoop(Nsqd nsqd) {
        this.nsqd = nsqd;
        intervalNanos = Math.max(SHORTEST_NANOS, nsqd.options().nanos(Option.STATSD_INTERVAL));
        prefix = new StatsdPrefix(nsqd);
        thread = new Thread(this::run, "nsqd-statsd");
        // A name server that does not answer must not hold up the end of the process.
        thread.setDaemon(true);
    }

    /** Starts the thread. */
    void start() {
        if (Duration.between(nsqd.startTime(), Instant.now()).toNanos() > intervalNanos) {
            // The bundle has come to a daemon at work, or back to it: what was counted before is no burst of now.
            var unused = collect(nsqd.options());
        }
        thread.start();
    }

    private void run() {
        try {
            long due = System.nanoTime() + intervalNanos;
            while (!closesWithin(due - System.nanoTime())) {
                round();
                // On time again after a round that took too long, without making up for those it displaced.
                due = Math.max(due + intervalNanos, System.nanoTime());
            }
        } catch (InterruptedException e) {
            // Nobody does that; if somebody does, it means the end.
            LOG.debug("interrupted", e);
        }
    }

    /** Waits, but not when the loop closes; says whether it does. */
    private boolean closesWithin(long nanos) throws InterruptedException {
        return closing.await(nanos, TimeUnit.NANOSECONDS);
    }

    private void round() throws InterruptedException {
        Options options = nsqd.options();
        String address = options.string(Option.STATSD_ADDRESS);
        try (DatagramSocket socket = sockets.open(address)) {
            LOG.info("STATSD: pushing stats to {}", address);
            send(collect(options), socket);
        } catch (IOException e) {
            LOG.error("failed to create UDP socket to statsd({}) - {}", address, Errors.describe(e));
        } catch (RuntimeException | Error e) {
            OutOfMemory.check(e);
            LOG.error("STATSD: failed to push stats to {} - {}", address, e.toString(), e);
        }
    }

    private List<byte[]> collect(Options options) {
        boolean memory = options.flag(Option.STATSD_MEM_STATS);
        NsqdStats stats = nsqd.stats(new StatsFilter(Optional.empty(), Optional.empty(), false, memory));
        boolean excludeEphemeral = options.flag(Option.STATSD_EXCLUDE_EPHEMERAL);
        List<String> lines = metrics.round(stats, prefix.current(), excludeEphemeral);
        return StatsdPacket.pack(lines, options.integer(Option.STATSD_UDP_PACKET_SIZE));
    }

    /** Spreads the packets over the interval; once the loop closes, the rest goes without waiting (D-4). */
    private void send(List<byte[]> packets, DatagramSocket socket) throws InterruptedException {
        long spread = Math.max(0, intervalNanos - SPARE_NANOS);
        long begin = System.nanoTime();
        for (int i = 0; i < packets.size(); i++) {
            // Off the clock, not off the packet before: late ones do not add up.
            long due = begin + (long) ((double) spread * i / packets.size());
            var unused = closesWithin(due - System.nanoTime());
            StatsdSocket.send(socket, packets.get(i));
        }
    }

    /** Sends what is left of a running round and ends. */
    @Override
    public void close() {
        LOG.info("STATSD: closing");
        closing.countDown();
        try {
            thread.join(STOP_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        sockets.close();
    }
}
