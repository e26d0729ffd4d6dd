package io.nsqd.net;

import io.netty.channel.EventLoopGroup;
import org.osgi.annotation.versioning.ProviderType;

/** Threads that serve connections, on the best transport that the machine offers. An OSGi service. */
@ProviderType
public interface EventLoops {
    /**
     * The loops of that name, made at the first call and kept until the daemon ends: as many threads as processors, named
     * {@code nsqd-<name>-1} and so on. Never shut them down.
     */
    EventLoopGroup workers(String name);

    /** What the loops run on: {@code io_uring}, {@code epoll} or {@code nio}. */
    String kind();
}
