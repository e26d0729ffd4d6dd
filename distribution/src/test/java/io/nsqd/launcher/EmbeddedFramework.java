package io.nsqd.launcher;

import io.nsqd.api.LogLevel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.felix.framework.Felix;
import org.apache.felix.framework.util.FelixConstants;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;

/** A framework inside the tests' own JVM, with the distribution's bundles as the launcher installs them. */
public final class EmbeddedFramework implements AutoCloseable {
    private final Framework framework;
    private final Map<String, Bundle> bundles = new LinkedHashMap<>();

    /**
     * Installs the bundles and starts none.
     *
     * @param storage an empty directory
     * @param options framework properties
     */
    public EmbeddedFramework(Path storage, Map<String, String> options) throws BundleException, IOException {
        LogOutput.STANDARD_ERROR.level(LogLevel.ERROR);
        Map<String, Object> configuration = new HashMap<>(options);
        configuration.put("nsqd.configured", "true");
        configuration.put(Constants.FRAMEWORK_STORAGE, storage.toString());
        configuration.put(
                Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA,
                LibraryPackages.read(Daemon.home().resolve("lib")));
        // They are the JVM's own, and would be in the way of the next framework in it.
        configuration.put(FelixConstants.SERVICE_URLHANDLERS_PROP, "false");
        framework = new Felix(configuration);
        framework.init();
        for (Path jar : BundleDirectory.list(Daemon.home().resolve("bundles"))) {
            String name = jar.getFileName().toString().replace(".jar", "");
            bundles.put(
                    name, framework.getBundleContext().installBundle(jar.toUri().toString()));
        }
        framework.start();
    }

    /** The framework. */
    public Framework framework() {
        return framework;
    }

    /** Our bundles by the names of their files, such as {@code nsqd-tcp}, in the order of installation. */
    public Map<String, Bundle> bundles() {
        return bundles;
    }

    /** Logs no errors any more, as clients are going to be answered thousands. */
    public void quiet() {
        LogOutput.STANDARD_ERROR.level(LogLevel.FATAL);
    }

    /** Stops everything and waits until it has stopped. */
    @Override
    public void close() throws BundleException {
        framework.stop();
        try {
            framework.waitForStop(0);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        LogOutput.STANDARD_ERROR.level(LogLevel.INFO);
    }
}
