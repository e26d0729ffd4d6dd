package io.nsqd.shell;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.BundleListener;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleWiring;

/** Tells of bundles that are nsqd's, or use what nsqd's export: those of a container's own business are no news. */
final class BundleNews implements BundleListener {
    private static final String OURS = "io.nsqd.";

    private static final Map<Integer, String> EVENTS = Map.of(
            BundleEvent.STARTED, "started",
            BundleEvent.STOPPED, "stopped",
            BundleEvent.UPDATED, "was replaced",
            BundleEvent.UNINSTALLED, "was removed");

    private final Set<News> told = ConcurrentHashMap.newKeySet();

    /** Those that were seen to use nsqd: one that has been removed cannot be asked any more. */
    private final Set<Long> users = ConcurrentHashMap.newKeySet();

    /** @return ends it */
    Runnable tell(News news) {
        told.add(news);
        return () -> told.remove(news);
    }

    @Override
    public void bundleChanged(BundleEvent event) {
        Bundle bundle = event.getBundle();
        String what = EVENTS.get(event.getType());
        if (what == null || !isUser(bundle)) {
            return;
        }
        String name = String.valueOf(bundle.getSymbolicName());
        String message = String.format(Locale.ROOT, "%s %s %s", name, bundle.getVersion(), what);
        told.forEach(news -> news.tell("bundle", message, name));
        if (event.getType() == BundleEvent.UNINSTALLED) {
            users.remove(bundle.getBundleId());
        }
    }

    private boolean isUser(Bundle bundle) {
        boolean user = users.contains(bundle.getBundleId())
                || String.valueOf(bundle.getSymbolicName()).startsWith(OURS)
                || importsOurs(bundle.adapt(BundleWiring.class));
        if (user) {
            users.add(bundle.getBundleId());
        }
        return user;
    }

    private static boolean importsOurs(BundleWiring wiring) {
        var wires = wiring == null ? null : wiring.getRequiredWires(PackageNamespace.PACKAGE_NAMESPACE);
        return wires != null
                && wires.stream()
                        .map(wire -> wire.getCapability().getAttributes().get(PackageNamespace.PACKAGE_NAMESPACE))
                        .anyMatch(imported -> String.valueOf(imported).startsWith(OURS));
    }
}
