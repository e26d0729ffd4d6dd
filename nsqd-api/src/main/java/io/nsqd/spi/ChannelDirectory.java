package io.nsqd.spi;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Knows which channels a new topic has elsewhere in the cluster (L-40). Registered as a service. Until every directory has
 * answered, failed or taken too long, a new topic takes messages but hands none on: nobody waits.
 */
@ConsumerType
public interface ChannelDirectory {
    /**
     * Asks for a topic's channels. Returns at once.
     *
     * @param topic the new topic
     * @return the channels' names; what it cannot find out it logs and leaves out
     */
    CompletableFuture<List<String>> channels(String topic);
}
