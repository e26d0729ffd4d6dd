package io.nsqd.lookup;

import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.LookupPeers;
import io.nsqd.spi.NsqdListener;
import io.nsqd.spi.OutOfMemory;
import java.io.IOException;
import java.nio.channels.Selector;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * Keeps every configured nsqlookupd told what topics and channels there are (L-20 to L-37). Is the thread
 * {@code nsqd-lookup}; as a listener it only notes what happened and wakes that thread.
 */
final class LookupLoop implements NsqdListener, LookupPeers, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LookupLoop.class);

    /** Above this many names the peers are told to announce everything again instead. */
    private static final int MAX_CHANGED = 100_000;

    /** How long the daemon's first topics wait for the first contact with the peers. */
    private static final long FIRST_CONTACT_SECONDS = 4;

    /** How long to wait after a round that failed. */
    private static final long TROUBLE_NANOS = 1_000_000_000;

    private static final long STOP_MILLIS = 5_000;

    private final Nsqd nsqd;
    private final Executor workers;
    private final Timing timing;
    private final SplittableRandom random = new SplittableRandom();
    private final Selector selector;
    private final Thread thread;
    private final CompletableFuture<Void> firstContact = new CompletableFuture<>();

    /** Guards {@link #news}. */
    private final Object lock = new Object();

    private News news = new News();

    /** By address; replaced as a whole by the loop, read by anybody. */
    private volatile Map<String, LookupPeer> peers = Map.of();

    private volatile boolean closing;

    /** What happened since the loop looked last. Names, not events: it is bounded by what there is, and order is no matter. */
    private static final class News {
        private final Set<Registration> changed = new LinkedHashSet<>();
        private boolean tooMany;
        private boolean options;
        private boolean transports;
    }

    /**
     * @param workers for what may block
     */
    LookupLoop(Nsqd nsqd, Executor workers, Timing timing) throws IOException {
        this.nsqd = nsqd;
        this.workers = workers;
        this.timing = timing;
        selector = Selector.open();
        thread = new Thread(this::run, "nsqd-lookup");
    }

    /** Starts the thread. */
    void start() {
        optionsChanged();
        thread.start();
        var unused = firstContact.completeOnTimeout(null, FIRST_CONTACT_SECONDS, TimeUnit.SECONDS);
    }

    // ---- what others ask; any thread

    /** Done when every peer configured at the start has been tried once, or took too long. */
    CompletableFuture<Void> firstContact() {
        return firstContact;
    }

    /** What the peers said about themselves, without those that said nothing yet. */
    List<PeerInfo> knownPeers() {
        return peers.values().stream()
                .map(LookupPeer::info)
                .flatMap(Optional::stream)
                .distinct()
                .toList();
    }

    @Override
    public List<Peer> peers() {
        return peers.entrySet().stream()
                .map(peer -> new Peer(
                        peer.getKey(),
                        peer.getValue().isConnected(),
                        peer.getValue().info().map(PeerInfo::httpAddress).orElse("")))
                .toList();
    }

    // ---- what the broker tells; any thread

    @Override
    public void topicCreated(String topic) {
        changed(Registration.of(topic));
    }

    @Override
    public void topicDeleted(String topic) {
        changed(Registration.of(topic));
    }

    @Override
    public void channelCreated(String topic, String channel) {
        changed(new Registration(topic, channel));
    }

    @Override
    public void channelDeleted(String topic, String channel) {
        changed(new Registration(topic, channel));
    }

    private void changed(Registration registration) {
        synchronized (lock) {
            if (news.changed.size() < MAX_CHANGED) {
                news.changed.add(registration);
            } else {
                news.tooMany = true;
            }
        }
        selector.wakeup();
    }

    @Override
    public void optionsChanged() {
        synchronized (lock) {
            news.options = true;
        }
        selector.wakeup();
    }

    @Override
    public void transportsChanged() {
        synchronized (lock) {
            news.transports = true;
        }
        selector.wakeup();
    }

    // ---- the thread

    private void run() {
        try {
            while (!closing) {
                await(round());
            }
        } catch (IOException e) {
            nsqd.fatal("lookup loop failed - " + e, e);
        } finally {
            peers.values().forEach(LookupPeer::close);
            firstContact.complete(null);
        }
    }

    /** Heeds the news and gives each peer a turn; returns how long to wait for the next. */
    private long round() {
        long now = System.nanoTime();
        News taken = takeNews();
        try {
            heed(taken, now);
            long pause = LookupConnection.NEVER;
            boolean tried = true;
            for (LookupPeer peer : peers.values()) {
                pause = Math.min(pause, peer.turn(now));
                tried &= peer.tried();
            }
            if (tried) {
                firstContact.complete(null);
            }
            return pause;
        } catch (RuntimeException | Error e) {
            OutOfMemory.check(e);
            LOG.error("LOOKUP: failed, and tries again - {}", e.toString(), e);
            synchronized (lock) {
                // What was not heeded is announced anew.
                news.options |= taken.options;
                news.transports |= taken.transports;
                news.tooMany = true;
            }
            return TROUBLE_NANOS;
        }
    }

    private void await(long pauseNanos) throws IOException {
        if (pauseNanos <= 0) {
            selector.selectNow(key -> {});
        } else if (pauseNanos == LookupConnection.NEVER) {
            selector.select(key -> {});
        } else {
            // Rounded up, or the last fraction of a millisecond would be spent in turns with nothing to do.
            selector.select(key -> {}, pauseNanos / 1_000_000 + 1);
        }
    }

    private News takeNews() {
        synchronized (lock) {
            News taken = news;
            news = new News();
            return taken;
        }
    }

    private void heed(News taken, long now) {
        if (taken.options) {
            takeAddresses(now);
        }
        if (taken.transports) {
            Ports ports = Ports.of(nsqd);
            peers.values().forEach(peer -> peer.portsChanged(ports, now));
        }
        if (taken.tooMany) {
            peers.values().forEach(peer -> peer.announceAgain(now));
        } else {
            for (Registration registration : taken.changed) {
                peers.values().forEach(peer -> peer.changed(registration, now));
            }
        }
    }

    /** Compares the addresses by their text: a peer that stays keeps its connection (L-35). */
    private void takeAddresses(long now) {
        List<String> addresses = nsqd.options().strings(Option.LOOKUPD_TCP_ADDRESS);
        Map<String, LookupPeer> gone = new LinkedHashMap<>(peers);
        Map<String, LookupPeer> current = new LinkedHashMap<>();
        for (String address : addresses) {
            LookupPeer peer = gone.remove(address);
            if (peer != null) {
                current.put(address, peer);
            } else if (!current.containsKey(address)) {
                LOG.info("LOOKUP({}): adding peer", address);
                current.put(address, newPeer(address, now));
            }
        }
        gone.forEach((address, peer) -> {
            LOG.info("LOOKUP({}): removing peer", address);
            peer.close();
        });
        peers = current;
    }

    private LookupPeer newPeer(String address, long now) {
        return new LookupPeer(address, nsqd, selector, workers, timing, new Backoff(timing, random.split()), now);
    }

    /** Closes all connections; nsqlookupd drops the producer with them (L-31). */
    @Override
    public void close() throws IOException {
        LOG.info("LOOKUP: closing");
        closing = true;
        selector.wakeup();
        try {
            thread.join(STOP_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        selector.close();
    }
}
