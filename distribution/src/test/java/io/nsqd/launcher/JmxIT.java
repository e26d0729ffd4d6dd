package io.nsqd.launcher;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.tools.attach.VirtualMachine;
import io.nsqd.launcher.plugin.Doorman;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.RuntimeMBeanException;
import javax.management.openmbean.CompositeData;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The daemon as JConsole and its like see it, from outside the process. */
class JmxIT {
    @TempDir
    Path directory;

    /** To a process of this test's own. */
    @SuppressWarnings("BanJNDI")
    private static JMXConnector connect(Daemon daemon) throws Exception {
        VirtualMachine machine = VirtualMachine.attach(Long.toString(daemon.pid()));
        try {
            return JMXConnectorFactory.connect(new JMXServiceURL(machine.startLocalManagementAgent()));
        } finally {
            machine.detach();
        }
    }

    private static ObjectName name() throws Exception {
        return new ObjectName("io.nsqd:type=Nsqd");
    }

    private static Object call(MBeanServerConnection server, String operation, String... arguments) throws Exception {
        String[] types = new String[arguments.length];
        Arrays.fill(types, String.class.getName());
        return server.invoke(name(), operation, arguments, types);
    }

    @Test
    void figuresAndOperationsNeedNoClassOfOurs() throws Exception {
        try (Daemon daemon = Daemon.of(directory).start()) {
            try (JMXConnector connector = connect(daemon)) {
                MBeanServerConnection server = connector.getMBeanServerConnection();
                assertEquals("1.3.0", server.getAttribute(name(), "Version"));
                assertEquals("OK", server.getAttribute(name(), "Health"));
                Instant begin = ((Date) server.getAttribute(name(), "StartTime")).toInstant();
                assertTrue(Duration.between(begin, Instant.now()).toMinutes() < 5, begin::toString);
                String[] transports = (String[]) server.getAttribute(name(), "Transports");
                assertEquals("tcp 127.0.0.1:" + daemon.tcpPort(), transports[1]);

                assertEquals(
                        "created channel billing in topic orders", call(server, "createChannel", "orders", "billing"));
                assertEquals(
                        "paused channel billing of topic orders", call(server, "pauseChannel", "orders", "billing"));
                assertEquals(1, server.getAttribute(name(), "TopicCount"));
                CompositeData orders = ((CompositeData[]) server.getAttribute(name(), "Topics"))[0];
                assertEquals("orders", orders.get("name"));
                CompositeData billing = ((CompositeData[]) orders.get("channels"))[0];
                assertEquals("billing", billing.get("name"));
                assertEquals(true, billing.get("paused"));

                RuntimeMBeanException failure =
                        assertThrows(RuntimeMBeanException.class, () -> call(server, "deleteTopic", "ord"));
                assertEquals(
                        "there is no topic ord; is it orders?",
                        failure.getCause().getMessage());
                assertEquals(
                        "deleted topic orders: 1 channel and 0 messages are gone",
                        call(server, "deleteTopic", "orders"));
                assertEquals("metadata persisted", call(server, "persistMetadata"));
            }
            assertEquals(0, daemon.stop());
        }
    }

    /** Of topics, of bundles that come and go, and of what ails the daemon; without a class of ours, too. */
    @Test
    void notificationsReachWhoListensFromOutside() throws Exception {
        DistributionCopy copy = new DistributionCopy(directory.resolve("home"));
        Queue<String> heard = new ConcurrentLinkedQueue<>();
        try (Daemon daemon = Daemon.of(directory).home(copy.home()).start()) {
            try (JMXConnector connector = connect(daemon)) {
                MBeanServerConnection server = connector.getMBeanServerConnection();
                await().atMost(Duration.ofSeconds(60)).until(() -> server.isRegistered(name()));
                server.addNotificationListener(
                        name(),
                        (notification, handback) -> heard.add(notification.getType() + " " + notification.getMessage()),
                        null,
                        null);
                call(server, "createChannel", "orders", "billing");
                awaitHeard(heard, "io.nsqd.topic.created topic orders was made");
                awaitHeard(heard, "io.nsqd.channel.created channel billing of orders was made");
                assertEquals(
                        0L,
                        server.getAttribute(new ObjectName("io.nsqd:type=Channel,topic=orders,name=billing"), "Depth"));
                copy.drop("doorman.jar", "1.0.0", Doorman.class, "Import-Package: org.osgi.framework,io.nsqd.spi");
                awaitHeard(heard, "io.nsqd.bundle test.doorman 1.0.0 started");
                Files.delete(copy.plugin("doorman.jar"));
                awaitHeard(heard, "io.nsqd.bundle test.doorman 1.0.0 was removed");
                awaitHeard(
                        heard,
                        "io.nsqd.health NOK - authentication is required and there is no authenticator:"
                                + " clients are refused until there is one");
            }
            assertEquals(0, daemon.stop());
        }
    }

    private static void awaitHeard(Queue<String> heard, String expected) {
        await(expected).atMost(Duration.ofSeconds(60)).until(() -> heard.contains(expected));
    }

    private static String classes(Daemon daemon) throws IOException, InterruptedException {
        daemon.collectGarbage();
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        Process process = new ProcessBuilder(
                        jcmd.toString(), Long.toString(daemon.pid()), "VM.class_hierarchy", "io.nsqd.shell.NsqdBean")
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }

    /** Used, taken away and brought back: the bean comes and goes with the bundle, whose classes are let go of. */
    @Test
    void theBundleCanBeTakenAwayWithoutATrace() throws Exception {
        DistributionCopy copy = new DistributionCopy(directory.resolve("home"));
        try (Daemon daemon = Daemon.of(directory).home(copy.home()).start()) {
            try (JMXConnector connector = connect(daemon)) {
                MBeanServerConnection server = connector.getMBeanServerConnection();
                for (int round = 0; round < 2; round++) {
                    await().atMost(Duration.ofSeconds(60)).until(() -> server.isRegistered(name()));
                    call(server, "createChannel", "orders", "billing");
                    assertEquals(1, ((CompositeData[]) server.getAttribute(name(), "Topics")).length);
                    assertTrue(classes(daemon).contains("io.nsqd.shell.NsqdBean/"), "it is loaded");

                    copy.take("nsqd-shell");
                    await().atMost(Duration.ofSeconds(60)).until(() -> !server.isRegistered(name()));
                    await().atMost(Duration.ofSeconds(60))
                            .until(() -> !classes(daemon).contains("io.nsqd.shell.NsqdBean/"));
                    copy.bringBack("nsqd-shell");
                }
            }
            assertEquals(0, daemon.stop());
        }
    }
}
