package io.nsqd.console;

import io.nsqd.api.Nsqd;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.LookupPeers;
import io.nsqd.spi.OutOfMemory;
import io.nsqd.stats.NsqdStats;
import io.nsqd.stats.StatsFilter;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * The console's thread, {@code nsqd-console-live}: it looks at the daemon every ten seconds for the charts and, while a page is open, every second
 * for that. All pages share what is found. What nothing has happened to costs a comparison.
 */
final class Live implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Live.class);

    static final int MOST_PAGES = 100;

    private static final long TICK_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long STOP_SECONDS = 10;
    private static final StatsFilter EVERYTHING = new StatsFilter(Optional.empty(), Optional.empty(), false, false);

    /** Tells proxies, and the page, which cannot see comments, that somebody is there. */
    private static final byte[] QUIET = "event: beat\ndata: {}\n\n".getBytes(StandardCharsets.US_ASCII);

    private final Nsqd nsqd;
    private final Supplier<List<LookupPeers.Peer>> peers;
    private final History history;
    private final Problems problems;
    private final OldestMessages oldest;
    private final Sampler sampler;
    private final Clock clock;
    private final long startedAt = System.nanoTime();
    private final Set<EventStream> pages = ConcurrentHashMap.newKeySet();
    private final ScheduledThreadPoolExecutor thread;

    /** Confined to the thread, as is what follows. */
    private List<Problem> lasting = List.of();

    private long step = -1;
    private long tickedAt;

    Live(Nsqd nsqd, Supplier<List<LookupPeers.Peer>> peers, History history, OldestMessages oldest, Clock clock) {
        this.nsqd = nsqd;
        this.peers = peers;
        this.history = history;
        this.oldest = oldest;
        this.clock = clock;
        problems = new Problems(nsqd, history);
        sampler = new Sampler(oldest);
        thread = new ScheduledThreadPoolExecutor(1, task -> {
            Thread made = new Thread(task, "nsqd-console-live");
            made.setDaemon(true);
            return made;
        });
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        thread.setContinueExistingPeriodicTasksAfterShutdownPolicy(false);
    }

    void start() {
        long period = TimeUnit.SECONDS.toNanos(History.STEP_SECONDS);
        thread.scheduleAtFixedRate(() -> safely(this::sample), 0, period, TimeUnit.NANOSECONDS);
        thread.scheduleAtFixedRate(() -> safely(this::tick), TICK_NANOS, TICK_NANOS, TimeUnit.NANOSECONDS);
    }

    /** What fails once is tried again with the next turn. */
    private static void safely(Runnable turn) {
        try {
            turn.run();
        } catch (RuntimeException | Error e) {
            OutOfMemory.check(e);
            LOG.error("CONSOLE: the figures could not be looked at - {}", e.toString(), e);
        }
    }

    // ---- pages; any thread

    /**
     * A stream for a page; nothing where there are too many.
     *
     * @param good whether the visitor would be let in still: else the stream ends
     */
    Optional<EventStream> open(Visitor visitor, BooleanSupplier good) {
        return pages.size() >= MOST_PAGES ? Optional.empty() : Optional.of(new EventStream(this, visitor, good));
    }

    void add(EventStream page) {
        pages.add(page);
        wanted(page);
    }

    /** A page that knows nothing yet is not made to wait for the next turn. */
    void wanted(EventStream page) {
        try {
            thread.execute(() -> safely(() -> welcome(page)));
        } catch (RejectedExecutionException e) {
            page.end();
        }
    }

    void remove(EventStream page) {
        pages.remove(page);
    }

    int pages() {
        return pages.size();
    }

    // ---- the thread

    private void sample() {
        long now = (System.nanoTime() - startedAt) / TimeUnit.SECONDS.toNanos(History.STEP_SECONDS);
        if (now <= step) {
            return;
        }
        step = now;
        NsqdStats stats = nsqd.stats(EVERYTHING);
        history.add(step, stats);
        lasting = problems.lasting(step, stats);
    }

    private void welcome(EventStream page) {
        if (page.known() != null || !pages.contains(page)) {
            return;
        }
        long now = System.nanoTime();
        if (sampler.last() == null || now - tickedAt > 2 * TICK_NANOS) {
            look(now);
        }
        tell(page, sampler.last(), now);
    }

    private void tick() {
        if (pages.isEmpty()) {
            sampler.forget();
            return;
        }
        long now = System.nanoTime();
        Figures newest = look(now);
        // Most pages know the same and see all: they share what they are told.
        IdentityHashMap<Figures, byte[]> shared = new IdentityHashMap<>();
        for (EventStream page : new ArrayList<>(pages)) {
            if (!page.isGood()) {
                end(page);
            } else if (page.known() == null) {
                tell(page, newest, now);
            } else if (!newest.isNews(page.known())) {
                if (now - page.sentAt() >= QUIET_NANOS) {
                    page.send(QUIET, newest, now);
                } else {
                    page.skip(newest);
                }
            } else if (page.sight() == Figures.Sight.ALL) {
                byte[] event = shared.computeIfAbsent(page.known(), before -> event(newest, before, Figures.Sight.ALL));
                page.send(event, newest, now);
            } else {
                tell(page, newest, now);
            }
        }
    }

    private Figures look(long now) {
        NsqdStats stats = nsqd.stats(EVERYTHING);
        List<LookupPeers.Peer> known = peers.get();
        List<Problem> all = new ArrayList<>(problems.sudden(known));
        all.addAll(lasting);
        oldest.look(stats);
        tickedAt = now;
        return sampler.next(stats, all, known, clock.millis(), now);
    }

    private static void tell(EventStream page, Figures newest, long now) {
        page.send(event(newest, page.known(), page.sight()), newest, now);
    }

    /** @param before what the page knows; {@code null} for nothing */
    private static byte[] event(Figures newest, Figures before, Figures.Sight sight) {
        byte[] data = Json.bytes((Json.Writer) json -> newest.write(json, before, sight));
        ByteArrayOutputStream event = new ByteArrayOutputStream(data.length + 48);
        String head = before == null ? "retry: 1000\nevent: snapshot\ndata: " : "event: delta\ndata: ";
        event.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
        event.writeBytes(data);
        event.writeBytes("\n\n".getBytes(StandardCharsets.US_ASCII));
        return event.toByteArray();
    }

    private void end(EventStream page) {
        pages.remove(page);
        page.end();
    }

    @Override
    public void close() {
        if (!thread.isShutdown()) {
            thread.execute(() -> new ArrayList<>(pages).forEach(this::end));
        }
        thread.shutdown();
        try {
            if (!thread.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("CONSOLE: its thread is still busy {} seconds after the stop", STOP_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
