package io.nsqd.container;

import static org.awaitility.Awaitility.await;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.ops4j.pax.exam.CoreOptions.frameworkProperty;
import static org.ops4j.pax.exam.CoreOptions.options;

import io.nsqd.api.LogLevel;
import io.nsqd.api.Nsqd;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import javax.inject.Inject;
import javax.management.ObjectName;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerMethod;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.ConfigurationAdmin;

/** Several daemons in one container, each by a configuration of its own. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerMethod.class)
public class SeveralDaemonsIT {
    private static final String PID = "io.nsqd";
    private static final String DROPPED = System.getProperty("java.io.tmpdir") + "/nsqd-several";

    @Inject
    private BundleContext context;

    @Inject
    private ConfigurationAdmin admin;

    private Path data;

    /** What the container is made of. */
    @Configuration
    public Option[] configuration() {
        return options(
                Containers.plain(),
                Containers.compendium(),
                frameworkProperty("felix.fileinstall.dir").value(DROPPED),
                frameworkProperty("felix.fileinstall.poll").value("100"),
                Containers.nsqd());
    }

    /** Each test has data paths of its own. */
    @Before
    public void makeDataPath() throws IOException {
        data = Files.createTempDirectory("nsqd-several");
        Files.createDirectories(Path.of(DROPPED));
    }

    /** What was configured is forgotten. */
    @After
    public void forget() throws Exception {
        Files.deleteIfExists(file("orders"));
        var all = admin.listConfigurations("(|(service.pid=" + PID + ")(service.factoryPid=" + PID + "))");
        if (all != null) {
            for (var configuration : all) {
                configuration.delete();
            }
        }
    }

    private static Path file(String name) {
        return Path.of(DROPPED, PID + "-" + name + ".cfg");
    }

    private Map<String, Object> settings(String name) {
        return new HashMap<>(Map.of(
                "data_path", data.resolve(name).toString(),
                "tcp_address", "127.0.0.1:0",
                "http_address", "127.0.0.1:0",
                "https_address", ""));
    }

    private void configureDefault() throws IOException {
        admin.getConfiguration(PID, null).update(FrameworkUtil.asDictionary(settings("default")));
    }

    private org.osgi.service.cm.Configuration configure(String name, Map<String, Object> settings) throws IOException {
        var configuration = admin.createFactoryConfiguration(PID, null);
        settings.put("nsqd.name", name);
        configuration.update(FrameworkUtil.asDictionary(settings));
        return configuration;
    }

    private void drop(String name) throws IOException {
        StringBuilder text = new StringBuilder();
        settings(name).forEach((key, value) -> text.append(key)
                .append(" = ")
                .append(value.toString().replace("\\", "\\\\"))
                .append('\n'));
        Path written = Files.writeString(data.resolve("file"), text);
        Files.move(written, file(name), StandardCopyOption.REPLACE_EXISTING);
    }

    private Set<String> names() throws InvalidSyntaxException {
        Set<String> names = new TreeSet<>();
        for (ServiceReference<Nsqd> reference : context.getServiceReferences(Nsqd.class, null)) {
            names.add((String) reference.getProperty(Nsqd.NAME));
        }
        return names;
    }

    /** The daemon of that name, once it serves TCP and HTTP. */
    private Nsqd awaitDaemon(String name) throws InvalidSyntaxException {
        await(name).until(() -> {
            var found = context.getServiceReferences(Nsqd.class, "(" + Nsqd.NAME + "=" + name + ")");
            return !found.isEmpty()
                    && context.getService(found.iterator().next()).transports().size() == 2;
        });
        return context.getService(context.getServiceReferences(Nsqd.class, "(" + Nsqd.NAME + "=" + name + ")")
                .iterator()
                .next());
    }

    private static MessageKit user(Nsqd nsqd) {
        return new MessageKit(nsqd.port("tcp"), nsqd.port("http"));
    }

    private Bundle bundle(String name) {
        return Arrays.stream(context.getBundles())
                .filter(bundle -> name.equals(bundle.getSymbolicName()))
                .findFirst()
                .orElseThrow();
    }

    /** Each has its ports, its topics, its figures and its MBean. */
    @Test
    public void eachServesItsOwnAndLeavesTheOthersAlone() throws Exception {
        configureDefault();
        drop("orders");
        var audit = configure("audit", settings("audit"));
        Nsqd first = awaitDaemon("default");
        Nsqd orders = awaitDaemon("orders");
        Nsqd second = awaitDaemon("audit");
        assertEquals(Set.of("default", "orders", "audit"), names());
        for (Nsqd nsqd : new Nsqd[] {first, orders, second}) {
            user(nsqd).run("t");
            user(nsqd).http("POST", "/topic/create?topic=of-" + nsqd.name(), "");
            assertTrue(Files.exists(data.resolve(nsqd.name()).resolve("nsqd.dat")));
        }
        assertFalse(user(first).http("GET", "/stats", "").contains("of-orders"));
        assertTrue(user(orders).http("GET", "/stats", "").contains("of-orders"));
        assertTrue(user(orders).http("GET", "/metrics", "").contains("nsqd_info{daemon=\"orders\",version="));
        assertTrue(user(first).http("GET", "/metrics", "").contains("nsqd_info{version="));
        var beans = ManagementFactory.getPlatformMBeanServer();
        await().until(() -> beans.isRegistered(new ObjectName("io.nsqd:type=Nsqd,name=audit")));
        assertEquals(1, beans.getAttribute(new ObjectName("io.nsqd:type=Nsqd,name=audit"), "TopicCount"));
        assertEquals(1, beans.getAttribute(new ObjectName("io.nsqd:type=Nsqd"), "TopicCount"));

        int gone = orders.port("tcp");
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), first.port("tcp"))) {
            Files.delete(file("orders"));
            await().until(() -> names().equals(Set.of("default", "audit")));
            audit.update(FrameworkUtil.asDictionary(changed("audit")));
            await().until(() -> second.options().logLevel() == LogLevel.WARN);
            assertEquals(LogLevel.INFO, first.options().logLevel());
            client.getOutputStream().write("  V2IDENTIFY\n\0\0\0\2{}".getBytes(StandardCharsets.US_ASCII));
            assertEquals('K', client.getInputStream().readNBytes(10)[9]);
        }
        await().until(() -> !new MessageKit(gone, 0).acceptsTcp());
        user(first).run("after");
        user(second).run("after");
        assertEquals(
                1,
                user(second)
                        .http("GET", "/stats", "")
                        .lines()
                        .filter(line -> line.contains("of-audit"))
                        .count());
    }

    private Map<String, Object> changed(String name) {
        Map<String, Object> settings = settings(name);
        settings.put("nsqd.name", name);
        settings.put("log_level", "warn");
        return settings;
    }

    /** A transport that is updated is that of all of them. */
    @Test
    public void aTransportThatComesBackServesAllOfThem() throws Exception {
        configureDefault();
        configure("other", settings("other"));
        awaitDaemon("default");
        awaitDaemon("other");
        bundle("io.nsqd.tcp").stop();
        await().until(() -> awaitDaemonsWith(1));
        bundle("io.nsqd.tcp").start();
        user(awaitDaemon("default")).run("t");
        user(awaitDaemon("other")).run("t");
        bundle("io.nsqd.core").stop();
        assertEquals(Set.of(), names());
        bundle("io.nsqd.core").start();
        user(awaitDaemon("default")).run("t");
        user(awaitDaemon("other")).run("t");
    }

    private boolean awaitDaemonsWith(int transports) throws InvalidSyntaxException {
        return context.getServiceReferences(Nsqd.class, null).stream()
                .allMatch(
                        reference -> context.getService(reference).transports().size() == transports);
    }

    /** What cannot be is said, and disturbs nobody. */
    @Test
    public void aConfigurationThatCannotBeUsedIsNoDaemon() throws Exception {
        configure("other", settings("other"));
        Nsqd other = awaitDaemon("other");
        configure("other", settings("elsewhere"));
        Map<String, Object> without = settings("without");
        without.remove("data_path");
        configure("without", without);
        configure("default", settings("default"));
        configure("no name", settings("none"));
        configure("second", settings("second"));
        awaitDaemon("second");
        assertEquals(Set.of("other", "second"), names());
        assertFalse(Files.exists(data.resolve("elsewhere")));
        user(other).run("t");
    }
}
