package io.nsqd.platform;

import static org.awaitility.Awaitility.await;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToIntFunction;

/**
 * Very many connections on one thread: {@linkplain FleetPair pairs} of a publisher and a consumer, some of which move most of the
 * messages. No connection of theirs may end.
 */
final class Fleet implements AutoCloseable {
    private static final int TICK_MILLIS = 10;

    /** What a slow pair moves in a second. */
    private static final int SLOW_RATE = 25;

    private static final int BUSY_PAIRS = 20;

    private final Platform platform;
    private final String secret;
    private final boolean forgiving;
    private final EventLoopGroup group;
    private final EventLoop loop;
    private final SslContext tls;
    private final List<FleetPair> busy = new ArrayList<>();
    private final List<FleetPair> all = new ArrayList<>();
    private final List<ChannelFuture> connections = new ArrayList<>();
    private final Set<FleetClient> gone = ConcurrentHashMap.newKeySet();
    private final List<String> ends = new CopyOnWriteArrayList<>();
    private final AtomicInteger ready = new AtomicInteger();
    private final AtomicInteger forgiven = new AtomicInteger();
    private final int[] before;
    private final int rate;
    private boolean publishing;
    private boolean closing;
    private long lastDelivery;
    private long longestGap;
    private long longestGapEnd;

    /**
     * What a disturbance cost.
     *
     * @param gapNanos the longest time in which nobody was sent anything
     * @param resumedNanos from the beginning to the first delivery after that
     */
    record Stall(long gapNanos, long resumedNanos) {}

    /**
     * A fleet; nobody is connected.
     *
     * @param pairs how many; two connections each
     * @param rate messages a second of all of them
     * @param secret for AUTH; empty for none
     * @param forgiving whether messages may come twice, as when the daemon that they were in flight of has stopped
     */
    Fleet(Platform platform, int pairs, int rate, String secret, boolean forgiving) throws Exception {
        this.platform = platform;
        this.secret = secret;
        this.forgiving = forgiving;
        this.rate = rate;
        group = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("fleet"), NioIoHandler.newFactory());
        loop = group.next();
        tls = SslContextBuilder.forClient()
                .sslProvider(SslProvider.JDK)
                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                .endpointIdentificationAlgorithm(null)
                .build();
        FleetClient.Wrapping[] wrappings = FleetClient.Wrapping.values();
        for (int i = 0; i < pairs; i++) {
            boolean isBusy = i < BUSY_PAIRS;
            FleetPair.Style style;
            if (isBusy) {
                style = i % 2 == 0 ? FleetPair.Style.BATCHED : FleetPair.Style.PIPELINED;
            } else {
                style = i % 8 == 0 ? FleetPair.Style.REQUEUED : FleetPair.Style.SINGLE;
            }
            FleetPair pair = new FleetPair(
                    this,
                    "pair" + i,
                    style,
                    wrappings[i / 2 % wrappings.length],
                    wrappings[(i + i / wrappings.length) % wrappings.length]);
            all.add(pair);
            if (isBusy) {
                busy.add(pair);
            }
        }
        before = new int[pairs];
    }

    /** Connects all, and begins to publish once each is served. */
    Fleet start() throws Exception {
        for (FleetPair pair : all) {
            for (ChannelHandler client : pair.clients()) {
                connections.add(new Bootstrap()
                        .group(group)
                        .channel(NioSocketChannel.class)
                        .option(ChannelOption.TCP_NODELAY, true)
                        .handler(client)
                        .connect(InetAddress.getLoopbackAddress(), platform.tcpPort())
                        .sync());
            }
        }
        await().atMost(Platform.PATIENCE).until(() -> ready.get() == connections.size() || !ends.isEmpty());
        var unused = loop.scheduleAtFixedRate(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
        onLoop(() -> publishing = true);
        return this;
    }

    private void tick() {
        if (publishing) {
            int slow = all.size() - busy.size();
            double each = (rate - slow * SLOW_RATE) / (double) busy.size();
            for (int i = 0; i < all.size(); i++) {
                double perSecond = i < busy.size() ? each : SLOW_RATE;
                all.get(i).tick(perSecond * TICK_MILLIS / 1000);
            }
        }
    }

    private <T> T onLoop(Callable<T> task) throws Exception {
        return loop.submit(task).get();
    }

    // ---- what clients tell, on the loop

    String secret() {
        return secret;
    }

    SslContext tls() {
        return tls;
    }

    void ready() {
        ready.incrementAndGet();
    }

    void delivered() {
        long now = System.nanoTime();
        long gap = now - lastDelivery;
        if (gap > longestGap) {
            longestGap = gap;
            longestGapEnd = now;
        }
        lastDelivery = now;
    }

    /** Whether consumers ask in between. */
    boolean isAsking() {
        return publishing;
    }

    /** FIN for a message that was in flight of a daemon that has stopped. */
    boolean forgives(String error) {
        boolean late = forgiving && error.matches("E_(FIN|REQ|TOUCH)_FAILED .* failed ID not in flight");
        if (late) {
            forgiven.incrementAndGet();
        }
        return late;
    }

    /** A connection has ended, or something came on it that should not. */
    void ended(FleetClient client, String how) {
        if (!closing && gone.add(client)) {
            ends.add(client.getClass().getSimpleName() + " " + how);
        }
    }

    // ---- what the test asks, on its own thread

    /** Connections that ended, and why. */
    List<String> ends() {
        return ends;
    }

    int connections() {
        return connections.size();
    }

    int forgiven() {
        return forgiven.get();
    }

    long received() {
        return all.stream().mapToLong(FleetPair::received).sum();
    }

    int missing() throws Exception {
        return sum(FleetPair::missing);
    }

    int duplicates() throws Exception {
        return sum(FleetPair::duplicates);
    }

    int disordered() throws Exception {
        return sum(FleetPair::disordered);
    }

    int resurrected() throws Exception {
        return sum(FleetPair::resurrected);
    }

    private int sum(ToIntFunction<FleetPair> figure) throws Exception {
        return onLoop(() -> all.stream().mapToInt(figure).sum());
    }

    /** Waits until each pair has moved something more. */
    void awaitProgress() {
        Arrays.setAll(before, i -> all.get(i).received());
        await().atMost(Platform.PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> !ends.isEmpty() || haveMoved());
    }

    private boolean haveMoved() {
        for (int i = 0; i < before.length; i++) {
            if (all.get(i).received() == before[i]) {
                return false;
            }
        }
        return true;
    }

    /** Something that is done to the daemon. */
    interface Disturbance {
        void run() throws Exception;
    }

    /** Disturbs, waits until everybody has got on, and tells what it cost. */
    Stall disturbed(Disturbance disturbance) throws Exception {
        long begin = System.nanoTime();
        onLoop(() -> longestGap = 0);
        disturbance.run();
        awaitProgress();
        return onLoop(() -> new Stall(longestGap, longestGapEnd - begin));
    }

    /** Ends publishing, and waits until all has arrived. */
    void drain() throws Exception {
        onLoop(() -> publishing = false);
        await().atMost(Platform.PATIENCE)
                .until(() -> !ends.isEmpty() || onLoop(() -> all.stream().allMatch(FleetPair::isDone)));
    }

    @Override
    public void close() {
        loop.submit(() -> closing = true).awaitUninterruptibly();
        for (ChannelFuture connection : connections) {
            connection.channel().close().awaitUninterruptibly();
        }
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
