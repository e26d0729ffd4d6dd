package io.nsqd.spi;

import io.nsqd.stats.PluginStats;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.FrameworkWiring;
import org.osgi.resource.Requirement;

/**
 * The bundles that make up the daemon, as the framework knows them: those of the house and those that stand on its packages. What the
 * launcher knows of files, and activators of what they wait for, comes from services of the JDK's types, so that it reaches every bundle
 * whatever classes it has; without a launcher the framework's word is all there is.
 */
final class InstalledBundles {
    /** The service property that tells the suppliers apart. */
    static final String ROLE = "nsqd.role";

    /** That of an activator's: its string says why it has not attached, and is empty when it has. */
    static final String ATTACHMENT = "attachment";

    /** That of the launcher's: a list of maps of strings, one for each jar. */
    private static final String JARS = "jars";

    /** The keys of such a map: the bundle's number, empty if it has become none; and as in {@link PluginStats}. */
    private static final String BUNDLE = "bundle";

    private static final String HOUSE = "io.nsqd.";
    private static final String WAITING = "waiting";

    private final BundleContext context;
    private final FrameworkWiring wiring;
    private final Map<Bundle, String> attachments = new HashMap<>();

    private InstalledBundles(BundleContext context) {
        this.context = context;
        wiring = context.getBundle(Constants.SYSTEM_BUNDLE_ID).adapt(FrameworkWiring.class);
    }

    /** All of them, sorted by name. */
    static List<PluginStats> list(BundleContext context) {
        return new InstalledBundles(context).list();
    }

    private List<PluginStats> list() {
        this.<String>ask(
                ATTACHMENT, (bundle, reason) -> attachments.merge(bundle, reason, (a, b) -> a.isEmpty() ? b : a));
        Map<String, Map<String, String>> jars = new HashMap<>();
        List<PluginStats> all = new ArrayList<>();
        this.<Collection<Map<String, String>>>ask(JARS, (launcher, reported) -> {
            for (Map<String, String> jar : reported) {
                if (jar.get(BUNDLE).isEmpty()) {
                    all.add(new PluginStats(
                            jar.get("name"), jar.get("version"), jar.get("state"), jar.get("file"), jar.get("reason")));
                } else {
                    jars.put(jar.get(BUNDLE), jar);
                }
            }
        });
        for (Bundle bundle : context.getBundles()) {
            Map<String, String> jar = jars.get(Long.toString(bundle.getBundleId()));
            if (jar != null || isConcerned(bundle)) {
                all.add(stats(bundle, jar == null ? Map.of() : jar));
            }
        }
        all.sort(Comparator.comparing(PluginStats::name).thenComparing(PluginStats::file));
        return all;
    }

    /** What is told of those who are asked. */
    private interface Answer<T> {
        void accept(Bundle who, T answer);
    }

    /** Asks all suppliers of a role, whose type goes with it. */
    @SuppressWarnings("unchecked")
    private <T> void ask(String role, Answer<T> answer) {
        try {
            for (ServiceReference<?> reference :
                    context.getServiceReferences(Supplier.class, "(" + ROLE + "=" + role + ")")) {
                Bundle who = reference.getBundle();
                Supplier<T> asked = (Supplier<T>) References.get(context, reference);
                if (who != null && asked != null) {
                    answer.accept(who, asked.get());
                    References.unget(context, reference);
                }
            }
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether a bundle is of the house, or imports what it exports. */
    private static boolean isConcerned(Bundle bundle) {
        String name = bundle.getSymbolicName();
        if (name != null && name.startsWith(HOUSE)) {
            return true;
        }
        BundleRevision revision = bundle.adapt(BundleRevision.class);
        return revision != null
                && revision.getRequirements(PackageNamespace.PACKAGE_NAMESPACE).stream()
                        .map(Requirement::getDirectives)
                        .map(directives -> directives.getOrDefault(Constants.FILTER_DIRECTIVE, ""))
                        .anyMatch(filter -> filter.contains("=" + HOUSE));
    }

    private PluginStats stats(Bundle bundle, Map<String, String> jar) {
        String attachment = attachments.getOrDefault(bundle, "");
        String known = jar.getOrDefault("reason", "");
        String missing = bundle.getState() == Bundle.INSTALLED ? MissingCapabilities.of(bundle, wiring) : "";
        String state = state(bundle, jar, missing, attachment);
        String reason = known;
        if (!missing.isEmpty() && known.isEmpty()) {
            reason = "it waits for " + missing;
        } else if (bundle.getState() == Bundle.ACTIVE && !attachment.isEmpty()) {
            reason = known.isEmpty() ? attachment : attachment + "; " + known;
        }
        String name = bundle.getSymbolicName();
        return new PluginStats(
                name == null ? "" : name,
                bundle.getVersion().toString(),
                state,
                jar.getOrDefault("file", bundle.getLocation()),
                reason);
    }

    private static String state(Bundle bundle, Map<String, String> jar, String missing, String attachment) {
        String others = jar.getOrDefault("state", "");
        return switch (bundle.getState()) {
            case Bundle.ACTIVE -> {
                String unattached = attachment.startsWith(ServiceActivator.FAILED) ? "failed" : WAITING;
                yield attachment.isEmpty() ? PluginStats.ACTIVE : unattached;
            }
            case Bundle.STARTING -> "starting";
            case Bundle.STOPPING -> "stopping";
            case Bundle.RESOLVED -> {
                if (isFragment(bundle)) {
                    yield "attached";
                }
                yield others.isEmpty() ? "stopped" : others;
            }
            default -> {
                boolean waits = !missing.isEmpty() && !others.equals("standby");
                yield waits || others.isEmpty() ? WAITING : others;
            }
        };
    }

    private static boolean isFragment(Bundle bundle) {
        BundleRevision revision = bundle.adapt(BundleRevision.class);
        return revision != null && (revision.getTypes() & BundleRevision.TYPE_FRAGMENT) != 0;
    }

    /** Offers what says why an activator has not attached. */
    static Runnable offer(BundleContext context, Supplier<String> reason) {
        return context.registerService(Supplier.class, reason, FrameworkUtil.asDictionary(Map.of(ROLE, ATTACHMENT)))
                ::unregister;
    }
}
