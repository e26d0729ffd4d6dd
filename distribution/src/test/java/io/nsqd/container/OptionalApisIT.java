package io.nsqd.container;

import static org.awaitility.Awaitility.await;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.ops4j.pax.exam.CoreOptions.frameworkProperty;
import static org.ops4j.pax.exam.CoreOptions.options;

import io.nsqd.api.Nsqd;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.inject.Inject;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerMethod;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.BundleException;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

/** APIs that come after our bundles, and go before them: nobody is refreshed. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerMethod.class)
public class OptionalApisIT {
    private static final Path HOME = Path.of(System.getProperty("nsqd.home"));
    private static final String HEALTH_CHECK = "org.apache.felix.hc.api.HealthCheck";

    @Inject
    private BundleContext context;

    private final List<String> stopped = new CopyOnWriteArrayList<>();

    /** A container without any of the APIs. */
    @Configuration
    public Option[] configuration() {
        return options(
                Containers.plain(),
                frameworkProperty("gosh.args").value("--nointeractive --noshutdown"),
                Containers.nsqd());
    }

    private List<Bundle> bring(Path directory) throws IOException, BundleException {
        List<Bundle> brought = new ArrayList<>();
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(directory, "*.jar")) {
            for (Path jar : jars) {
                brought.add(context.installBundle(jar.toUri().toString()));
            }
        }
        for (Bundle bundle : brought) {
            bundle.start();
        }
        return brought;
    }

    private static void take(List<Bundle> bundles) throws BundleException {
        for (Bundle bundle : bundles) {
            bundle.uninstall();
        }
    }

    private void watchOurs() {
        context.addBundleListener(event -> {
            String name = String.valueOf(event.getBundle().getSymbolicName());
            if (name.startsWith("io.nsqd.") && event.getType() == BundleEvent.STOPPED) {
                stopped.add(name);
            }
        });
    }

    private boolean offers(String filter) throws InvalidSyntaxException {
        ServiceReference<?>[] found = context.getAllServiceReferences(null, filter);
        return found != null;
    }

    /** Configuration Admin and Metatype come to a core that waits for them. */
    @Test
    public void theCoreStartsWhenConfigurationAdminComes() throws Exception {
        watchOurs();
        assertEquals(null, context.getServiceReference(Nsqd.class));
        bring(HOME.resolveSibling("container"));
        await().until(() -> offers("(&(objectClass=org.osgi.service.cm.ManagedService)(service.pid=io.nsqd))"));
        await().until(() ->
                offers("(&(objectClass=org.osgi.service.metatype.MetaTypeProvider)(metatype.pid=io.nsqd))"));
        Path data = Files.createTempDirectory("nsqd-late");
        ServiceReference<?> admin = context.getServiceReference("org.osgi.service.cm.ConfigurationAdmin");
        Object service = context.getService(admin);
        // This test has no wire to an API that was not there when it was installed.
        Object configuration = service.getClass()
                .getMethod("getConfiguration", String.class, String.class)
                .invoke(service, "io.nsqd", null);
        configuration
                .getClass()
                .getMethod("update", java.util.Dictionary.class)
                .invoke(
                        configuration,
                        FrameworkUtil.asDictionary(Map.of(
                                "data_path", data.toString(),
                                "tcp_address", "127.0.0.1:0",
                                "http_address", "127.0.0.1:0",
                                "https_address", "")));
        await().until(() -> context.getServiceReference(Nsqd.class) != null
                && context.getService(context.getServiceReference(Nsqd.class))
                                .transports()
                                .size()
                        == 2);
        assertEquals(List.of(), stopped);
    }

    /** Health checks and commands are there while their APIs are. */
    @Test
    public void commandsAndHealthChecksComeAndGoWithTheirApis() throws Exception {
        watchOurs();
        assertTrue(!offers("(objectClass=" + HEALTH_CHECK + ")") && !offers("(osgi.command.scope=nsqd)"));
        List<Bundle> health = bring(HOME.resolveSibling("container").resolve("health"));
        await().until(() -> offers("(&(objectClass=" + HEALTH_CHECK + ")(hc.tags=ready))"));
        List<Bundle> shell = bring(HOME.resolve("shell"));
        await().until(() -> offers("(&(osgi.command.scope=nsqd)(osgi.command.function=stats))"));
        take(health);
        await().until(() -> !offers("(objectClass=" + HEALTH_CHECK + ")"));
        take(shell);
        await().until(() -> !offers("(osgi.command.scope=nsqd)"));
        assertEquals(List.of(), stopped);
    }
}
