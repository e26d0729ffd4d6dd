package io.nsqd.spi;

import java.io.IOException;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Remembers topics and channels. Registered as a service with the property {@value #NAME}; its arrival starts the daemon
 * (load, persist, then everything else) and its departure stops it. The option {@code metadata} picks one by name.
 *
 * <p>The core calls one method at a time, from threads that may block.
 */
@ConsumerType
public interface MetadataService {
    /** The service property that names the implementation; the default one is {@code file}. */
    String NAME = "nsqd.metadata";

    /**
     * What was saved last; {@link Metadata#EMPTY} on a fresh start.
     *
     * @throws IOException with a text that says what cannot be read and why: the daemon does not start then (B-32)
     */
    Metadata load() throws IOException;

    /**
     * Replaces what was saved; either wholly or not at all, and durably.
     *
     * @throws IOException when it could not be saved; what was saved before stays
     */
    void save(Metadata metadata) throws IOException;

    /** Where it is kept, for the log. */
    String location();
}
