package io.nsqd.net;

import io.netty.channel.EventLoopGroup;
import java.util.concurrent.atomic.AtomicBoolean;

/** Listening sockets and event loops as they are in a framework, where a socket that is released waits for its next owner. */
public final class RealListeners implements AutoCloseable {
    private static final int LOOPS = 2;

    private final AtomicBoolean stopping = new AtomicBoolean();
    private final NettyEventLoops loops = new NettyEventLoops(null, LOOPS);
    private final BoundListeners listeners = new BoundListeners(loops, stopping::get);

    /** As bundles find it. */
    public Listeners listeners() {
        return listeners;
    }

    /** The loops that connections run on. */
    public EventLoopGroup workers() {
        return loops.workers("http");
    }

    /** From now on the framework stops: nobody will come for what is left. */
    public void stop() {
        stopping.set(true);
    }

    @Override
    public void close() {
        stopping.set(true);
        listeners.close();
        loops.close();
    }
}
