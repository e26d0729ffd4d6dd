package io.nsqd.shell;

import io.nsqd.api.Nsqd;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

    HealthChecks(BundleContext context, RunningDaemon daemon) {
        registrations = List.of(
                register(context, "nsqd live", "live", () -> live(daemon.now())),
                register(context, "nsqd ready", "ready", () -> ready(daemon.now())));
    }

    private static ServiceRegistration<HealthCheck> register(
            BundleContext context, String name, String tag, HealthCheck check) {
        return context.registerService(
                HealthCheck.class,
                check,
                FrameworkUtil.asDictionary(
                        Map.of(HealthCheck.NAME, name, HealthCheck.TAGS, new String[] {tag, Verb.SCOPE})));
    }

    static Result live(Optional<Nsqd> nsqd) {
        FormattingResultLog log = new FormattingResultLog();
        if (nsqd.isPresent()) {
            log.info("nsqd runs since {}", nsqd.get().startTime());
        } else {
            log.critical("nsqd is not running");
        }
        return new Result(log);
    }

    static Result ready(Optional<Nsqd> nsqd) {
        FormattingResultLog log = new FormattingResultLog();
        if (nsqd.isEmpty()) {
            log.temporarilyUnavailable("nsqd is not running");
            return new Result(log);
        }
        String health = nsqd.get().health();
        if (health.equals("OK")) {
            log.info("the storage is well");
        } else {
            log.critical("{}", health);
        }
        String transports = nsqd.get().transports().stream()
                .map(transport -> transport.protocol() + " " + transport.address())
                .sorted()
                .collect(Collectors.joining(", "));
        if (transports.isEmpty()) {
            log.temporarilyUnavailable("no transport serves");
        } else {
            log.info("serving {}", transports);
        }
        return new Result(log);
    }

    @Override
    public void close() {
        registrations.forEach(ServiceRegistration::unregister);
    }
}
