package io.nsqd.core;

import io.nsqd.api.Errors;
import io.nsqd.api.LogLevel;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import java.util.Locale;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;

/**
 * Has the loggers of a container without our launcher write from the level on that the options say: Karaf's by its log service, those of
 * the platform themselves. Others are their owner's to set, and the log says so. On a thread of its own, as Karaf stores it.
 */
final class ContainerLogging {
    private static final Logger LOG = LoggerFactory.getLogger(ContainerLogging.class);

    /** The name that the loggers of all our classes, and of plug-ins that care, begin with. */
    private static final String LOGGERS = "io.nsqd";

    private static final String KARAF = "org.apache.karaf.log.core.LogService";
    private static final long IDLE_SECONDS = 5;

    private final ThreadPoolExecutor thread =
            new ThreadPoolExecutor(0, 1, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                Thread made = new Thread(task, "nsqd-log-level");
                made.setDaemon(true);
                return made;
            });

    private final BundleContext context;

    ContainerLogging(BundleContext context) {
        this.context = context;
    }

    /** Sets the level; returns at once. */
    void level(LogLevel level) {
        thread.execute(() -> set(level));
    }

    private void set(LogLevel level) {
        // Others know nothing worse than an error.
        String name = level == LogLevel.FATAL ? "ERROR" : level.name();
        try {
            if (!setKarafs(name)
                    && !LoggerFactory.setPlatformLevel(LOGGERS, System.Logger.Level.valueOf(platforms(name)))) {
                LOG.warn(
                        "NSQ: the log level is {}, but what the loggers of {} write is for this container's logging to say",
                        name.toLowerCase(Locale.ROOT),
                        LOGGERS);
            }
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.warn("NSQ: cannot change the log level of this container - {}", Errors.describe(e));
        }
    }

    private static String platforms(String name) {
        return name.equals("WARN") ? "WARNING" : name;
    }

    /** By reflection, as nothing else here needs Karaf. */
    private boolean setKarafs(String level) throws ReflectiveOperationException {
        ServiceReference<?> reference = context.getServiceReference(KARAF);
        Object service = reference == null ? null : context.getService(reference);
        if (service == null) {
            return false;
        }
        try {
            for (Class<?> type : service.getClass().getInterfaces()) {
                if (type.getName().equals(KARAF)) {
                    type.getMethod("setLevel", String.class, String.class).invoke(service, LOGGERS, level);
                    return true;
                }
            }
            return false;
        } finally {
            context.ungetService(reference);
        }
    }

    /** Does nothing more. */
    void close() {
        thread.shutdown();
    }
}
