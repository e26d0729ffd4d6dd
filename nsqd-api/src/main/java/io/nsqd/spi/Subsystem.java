package io.nsqd.spi;

import io.nsqd.api.Nsqd;
import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A part of the daemon that runs while what it needs is there: a transport, an exporter, a storage. A framework starts it
 * through a {@link SubsystemActivator}; an {@link io.nsqd.api.EmbeddedNsqd} finds it with {@link java.util.ServiceLoader}.
 */
@ConsumerType
public interface Subsystem {
    /** A word for the log and for the name of a thread. */
    String name();

    /** The services that it cannot do without. */
    default List<Class<?>> needs() {
        return List.of(Nsqd.class);
    }

    /**
     * The names of subsystems that are to start before it where they are about to as well. One that is not there, or fails to
     * start, is not waited for.
     */
    default List<String> after() {
        return List.of();
    }

    /**
     * Starts it.
     *
     * @param services has all that it needs
     * @return stops it, before anything that it needs leaves; when that returns nothing of it is left
     * @throws Exception when it cannot start; nothing of it is left then
     */
    AutoCloseable start(Services services) throws Exception;
}
