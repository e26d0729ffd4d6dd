package io.nsqd.net;

import io.netty.channel.EventLoopGroup;
import io.nsqd.stats.Troubles;
import java.util.function.BooleanSupplier;
import org.osgi.annotation.versioning.ProviderType;

/** Threads that serve connections, on the best transport that the machine offers. An OSGi service. */
@ProviderType
public interface EventLoops {
    /**
     * The loops of that name, made at the first call and kept until the daemon ends: as many threads as processors, named
     * {@code nsqd-<name>-1} and so on. Never shut them down.
     */
    EventLoopGroup workers(String name);

    /**
     * Watches the loops of a name: each that stands still for a second is logged and counted.
     *
     * @param busy whether the loops serve anybody; asked often, by a thread of its own
     * @param troubles counts
     * @return ends it
     */
    Runnable watch(String name, BooleanSupplier busy, Troubles troubles);

    /** What the loops run on: {@code io_uring}, {@code epoll} or {@code nio}. */
    String kind();
}
