package io.nsqd.console;

import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.spi.HttpEndpoint;
import io.nsqd.spi.Services;
import io.nsqd.spi.Subsystem;
import java.util.Map;

/** Offers {@code /console/} while the daemon is there, if its options say so. */
public final class ConsoleSubsystem implements Subsystem {
    static final String PATH = "/console";

    /** For the service loader and for the activator. */
    public ConsoleSubsystem() {}

    @Override
    public String name() {
        return "console";
    }

    @Override
    public AutoCloseable start(Services services) {
        Nsqd nsqd = services.get(Nsqd.class);
        if (!nsqd.options().flag(Option.CONSOLE)) {
            return () -> {};
        }
        ConsoleEndpoint endpoint = new ConsoleEndpoint();
        Runnable unregister = services.register(
                HttpEndpoint.class,
                endpoint,
                Map.of(
                        HttpEndpoint.PATH,
                        PATH,
                        HttpEndpoint.ACCESS,
                        HttpEndpoint.ACCESS_OPEN,
                        HttpEndpoint.BODY,
                        HttpEndpoint.BODY_STREAM,
                        HttpEndpoint.CONCURRENCY,
                        32));
        return unregister::run;
    }
}
