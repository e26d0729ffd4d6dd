package io.nsqd.tcp;

import io.netty.channel.Channel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** The connections whose bytes come within something else: they end with the transport, as whoever accepted them cannot serve them. */
final class NestedClients implements AutoCloseable {
    private static final long CLOSE_SECONDS = 5;

    private final Set<Channel> channels = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** Serves one more, on its loop. */
    <T> T add(Channel channel, Function<Channel, T> serving) {
        channels.add(channel);
        channel.closeFuture().addListener(gone -> channels.remove(channel));
        // Once more, as close() may have looked for them in between.
        if (closed) {
            var unused = channel.close();
        }
        return serving.apply(channel);
    }

    /** Closes them all; none is left on the loops when this returns. */
    @Override
    public void close() {
        closed = true;
        channels.forEach(Channel::close);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(CLOSE_SECONDS);
        for (Channel channel : channels) {
            channel.closeFuture().awaitUninterruptibly(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        }
    }
}
