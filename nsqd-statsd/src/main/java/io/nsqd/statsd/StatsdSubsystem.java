package io.nsqd.statsd;

import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.spi.Services;
import io.nsqd.spi.Subsystem;

/** Pushes figures to a statsd daemon, if one is configured, while the daemon is there. */
public final class StatsdSubsystem implements Subsystem {
    /** For the service loader and for the activator. */
    public StatsdSubsystem() {}

    @Override
    public String name() {
        return "statsd";
    }

    @Override
    public AutoCloseable start(Services services) {
        Nsqd nsqd = services.get(Nsqd.class);
        if (nsqd.options().string(Option.STATSD_ADDRESS).isEmpty()) {
            return () -> {};
        }
        StatsdLoop loop = new StatsdLoop(nsqd);
        loop.start();
        return loop;
    }
}
