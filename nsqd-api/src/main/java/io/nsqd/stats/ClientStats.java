package io.nsqd.stats;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A connected client's figures, consumer or producer.
 *
 * @param clientId as identified, else the remote address without port
 * @param hostname as identified, else the remote address without port
 * @param version the protocol, {@code V2}
 * @param remoteAddress {@code ip:port}, or {@code @} over a unix socket
 * @param state 0 init, 3 subscribed, 4 closing
 * @param readyCount the last RDY
 * @param inFlightCount messages sent and not answered
 * @param messageCount messages sent
 * @param finishCount messages finished
 * @param requeueCount messages given back
 * @param connectTime when it connected
 * @param sampleRate 0, or the share of messages it takes, in per cent
 * @param deflate whether the connection is deflated
 * @param snappy whether the connection is snappy-framed
 * @param userAgent as identified
 * @param auth its identity, where it authenticated
 * @param tls its TLS session, where there is one
 * @param pubCounts messages published by topic, sorted by topic; empty when it never published
 */
public record ClientStats(
        String clientId,
        String hostname,
        String version,
        String remoteAddress,
        int state,
        long readyCount,
        long inFlightCount,
        long messageCount,
        long finishCount,
        long requeueCount,
        Instant connectTime,
        int sampleRate,
        boolean deflate,
        boolean snappy,
        String userAgent,
        Optional<Auth> auth,
        Optional<Tls> tls,
        List<PubCount> pubCounts) {
    /** Copies the list. */
    public ClientStats {
        pubCounts = List.copyOf(pubCounts);
    }

    /**
     * Who the client proved to be.
     *
     * @param identity the name given by the authenticator
     * @param identityUrl a page about it, may be empty
     */
    public record Auth(String identity, String identityUrl) {}

    /**
     * A TLS session.
     *
     * @param cipherSuite under the name that NSQ's tools know (T-17)
     * @param version {@code TLS1.2} or {@code TLS1.3} and the like
     * @param negotiatedProtocol the result of ALPN, normally empty
     */
    public record Tls(String cipherSuite, String version, String negotiatedProtocol) {}

    /**
     * How much was published to one topic.
     *
     * @param topic the topic
     * @param count messages
     */
    public record PubCount(String topic, long count) {}
}
