package io.nsqd.tcp;

import io.netty.channel.EventLoopGroup;
import io.nsqd.net.EventLoops;
import io.nsqd.stats.Troubles;
import java.util.function.BooleanSupplier;

/** Event loops that a test has made, and that nobody watches. */
record GivenLoops(EventLoopGroup workers, String kind) implements EventLoops {
    @Override
    public EventLoopGroup workers(String name) {
        return workers;
    }

    @Override
    public Runnable watch(String name, BooleanSupplier busy, Troubles troubles) {
        return () -> {};
    }
}
