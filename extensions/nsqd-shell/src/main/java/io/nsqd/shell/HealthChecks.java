package io.nsqd.shell;

import io.nsqd.api.Nsqd;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.felix.hc.api.FormattingResultLog;
import org.apache.felix.hc.api.HealthCheck;
import org.apache.felix.hc.api.Result;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;

/**
 * What Felix's health checks ask: whether the daemon lives, and whether it can take messages.
 *
 * <p>A loop that cannot go on ends the daemon ({@link Nsqd#fatal}), so that a daemon that is there lives. An orchestrator
 * should restart what does not live and send nobody to what is not ready.
 */
final class HealthChecks implements AutoCloseable {
    private final List<ServiceRegistration<HealthCheck>> registrations;

    HealthChecks(BundleContext context, RunningDaemons daemons) {
        registrations = List.of(
                register(context, "nsqd live", "live", () -> live(daemons.all())),
                register(context, "nsqd ready", "ready", () -> ready(daemons.all())));
    }

    private static ServiceRegistration<HealthCheck> register(
            BundleContext context, String name, String tag, HealthCheck check) {
        return context.registerService(
                HealthCheck.class,
                check,
                FrameworkUtil.asDictionary(
                        Map.of(HealthCheck.NAME, name, HealthCheck.TAGS, new String[] {tag, Verb.SCOPE})));
    }

    static Result live(List<Nsqd> daemons) {
        FormattingResultLog log = new FormattingResultLog();
        for (Nsqd nsqd : daemons) {
            log.info("{} runs since {}", called(nsqd), nsqd.startTime());
        }
        if (daemons.isEmpty()) {
            log.critical("nsqd is not running");
        }
        return new Result(log);
    }

    /** Whether all that are there can take messages. */
    static Result ready(List<Nsqd> daemons) {
        FormattingResultLog log = new FormattingResultLog();
        daemons.forEach(nsqd -> ready(nsqd, log));
        if (daemons.isEmpty()) {
            log.temporarilyUnavailable("nsqd is not running");
        }
        return new Result(log);
    }

    private static String called(Nsqd nsqd) {
        return nsqd.name().equals(Nsqd.DEFAULT_NAME) ? "nsqd" : "nsqd " + nsqd.name();
    }

    private static void ready(Nsqd nsqd, FormattingResultLog log) {
        String name = called(nsqd);
        String health = nsqd.health();
        if (health.equals("OK")) {
            log.info("{}: the storage is well", name);
        } else {
            log.critical("{}: {}", name, health);
        }
        String transports = nsqd.transports().stream()
                .map(transport -> transport.protocol() + " " + transport.address())
                .sorted()
                .collect(Collectors.joining(", "));
        if (transports.isEmpty()) {
            log.temporarilyUnavailable("{}: no transport serves", name);
        } else {
            log.info("{}: serving {}", name, transports);
        }
    }

    @Override
    public void close() {
        registrations.forEach(ServiceRegistration::unregister);
    }
}
