package io.nsqd.console;

import io.nsqd.spi.LookupPeers;
import io.nsqd.spi.Services;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** The nsqlookupds that the daemon announces itself to, as long as somebody does that. Any thread. */
final class PeerWatch implements Services.Watcher<LookupPeers>, Supplier<List<LookupPeers.Peer>> {
    private final Set<Services.Found<LookupPeers>> there = ConcurrentHashMap.newKeySet();

    @Override
    public void arrived(Services.Found<LookupPeers> found) {
        there.add(found);
    }

    @Override
    public void left(Services.Found<LookupPeers> found) {
        there.remove(found);
    }

    @Override
    public List<LookupPeers.Peer> get() {
        return there.stream().flatMap(found -> found.service().peers().stream()).toList();
    }
}
