package io.nsqd.launcher;

import io.nsqd.api.LogLevel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.FrameworkWiring;
import org.osgi.resource.Requirement;

/**
 * What plug-ins find in any container, and the daemon itself does without: Configuration Admin, with File Install for its files, and
 * Declarative Services. Felix's bundles lie in {@code lib/services}, and are installed when the first plug-in comes that asks for them and
 * brings none of its own. Confined to one thread.
 */
final class ContainerServices {
    /** Each with its bundles, in the order of their start. */
    private enum Service {
        CONFIGURATION(
                PackageNamespace.PACKAGE_NAMESPACE,
                "=org.osgi.service.cm)",
                "org.apache.felix.log",
                "org.apache.felix.configadmin",
                "org.apache.felix.fileinstall"),
        COMPONENTS(
                "osgi.extender",
                "=osgi.component)",
                "org.osgi.util.function",
                "org.osgi.util.promise",
                "org.osgi.service.component",
                "org.apache.felix.scr");

        private final String namespace;
        private final String filter;
        /** Immutable as an enum's fields are to be. */
        private final String bundles;

        Service(String namespace, String filter, String... bundles) {
            this.namespace = namespace;
            this.filter = filter;
            this.bundles = String.join(", ", bundles);
        }

        private List<String> bundles() {
            return List.of(bundles.split(", ", -1));
        }

        /** Whether a bundle's requirement is about it. */
        private boolean isMeantBy(Requirement requirement) {
            return requirement
                    .getDirectives()
                    .getOrDefault(Constants.FILTER_DIRECTIVE, "")
                    .contains(filter);
        }
    }

    private final Path lib;
    private final Framework framework;
    private final PluginData data;
    private final LogOutput log;
    private final Set<Service> installed = EnumSet.noneOf(Service.class);

    /** @param lib where the bundles are */
    ContainerServices(Path lib, Framework framework, PluginData data, LogOutput log) {
        this.lib = lib;
        this.framework = framework;
        this.data = data;
        this.log = log;
    }

    /** What File Install is to be told by properties of the framework: configurations and nothing else, and only to be read. */
    static Map<String, String> properties(Path etc, Path temporary) {
        return Map.of(
                "felix.fileinstall.dir", etc.toString(),
                "felix.fileinstall.filter", ".*\\.(cfg|config)",
                "felix.fileinstall.tmpdir", temporary.toString(),
                "felix.fileinstall.poll", "1000",
                "felix.fileinstall.noInitialDelay", "true",
                "felix.fileinstall.enableConfigSave", "false",
                "felix.fileinstall.log.default", "jul");
    }

    /** Installs what a plug-in that has just been installed asks for, and starts it. */
    void provideFor(Bundle plugin) {
        for (Service service : Service.values()) {
            if (!installed.contains(service) && isMissed(service, plugin)) {
                if (service == Service.COMPONENTS) {
                    // Components are configured.
                    install(Service.CONFIGURATION);
                }
                install(service);
            }
        }
    }

    private boolean isMissed(Service service, Bundle plugin) {
        return plugin.adapt(BundleRevision.class).getRequirements(service.namespace).stream()
                .anyMatch(requirement -> service.isMeantBy(requirement)
                        && framework
                                .adapt(FrameworkWiring.class)
                                .findProviders(requirement)
                                .isEmpty());
    }

    private void install(Service service) {
        if (!installed.add(service)) {
            return;
        }
        BundleContext context = framework.getBundleContext();
        List<Bundle> bundles = new ArrayList<>();
        try {
            for (String name : service.bundles()) {
                Bundle bundle = context.installBundle(
                        "reference:" + lib.resolve(name + ".jar").toUri());
                data.keep(bundle);
                bundles.add(bundle);
            }
            for (Bundle bundle : bundles) {
                bundle.start(Bundle.START_ACTIVATION_POLICY);
                if (bundle == bundles.get(0) && service == Service.CONFIGURATION) {
                    // Before the others have anything to say.
                    ContainerLog.listen(context, log);
                }
            }
            log.write(LogLevel.INFO, "PLUGINS: " + service.bundles + " started for plug-ins", null);
        } catch (BundleException e) {
            log.failure("PLUGINS: " + service.bundles + " cannot be started for plug-ins", e);
        }
    }
}
