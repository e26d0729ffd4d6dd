package io.nsqd.lookup;

import io.nsqd.api.Nsqd;
import io.nsqd.peer.PeerWorkers;
import io.nsqd.spi.ChannelDirectory;
import io.nsqd.spi.LookupPeers;
import io.nsqd.spi.NsqdListener;
import io.nsqd.spi.Services;
import io.nsqd.spi.Subsystem;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/** Announces the daemon to nsqlookupd while it is there. */
public final class LookupSubsystem implements Subsystem {
    private static final int WORKERS = 4;

    /** For the service loader and for the activator. */
    public LookupSubsystem() {}

    @Override
    public String name() {
        return "lookup";
    }

    @Override
    public AutoCloseable start(Services services) throws IOException {
        Deque<AutoCloseable> started = new ArrayDeque<>();
        try {
            start(services, started);
        } catch (IOException | RuntimeException | Error e) {
            try {
                close(started);
            } catch (Exception closing) {
                e.addSuppressed(closing);
            }
            throw e;
        }
        return () -> close(started);
    }

    /** @param started what is to be closed again, the last first */
    private static void start(Services services, Deque<AutoCloseable> started) throws IOException {
        Nsqd nsqd = services.get(Nsqd.class);
        PeerWorkers workers = new PeerWorkers("nsqd-lookup", WORKERS);
        started.push(workers);
        LookupLoop loop = new LookupLoop(nsqd, workers, Timing.STANDARD);
        started.push(loop);
        LookupChannels channels = new LookupChannels(nsqd, loop, workers);
        started.push(channels);
        // Before the loop starts: what happens after it has listed the topics is reported.
        started.push(services.register(NsqdListener.class, loop)::run);
        started.push(services.register(ChannelDirectory.class, channels)::run);
        started.push(services.register(LookupPeers.class, loop)::run);
        loop.start();
    }

    private static void close(Deque<AutoCloseable> started) throws Exception {
        while (!started.isEmpty()) {
            started.pop().close();
        }
    }
}
