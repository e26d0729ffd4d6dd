package io.nsqd.spi;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.util.tracker.ServiceTracker;

/** Knows the best-ranked authenticator. Any thread; asking is cheap, as each publish may. */
final class AuthenticatorTracker extends ServiceTracker<Authenticator, Authenticator> {
    private final Map<ServiceReference<Authenticator>, Authenticator> there = new ConcurrentHashMap<>();
    private volatile Optional<Authenticator> best = Optional.empty();

    AuthenticatorTracker(BundleContext context) {
        super(context, Authenticator.class, null);
    }

    Optional<Authenticator> best() {
        return best;
    }

    private synchronized void choose() {
        best = there.entrySet().stream().max(Map.Entry.comparingByKey()).map(Map.Entry::getValue);
    }

    @Override
    public Authenticator addingService(ServiceReference<Authenticator> reference) {
        Authenticator service = super.addingService(reference);
        if (service != null) {
            there.put(reference, service);
            choose();
        }
        return service;
    }

    @Override
    public void modifiedService(ServiceReference<Authenticator> reference, Authenticator service) {
        choose();
    }

    @Override
    public void removedService(ServiceReference<Authenticator> reference, Authenticator service) {
        there.remove(reference);
        choose();
        super.removedService(reference, service);
    }
}
