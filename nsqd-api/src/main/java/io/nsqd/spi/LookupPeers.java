package io.nsqd.spi;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** The nsqlookupds that the daemon announces itself to, for whoever shows them. A service while there is somebody who does so. */
@ProviderType
@FunctionalInterface
public interface LookupPeers {
    /** Those of the option {@code lookupd-tcp-address}, in its order. Any thread; cheap. */
    List<Peer> peers();

    /**
     * One of them.
     *
     * @param address as the option has it
     * @param connected whether it has been told of the daemon, over a connection that is there
     * @param http {@code host:port} where it answers HTTP, as it says; empty as long as it has not said so
     */
    record Peer(String address, boolean connected, String http) {}
}
