package io.nsqd.spi;

import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Knows the best-ranked authenticator. Any thread; asking is cheap, as each publish may. */
final class BestAuthenticator implements Services.Watcher<Authenticator> {
    private final Set<Services.Found<Authenticator>> there = ConcurrentHashMap.newKeySet();
    private volatile Optional<Authenticator> best = Optional.empty();

    Optional<Authenticator> best() {
        return best;
    }

    private synchronized void choose() {
        best = there.stream().max(Services.Found::compareTo).map(Services.Found::service);
    }

    @Override
    public void arrived(Services.Found<Authenticator> found) {
        there.add(found);
        choose();
    }

    @Override
    public void changed(Services.Found<Authenticator> found) {
        choose();
    }

    @Override
    public void left(Services.Found<Authenticator> found) {
        there.remove(found);
        choose();
    }
}
