package io.nsqd.spi;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.stats.PluginStats;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.apache.felix.framework.Felix;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.launch.Framework;

/** What a framework of somebody else's tells of the bundles in it, and what a launcher adds to that. */
final class InstalledBundlesTest {
    @TempDir
    private Path directory;

    private Framework framework;

    @BeforeEach
    void startFramework() throws BundleException {
        framework = new Felix(
                Map.of(Constants.FRAMEWORK_STORAGE, directory.toString(), "felix.service.urlhandlers", "false"));
        framework.start();
    }

    @AfterEach
    void stopFramework() throws BundleException, InterruptedException {
        framework.stop();
        framework.waitForStop(0);
    }

    private Bundle install(String name, String... headers) throws IOException, BundleException {
        Manifest manifest = new Manifest();
        Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.putValue("Bundle-ManifestVersion", "2");
        attributes.putValue("Bundle-SymbolicName", name);
        attributes.putValue("Bundle-Version", "1.2.3");
        for (String header : headers) {
            attributes.putValue(header.replaceFirst(": .*", ""), header.replaceFirst("[^:]*: ", ""));
        }
        ByteArrayOutputStream jar = new ByteArrayOutputStream();
        new JarOutputStream(jar, manifest).close();
        return framework.getBundleContext().installBundle("test:" + name, new ByteArrayInputStream(jar.toByteArray()));
    }

    private List<PluginStats> list() {
        return new FrameworkServices(framework.getBundleContext()).plugins();
    }

    private void offer(String role, Supplier<?> supplier) {
        framework
                .getBundleContext()
                .registerService(Supplier.class, supplier, FrameworkUtil.asDictionary(Map.of("nsqd.role", role)));
    }

    @Test
    void withoutALauncherTheFrameworkTellsWhatConcernsTheDaemon() throws Exception {
        install("io.nsqd.one").start();
        install("io.nsqd.stopped", "Import-Package: org.osgi.framework");
        install("some.plugin", "Import-Package: io.nsqd.api;version=\"[1.0,2)\",org.osgi.framework");
        install("io.nsqd.second", "Require-Bundle: some.plugin");
        install("somebody.elses");
        assertEquals(
                List.of(
                        new PluginStats("io.nsqd.one", "1.2.3", "active", "test:io.nsqd.one", ""),
                        new PluginStats(
                                "io.nsqd.second",
                                "1.2.3",
                                "waiting",
                                "test:io.nsqd.second",
                                "it waits for some.plugin, which waits for the package io.nsqd.api from 1.0.0 below 2.0.0"),
                        new PluginStats("io.nsqd.stopped", "1.2.3", "waiting", "test:io.nsqd.stopped", ""),
                        new PluginStats(
                                "some.plugin",
                                "1.2.3",
                                "waiting",
                                "test:some.plugin",
                                "it waits for the package io.nsqd.api from 1.0.0 below 2.0.0")),
                list());
    }

    @Test
    void whatIsThereIsNotWaitedFor() throws Exception {
        install("io.nsqd.api", "Export-Package: io.nsqd.api;version=1.1");
        Bundle plugin = install("some.plugin", "Import-Package: io.nsqd.api;version=\"[1.0,2)\"");
        assertEquals("", list().get(1).reason());
        plugin.start();
        assertEquals("active", list().get(1).state());
        plugin.stop();
        assertEquals("stopped", list().get(1).state());
    }

    @Test
    void theLauncherKnowsFilesAndWhatIsWrongWithThem() throws Exception {
        Bundle bundle = install("some.library");
        bundle.start();
        offer(
                "jars",
                () -> List.of(
                        Map.of(
                                "bundle", Long.toString(bundle.getBundleId()),
                                "file", "plugins/library.jar",
                                "name", "some.library",
                                "version", "1.2.3",
                                "state", "failed",
                                "reason", "cannot be updated - it is damaged"),
                        Map.of(
                                "bundle", "",
                                "file", "plugins/garbage.jar",
                                "name", "",
                                "version", "",
                                "state", "failed",
                                "reason", "cannot be installed - it is no bundle")));
        assertEquals(
                List.of(
                        new PluginStats(
                                "", "", "failed", "plugins/garbage.jar", "cannot be installed - it is no bundle"),
                        new PluginStats(
                                "some.library",
                                "1.2.3",
                                "active",
                                "plugins/library.jar",
                                "cannot be updated - it is damaged")),
                list());
    }

    /** Its bundle is active all the while. */
    @Test
    void anActivatorTellsWhatItWaitsForAndWhyItCouldNotAttach() throws Exception {
        Bundle bundle = install("io.nsqd.waiter", "Import-Package: org.osgi.framework");
        bundle.start();
        AtomicBoolean works = new AtomicBoolean();
        ServiceActivator activator = new ServiceActivator("waiter") {
            @Override
            protected List<String> needs(BundleContext context) {
                return List.of("(&(objectClass=java.lang.String)(word=need))");
            }

            @Override
            protected AutoCloseable attach(BundleContext context, Object[] services) throws IOException {
                if (!works.get()) {
                    throw new IOException("the port is taken");
                }
                return () -> {};
            }

            @Override
            protected void fail(Object[] services, String what, Throwable failure) {
                throw new AssertionError(what);
            }
        };
        activator.start(bundle.getBundleContext());
        await().until(() -> list().get(0).reason().equals("it waits for the service java.lang.String (word=need)"));
        assertEquals("waiting", list().get(0).state());
        framework
                .getBundleContext()
                .registerService(String.class, "need", FrameworkUtil.asDictionary(Map.of("word", "need")));
        await().until(() -> list().get(0).reason().endsWith("will try again - the port is taken"));
        assertEquals("failed", list().get(0).state());
        works.set(true);
        await().until(() -> list().get(0).state().equals("active"));
        activator.stop(bundle.getBundleContext());
        assertTrue(list().get(0).reason().isEmpty());
    }
}
