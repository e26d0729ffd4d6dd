package io.nsqd.console;

import io.nsqd.api.Errors;
import io.nsqd.spi.Authenticator;
import io.nsqd.spi.ChannelDirectory;
import io.nsqd.spi.FigureSource;
import io.nsqd.spi.FrameworkServices;
import io.nsqd.spi.HttpEndpoint;
import io.nsqd.spi.LookupPeers;
import io.nsqd.spi.MessageListener;
import io.nsqd.spi.NsqdListener;
import io.nsqd.spi.Subsystem;
import io.nsqd.spi.Transport;
import io.nsqd.stats.PluginStats;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;

/** The bundles that the daemon is made of, in a framework. */
final class FrameworkBundles implements Bundles {
    private static final String HOUSE = "io.nsqd.";

    /** Whoever takes these goes on when they leave; of all others one that takes it needs it. */
    private static final Set<String> TAKEN_LIGHTLY = Set.of(
            HttpEndpoint.class.getName(),
            Transport.class.getName(),
            NsqdListener.class.getName(),
            MessageListener.class.getName(),
            ChannelDirectory.class.getName(),
            FigureSource.class.getName(),
            LookupPeers.class.getName(),
            Subsystem.class.getName(),
            Authenticator.class.getName(),
            // Of a bundle that the console does not know.
            "io.nsqd.net.transport.HttpUpgrade",
            "java.util.function.Supplier",
            "java.util.function.Consumer");

    /** What the page that asks, and the answer, depend on: such a bundle is changed behind the answer's back. */
    private static final Set<String> UNDER_THE_PAGE =
            Set.of("io.nsqd.console", "io.nsqd.http", "io.nsqd.net", "io.nsqd.api", "io.nsqd.core");

    private final BundleContext context;
    private final String own;
    private final BackgroundChange background;

    /** @param bundle the console's own */
    FrameworkBundles(Bundle bundle, BackgroundChange background) {
        // The framework's: that of a bundle is good for nothing once it has been replaced, as by its own doing.
        context =
                bundle.getBundleContext().getBundle(Constants.SYSTEM_BUNDLE_ID).getBundleContext();
        own = bundle.getSymbolicName();
        this.background = background;
    }

    @Override
    public boolean isChangeable() {
        return true;
    }

    private List<PluginStats> plugins() {
        return new FrameworkServices(context).plugins();
    }

    @Override
    public List<Map<String, Object>> list() {
        List<Map<String, Object>> all = new ArrayList<>();
        for (PluginStats plugin : plugins()) {
            Optional<Bundle> bundle = find(plugin.name(), plugin.version());
            all.add(Json.object(
                    "name", plugin.name(),
                    "version", plugin.version(),
                    "state", plugin.state(),
                    "id", bundle.map(Bundle::getBundleId).orElse(-1L),
                    "ours", plugin.name().startsWith(HOUSE),
                    "file", plugin.file(),
                    "provides", bundle.map(FrameworkBundles::provides).orElse(List.of()),
                    "waitsFor", plugin.reason().isEmpty() ? List.of() : List.of(plugin.reason())));
        }
        return all;
    }

    private Optional<Bundle> find(String name, String version) {
        return Arrays.stream(context.getBundles())
                .filter(bundle -> name.equals(bundle.getSymbolicName())
                        && (version.isEmpty()
                                || version.equals(bundle.getVersion().toString())))
                .findFirst();
    }

    /** The bundle of that name that runs; of several that do not the first. */
    private Bundle bundle(String name) throws Refusal {
        boolean known = plugins().stream().anyMatch(plugin -> plugin.name().equals(name));
        return Arrays.stream(context.getBundles())
                .filter(bundle -> known && name.equals(bundle.getSymbolicName()) && bundle.getBundleId() != 0)
                .max(Comparator.comparing((Bundle bundle) -> bundle.getState() == Bundle.ACTIVE)
                        .thenComparing(Bundle::getVersion))
                .orElseThrow(() -> Refusal.notFound("BUNDLE_NOT_FOUND", "the daemon has no bundle of that name"));
    }

    private static List<String> provides(Bundle bundle) {
        Set<String> all = new TreeSet<>();
        for (ServiceReference<?> service : services(bundle)) {
            for (String type : (String[]) service.getProperty(Constants.OBJECTCLASS)) {
                if (type.startsWith("java.") || type.equals(Subsystem.class.getName())) {
                    continue;
                }
                Object path = service.getProperty(HttpEndpoint.PATH);
                all.add(type.substring(type.lastIndexOf('.') + 1) + (path == null ? "" : " " + path));
            }
        }
        return List.copyOf(all);
    }

    private static ServiceReference<?>[] services(Bundle bundle) {
        ServiceReference<?>[] services = bundle.getRegisteredServices();
        return services == null ? new ServiceReference<?>[0] : services;
    }

    // ---- what hangs on what

    @Override
    public List<String> dependants(String name) throws Refusal {
        Set<String> found = new TreeSet<>();
        Deque<Bundle> left = new ArrayDeque<>(List.of(bundle(name)));
        while (!left.isEmpty()) {
            for (Bundle user : users(left.pop())) {
                if (user.getBundleId() != 0
                        && !name.equals(user.getSymbolicName())
                        && found.add(user.getSymbolicName())) {
                    left.push(user);
                }
            }
        }
        return List.copyOf(found);
    }

    /** Those who cannot do without a service of it. */
    private static List<Bundle> users(Bundle bundle) {
        List<Bundle> users = new ArrayList<>();
        for (ServiceReference<?> service : services(bundle)) {
            String[] types = (String[]) service.getProperty(Constants.OBJECTCLASS);
            Bundle[] using = service.getUsingBundles();
            if (using != null && !TAKEN_LIGHTLY.containsAll(List.of(types))) {
                users.addAll(List.of(using));
            }
        }
        return users;
    }

    /** Whether the page would not outlive a change of it until the answer is there. */
    private boolean isUnderThePage(String name) throws Refusal {
        return UNDER_THE_PAGE.contains(name)
                || name.equals(own)
                || dependants(name).contains(own);
    }

    // ---- changes

    @Override
    public void start(String name) throws Refusal {
        Bundle bundle = bundle(name);
        try {
            bundle.start(Bundle.START_ACTIVATION_POLICY);
        } catch (BundleException e) {
            throw new Refusal(409, "NOT_STARTED", name + " does not start - " + Errors.describe(e));
        }
    }

    @Override
    public boolean stop(String name) throws Refusal {
        Bundle bundle = bundle(name);
        if (isUnderThePage(name)) {
            background.run("stop of " + name, () -> stop(bundle));
            return false;
        }
        stop(bundle);
        return true;
    }

    private static void stop(Bundle bundle) throws Refusal {
        try {
            bundle.stop();
        } catch (BundleException e) {
            throw new Refusal(
                    409, "NOT_STOPPED", bundle.getSymbolicName() + " does not stop cleanly - " + Errors.describe(e));
        }
    }

    private static byte[] content(Path jar) throws Refusal {
        try {
            return Files.readAllBytes(jar);
        } catch (IOException e) {
            throw new Refusal(503, "NOT_UPDATED", "nothing was changed: " + Errors.describe(e));
        }
    }

    @Override
    public boolean update(String name, Path jar) throws Refusal {
        Bundle bundle = bundle(name);
        String version = BundleFile.check(jar, name);
        BundleUpdate update = new BundleUpdate(bundle, content(jar), this::plugins);
        if (!isUnderThePage(name)) {
            update.run();
            return true;
        }
        background.run("update of " + name + " to " + version, update::run);
        return false;
    }
}
