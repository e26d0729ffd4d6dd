package io.nsqd.stats;

import java.util.List;
import java.util.Optional;

/**
 * A channel's figures (B-22).
 *
 * @param name the channel
 * @param depth messages that wait: memory and backend, without those in flight or deferred
 * @param backendDepth the backend's part of it
 * @param inFlightCount messages sent and not answered
 * @param deferredCount messages held back
 * @param messageCount messages received from the topic since the start
 * @param requeueCount messages given back by clients
 * @param timeoutCount messages whose time-out passed
 * @param clientCount consumers; filled even where {@code clients} is left out
 * @param clients the consumers, empty where the filter leaves them out
 * @param paused whether deliveries are paused
 * @param latency time from publish to FIN
 * @param policy what policies have done; empty where none has been in force since the start
 * @param rewind how far it has got that is being filled again; empty where it is not
 */
public record ChannelStats(
        String name,
        long depth,
        long backendDepth,
        int inFlightCount,
        int deferredCount,
        long messageCount,
        long requeueCount,
        long timeoutCount,
        int clientCount,
        List<ClientStats> clients,
        boolean paused,
        LatencyStats latency,
        Optional<PolicyStats> policy,
        Optional<RewindStats> rewind) {
    /** Copies the list. */
    public ChannelStats {
        clients = List.copyOf(clients);
    }

    /** The figures of a channel that no policy has been in force for. */
    public ChannelStats(
            String name,
            long depth,
            long backendDepth,
            int inFlightCount,
            int deferredCount,
            long messageCount,
            long requeueCount,
            long timeoutCount,
            int clientCount,
            List<ClientStats> clients,
            boolean paused,
            LatencyStats latency) {
        this(
                name,
                depth,
                backendDepth,
                inFlightCount,
                deferredCount,
                messageCount,
                requeueCount,
                timeoutCount,
                clientCount,
                clients,
                paused,
                latency,
                Optional.empty(),
                Optional.empty());
    }
}
