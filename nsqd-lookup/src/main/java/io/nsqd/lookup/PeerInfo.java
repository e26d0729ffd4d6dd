package io.nsqd.lookup;

import io.nsqd.api.Addresses;

/**
 * What a nsqlookupd says about itself (L-22).
 *
 * @param broadcastAddress where others reach it; empty if it does not say
 * @param tcpPort its port for nsqds
 * @param httpPort its port for HTTP
 * @param version its version
 */
record PeerInfo(String broadcastAddress, int tcpPort, int httpPort, String version) {
    /** {@code host:port} of its HTTP side, an IPv6 address in brackets (L-41). */
    String httpAddress() {
        return Addresses.withPort(broadcastAddress, httpPort);
    }
}
