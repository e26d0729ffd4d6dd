package io.nsqd.bookkeeper;

import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.ACL;

/**
 * A node's being there: an ephemeral node of ZooKeeper, and a lease, which counts from the moment at which the last request that ZooKeeper
 * has confirmed was sent. ZooKeeper forgets the session half as long again after that at the earliest: so the lease is over here before a
 * peer can see that the node is gone.
 */
final class Membership implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);

    private static final long WATCH_MILLIS = 50;
    private static final long PAUSE_MILLIS = 200;

    private final ClusterSettings settings;
    private final ZooKeeper client;
    private final Znodes znodes;
    private final Runnable lost;
    private final AtomicBoolean over = new AtomicBoolean();
    private final ScheduledThreadPoolExecutor heart = thread("nsqd-lease");
    private final ScheduledThreadPoolExecutor watch = thread("nsqd-lease-watch");

    private volatile long confirmedAt;
    private volatile String estate = "";
    private volatile String reason = "";
    private int version;

    private Membership(ClusterSettings settings, ZooKeeper client, Znodes znodes, Runnable lost) {
        this.settings = settings;
        this.client = client;
        this.znodes = znodes;
        this.lost = lost;
    }

    private static ScheduledThreadPoolExecutor thread(String name) {
        ScheduledThreadPoolExecutor made = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
        made.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        made.setContinueExistingPeriodicTasksAfterShutdownPolicy(false);
        return made;
    }

    /**
     * Joins the cluster. Blocks, also for as long as another process is this node.
     *
     * @param lost told once, on a thread that must not wait, that the lease is over; not by {@link #close}
     * @param goesOn whether it is still wanted
     */
    static Membership join(ClusterSettings settings, Runnable lost, BooleanSupplier goesOn) throws IOException {
        List<ACL> access = ZooKeeperSession.access(settings);
        ZooKeeper client = ZooKeeperSession.begin(settings);
        Membership membership = new Membership(settings, client, new Znodes(client, access), lost);
        try {
            membership.enter(goesOn);
            return membership;
        } catch (IOException | RuntimeException e) {
            membership.close();
            throw e;
        }
    }

    private void enter(BooleanSupplier goesOn) throws IOException {
        long session = TimeUnit.MILLISECONDS.toNanos(client.getSessionTimeout());
        if (session < settings.leaseNanos() / 5 * 6) {
            throw new IOException("sessions with ZooKeeper last for " + client.getSessionTimeout()
                    + " ms at the most, which is not enough for --cluster-lease: its maxSessionTimeout must be "
                    + settings.sessionMillis() + " ms");
        }
        znodes.createAll(Estates.NODES);
        znodes.createAll(Estates.ESTATES);
        znodes.createAll(Estates.DOCUMENTS);
        boolean said = false;
        long asked = System.nanoTime();
        while (!znodes.createEphemeral(path(), data())) {
            if (!said) {
                LOG.warn(
                        "CLUSTER: another process is the node {}, or was so a moment ago: waiting for it to go",
                        settings.node());
                said = true;
            }
            if (!goesOn.getAsBoolean()) {
                throw new IOException("the node leaves before it has joined");
            }
            pause();
            asked = System.nanoTime();
        }
        confirmedAt = asked;
        version = 0;
        checkNodeId();
        long beat = Math.max(100, settings.leaseNanos() / 4_000_000);
        heart.scheduleWithFixedDelay(this::beat, beat, beat, TimeUnit.MILLISECONDS);
        watch.scheduleWithFixedDelay(this::look, WATCH_MILLIS, WATCH_MILLIS, TimeUnit.MILLISECONDS);
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ids of messages are to be different over the whole cluster. */
    private void checkNodeId() throws IOException {
        for (String other : znodes.children(Estates.NODES, null)) {
            if (!other.equals(settings.node())) {
                Optional<Znodes.Found> found = znodes.get(Estates.NODES + "/" + other);
                if (found.isPresent()
                        && Estates.value(found.get().data(), "node-id").equals(Integer.toString(settings.nodeId()))) {
                    throw new IOException("the node " + other + " has the node id " + settings.nodeId()
                            + ", too: each node of a cluster needs a --node-id of its own");
                }
            }
        }
    }

    private String path() {
        return Estates.NODES + "/" + settings.node();
    }

    private byte[] data() {
        return ("nsqd-node 1\nnode-id " + settings.nodeId() + "\nestate " + estate + "\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    /** Says which estate is this node's: no peer takes it over while the node is there. */
    void owns(String name) throws IOException {
        estate = name;
        try {
            heart.submit(this::beatOnce).get(settings.leaseNanos(), TimeUnit.NANOSECONDS);
        } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
            throw Waiting.failed("announce " + name, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private Void beatOnce() throws IOException {
        long asked = System.nanoTime();
        version = znodes.set(path(), data(), version);
        confirmedAt = asked;
        return null;
    }

    private void beat() {
        try {
            beatOnce();
        } catch (Znodes.Outdated e) {
            end("another process is this node");
        } catch (IOException e) {
            if (e.getCause() instanceof KeeperException.SessionExpiredException
                    || e.getCause() instanceof KeeperException.NoNodeException) {
                end("the session with ZooKeeper is over");
            } else {
                LOG.debug("the lease is not confirmed", e);
            }
        }
    }

    private void look() {
        if (!holds()) {
            end("ZooKeeper has not confirmed the lease for " + settings.leaseNanos() / 1_000_000 + " ms");
        }
    }

    private void end(String why) {
        if (over.compareAndSet(false, true)) {
            reason = why;
            lost.run();
        }
    }

    /** Whether the lease is held at this moment: no peer can have taken over. Any thread; cheap. */
    boolean holds() {
        return !over.get() && System.nanoTime() - confirmedAt < settings.leaseNanos();
    }

    /** Nanoseconds since the lease was confirmed. */
    long sinceConfirmed() {
        return System.nanoTime() - confirmedAt;
    }

    /** Why the lease is over. */
    String reason() {
        return reason;
    }

    /** The session, which BookKeeper's client shares: it is over when the lease is, at the latest. */
    ZooKeeper client() {
        return client;
    }

    Znodes znodes() {
        return znodes;
    }

    /** Leaves: the node's place is free at once, where ZooKeeper can be reached. */
    @Override
    public void close() {
        over.set(true);
        heart.shutdown();
        watch.shutdown();
        ZooKeeperSession.end(client);
    }
}
