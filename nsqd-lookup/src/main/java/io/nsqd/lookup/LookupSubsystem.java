package io.nsqd.lookup;

import io.nsqd.api.Nsqd;
import io.nsqd.spi.ChannelDirectory;
import io.nsqd.spi.NsqdListener;
import io.nsqd.spi.Services;
import io.nsqd.spi.Subsystem;
import java.io.IOException;

/** Announces the daemon to nsqlookupd while it is there. */
public final class LookupSubsystem implements Subsystem {
    /** For the service loader and for the activator. */
    public LookupSubsystem() {}

    @Override
    public String name() {
        return "lookup";
    }

    @Override
    public AutoCloseable start(Services services) throws IOException {
        Nsqd nsqd = services.get(Nsqd.class);
        Workers workers = new Workers();
        LookupLoop loop = new LookupLoop(nsqd, workers.executor(), Timing.STANDARD);
        LookupChannels channels = new LookupChannels(nsqd, loop, workers.executor());
        // Before the loop starts: what happens after it has listed the topics is reported.
        Runnable listener = services.register(NsqdListener.class, loop);
        Runnable directory = services.register(ChannelDirectory.class, channels);
        loop.start();
        return () -> {
            directory.run();
            listener.run();
            loop.close();
            channels.close();
            workers.close();
        };
    }
}
