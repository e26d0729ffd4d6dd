package io.nsqd.interop;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.tools.attach.VirtualMachine;
import io.nsqd.bookkeeper.testing.LocalCluster;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.openmbean.TabularData;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What operators see of a node in JMX and in the shell, while it adopts and while bookies are gone. */
@Tag("cluster")
class ClusterViewsIT {
    private static final int LEFT = 8000;
    private static final int SIZE = 10_000;

    /** That of {@link ReplicatedNodes}. */
    private static final double LEASE_SECONDS = 3;

    @TempDir
    Path directory;

    private static ConditionFactory patiently() {
        return await().atMost(Program.PATIENCE).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(20));
    }

    /** The MBean, from outside of the process and without a class of ours. */
    private record Bean(MBeanServerConnection server) {
        private Object value(String attribute, String key) throws Exception {
            TabularData all = (TabularData) server.getAttribute(new ObjectName("io.nsqd:type=Cluster"), attribute);
            return all.get(new Object[] {key}).get("value");
        }

        double figure(String name) throws Exception {
            return (Double) value("Figures", name);
        }

        String state(String name) throws Exception {
            return (String) value("State", name);
        }
    }

    /** The shell of a node, where somebody asks again and again. */
    private record Shell(ReplicatedNodes.Node node) {
        void ask() throws IOException {
            node.daemon().type("nsqd:cluster");
        }

        /** What a line has said each time that it was shown. */
        List<String> shown(String name) {
            String output = node.daemon().output().replace("nsqd> ", "");
            return Pattern.compile("^" + name + " +(.*)$", Pattern.MULTILINE)
                    .matcher(output)
                    .results()
                    .map(line -> line.group(1))
                    .toList();
        }

        /** What it has said the last time. */
        String last(String name) {
            List<String> shown = shown(name);
            return shown.isEmpty() ? "" : shown.get(shown.size() - 1);
        }

        void await(String name, String value) {
            patiently().pollInterval(Duration.ofMillis(500)).until(() -> {
                ask();
                return last(name).equals(value);
            });
        }
    }

    @SuppressWarnings("BanJNDI") // To a process of this test's own.
    private static JMXConnector connect(ReplicatedNodes.Node node) throws Exception {
        VirtualMachine machine =
                VirtualMachine.attach(Long.toString(node.daemon().pid()));
        try {
            return JMXConnectorFactory.connect(new JMXServiceURL(machine.startLocalManagementAgent()));
        } finally {
            machine.detach();
        }
    }

    @Test
    void jmxAndTheShellShowWhatIsGoingOn() throws Exception {
        try (ReplicatedNodes cluster = ReplicatedNodes.start(directory, 2, "--shell", "--mem-queue-size=1000")) {
            ReplicatedNodes.Node node = cluster.node(0);
            try (JMXConnector connector = connect(node)) {
                Bean bean = new Bean(connector.getMBeanServerConnection());
                Shell shell = new Shell(node);
                aSoundNode(node, bean, shell);
                anAdoption(cluster, bean, shell);
                withoutAQuorum(cluster, bean, shell);
                withoutAQuorumForTheStorage(cluster, bean, shell);
            }
        }
    }

    private static void aSoundNode(ReplicatedNodes.Node node, Bean bean, Shell shell) throws Exception {
        node.api().createChannel("load", "c");
        assertEquals(200, node.publish("load", "", "x".repeat(SIZE)));
        assertEquals(node.name(), bean.state("node"));
        assertEquals(node.name() + ".1", bean.state("estate"));
        assertEquals("on", bean.state("adopts"));
        assertEquals("", bean.state("adopting"));
        assertEquals("", bean.state("adoption_failure"));
        assertEquals("", bean.state("journal_failure"));
        assertEquals(1, bean.figure("cluster_journal_ledgers"));
        assertTrue(bean.figure("cluster_journal_bytes") >= SIZE, () -> "less than what was published");
        assertEquals(0, bean.figure("cluster_journal_lag_bytes"));
        assertEquals(0, bean.figure("cluster_quorum_lost"));
        assertEquals(0, bean.figure("cluster_copies_reduced"));
        // The lease grows old, and is confirmed before it has.
        double age = bean.figure("cluster_lease_age_seconds");
        assertTrue(age > 0 && age < LEASE_SECONDS, () -> "the lease is " + age + " seconds old");
        patiently().until(() -> bean.figure("cluster_lease_age_seconds") < LEASE_SECONDS / 2);

        shell.await("node", node.name());
        shell.await("adopting", "-");
        shell.await("cluster_quorum_lost", "0");
        double shown = Double.parseDouble(shell.last("cluster_lease_age_seconds"));
        assertTrue(shown > 0 && shown < LEASE_SECONDS, () -> "the lease is " + shown + " seconds old");
    }

    private static void anAdoption(ReplicatedNodes cluster, Bean bean, Shell shell) throws Exception {
        ReplicatedNodes.Node gone = cluster.node(1);
        gone.api().createChannel("load", "c");
        Client.publish(gone.tcp(), "load", "--count=" + LEFT, "--size=" + SIZE, "--batch=100");
        gone.kill();
        String estate = gone.name() + ".1";
        patiently()
                .until(() -> bean.figure("cluster_adopting") == 1
                        && bean.state("adopting").equals(estate)
                        && bean.figure("cluster_adopting_messages") > 0
                        && bean.figure("cluster_adopting_bytes") > SIZE
                        && bean.figure("cluster_adopting_left") > 0);
        shell.ask();
        patiently().until(() -> bean.figure("cluster_adopting") == 0);
        assertTrue(shell.shown("adopting").contains(estate), shell.node().daemon()::output);
        assertTrue(shell.shown("cluster_adopting").contains("1"), shell.node().daemon()::output);
        assertEquals("", bean.state("adopting"));
        assertEquals(0, bean.figure("cluster_adopting_messages"));
        assertEquals(1, bean.figure("cluster_adopted_estates_total"));
        assertEquals(LEFT, bean.figure("cluster_adopted_messages_total"));
        shell.await("cluster_adopting", "0");
        shell.await("cluster_adopted_messages_total", Integer.toString(LEFT));
    }

    private static void withoutAQuorum(ReplicatedNodes cluster, Bean bean, Shell shell) throws Exception {
        ReplicatedNodes.Node node = cluster.node(0);
        List<LocalCluster.Bookie> bookies = cluster.servers().bookies().subList(0, 2);
        // Silent at first, so that what they owe an answer for is seen.
        for (LocalCluster.Bookie bookie : bookies) {
            stop(bookie.process());
        }
        CompletableFuture<Integer> status = publishing(node, "other");
        patiently().until(() -> bean.figure("cluster_journal_lag_bytes") >= SIZE);
        bookies.forEach(LocalCluster.Bookie::kill);
        patiently().until(() -> bean.figure("cluster_quorum_lost") == 1);
        assertNotEquals(200, status.join());
        assertNotEquals("", bean.state("journal_failure"));
        shell.await("cluster_quorum_lost", "1");
        assertEquals(bean.state("journal_failure"), shell.last("journal_failure"));
        heals(cluster, bean, shell);
    }

    /** Where memory is full messages go to the storage, and nothing to the journal. */
    private static void withoutAQuorumForTheStorage(ReplicatedNodes cluster, Bean bean, Shell shell) throws Exception {
        ReplicatedNodes.Node node = cluster.node(0);
        cluster.servers().bookies().subList(0, 2).forEach(LocalCluster.Bookie::kill);
        assertNotEquals(200, publishing(node, "load").join());
        patiently().until(() -> bean.figure("cluster_quorum_lost") == 1);
        assertNotEquals("", bean.state("storage_failure"));
        shell.await("cluster_quorum_lost", "1");
        assertEquals(bean.state("storage_failure"), shell.last("storage_failure"));
        heals(cluster, bean, shell);
    }

    private static void heals(ReplicatedNodes cluster, Bean bean, Shell shell) throws Exception {
        for (LocalCluster.Bookie bookie : cluster.servers().bookies().subList(0, 2)) {
            bookie.start();
        }
        patiently().until(() -> bean.figure("cluster_quorum_lost") == 0);
        assertEquals("", bean.state("journal_failure"));
        assertEquals("", bean.state("storage_failure"));
        for (String topic : List.of("load", "other")) {
            assertEquals(200, shell.node().publish(topic, "", "y"));
        }
        patiently().until(() -> bean.figure("cluster_journal_lag_bytes") == 0);
        shell.await("cluster_quorum_lost", "0");
        shell.await("journal_failure", "-");
        shell.await("storage_failure", "-");
    }

    private static CompletableFuture<Integer> publishing(ReplicatedNodes.Node node, String topic) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return node.publish(topic, "", "z".repeat(SIZE));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private static void stop(Process process) throws IOException, InterruptedException {
        assertEquals(
                0,
                new ProcessBuilder("kill", "-STOP", Long.toString(process.pid()))
                        .start()
                        .waitFor());
    }
}
