package io.nsqd.container;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Option;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanOperationInfo;
import javax.management.MBeanParameterInfo;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** Who may do what in Karaf, over SSH and over JMX: each of its roles tries everything. */
@TestInstance(Lifecycle.PER_CLASS)
class KarafRolesIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** What Karaf answers to somebody who may not run a command, or not so. */
    private static final Pattern REFUSED = Pattern.compile("Command not found|Insufficient credentials");

    /** The least role that may run each line. */
    private static final Map<String, String> LINES = new TreeMap<>(Map.ofEntries(
            Map.entry("stats", "viewer"),
            Map.entry("topics", "viewer"),
            Map.entry("channels orders", "viewer"),
            Map.entry("transports", "viewer"),
            Map.entry("trouble", "viewer"),
            Map.entry("plugins", "viewer"),
            Map.entry("use", "viewer"),
            Map.entry("policy", "viewer"),
            Map.entry("policy orders billing", "viewer"),
            Map.entry("config", "viewer"),
            Map.entry("config mem-queue-size", "viewer"),
            Map.entry("log-level", "viewer"),
            Map.entry("create orders billing", "manager"),
            Map.entry("pause orders", "manager"),
            Map.entry("unpause orders", "manager"),
            Map.entry("empty orders billing", "manager"),
            Map.entry("publish orders hello", "manager"),
            Map.entry("tail orders 1 1", "manager"),
            Map.entry("peek orders billing", "manager"),
            Map.entry("rewind orders billing 1h", "manager"),
            Map.entry("policy orders billing max-attempts=5", "admin"),
            Map.entry("policy orders billing --remove", "admin"),
            Map.entry("delete orders billing", "admin"),
            Map.entry("config lookupd-tcp-address 127.0.0.1:1", "admin"),
            Map.entry("log-level warn", "admin")));

    /** The least role that may call operations that begin so. */
    private static final Map<String, String> OPERATIONS = Map.of(
            "create", "manager",
            "pause", "manager",
            "unpause", "manager",
            "empty", "manager",
            "persist", "manager",
            "delete", "admin");

    private static final Pattern FIRST_WORD = Pattern.compile("^[a-z]+");

    private Path directory;
    private Karaf karaf;

    @BeforeAll
    void start(@TempDir Path home) throws Exception {
        directory = home;
        karaf = new Karaf(directory);
        karaf.start();
        karaf.run("admin", "feature:install nsqd-tcp nsqd-shell");
        await().atMost(PATIENCE)
                .until(() -> karaf.run("admin", "nsqd:create orders billing").contains("created"));
    }

    @AfterAll
    void stop() throws Exception {
        if (karaf != null) {
            karaf.close();
        }
    }

    private static boolean may(String user, String least) {
        return Karaf.USERS.indexOf(user) >= Karaf.USERS.indexOf(least);
    }

    @Test
    void eachRoleRunsItsCommandsOverSsh() throws Exception {
        for (String user : Karaf.USERS) {
            for (Map.Entry<String, String> line : LINES.entrySet()) {
                String said = karaf.run(user, "nsqd:" + line.getKey());
                assertEquals(
                        may(user, line.getValue()),
                        !REFUSED.matcher(said).find(),
                        () -> user + ": " + line.getKey() + ": " + said);
            }
        }
    }

    /** As it is after the first installation, of which nobody has configured anything. */
    @Test
    void theConfigurationIsThereAndServesThisMachineOnly() throws Exception {
        String file = Files.readString(directory.resolve("etc/io.nsqd.cfg"));
        for (Option option : Option.values()) {
            option.configKey()
                    .ifPresent(key -> assertTrue(
                            Pattern.compile("(?m)^#?" + key + " =")
                                    .matcher(file)
                                    .find(),
                            key + " is not in\n" + file));
        }
        String stats = karaf.run("viewer", "nsqd:stats");
        assertTrue(stats.contains("serving tcp 127.0.0.1:4150 ("), stats);
        assertTrue(
                karaf.log().stream().noneMatch(line -> line.matches(".*listening on (?!127\\.0\\.0\\.1:).*")),
                () -> "it has listened elsewhere");
    }

    @Test
    void whatAViewerTriesHasNoEffect() throws Exception {
        karaf.run("admin", "nsqd:create kept");
        karaf.run("viewer", "nsqd:delete kept");
        karaf.run("viewer", "delete kept");
        karaf.run("viewer", "nsqd:create made");
        karaf.run("viewer", "create made");
        String topics = karaf.run("viewer", "nsqd:topics");
        assertTrue(topics.contains("kept"), topics);
        assertFalse(topics.contains("made"), topics);
    }

    @Test
    void eachRoleCallsItsOperationsOverJmx() throws Exception {
        for (String user : Karaf.USERS) {
            try (JMXConnector connector = karaf.jmx(user)) {
                MBeanServerConnection server = connector.getMBeanServerConnection();
                for (String type : List.of("Nsqd", "Topic", "Channel", "Plugins")) {
                    ObjectName name = bean(server, type);
                    for (MBeanAttributeInfo attribute :
                            server.getMBeanInfo(name).getAttributes()) {
                        server.getAttribute(name, attribute.getName());
                    }
                    for (MBeanOperationInfo operation :
                            server.getMBeanInfo(name).getOperations()) {
                        call(user, server, bean(server, type), operation);
                    }
                }
            }
        }
    }

    /** The bean of the daemon or, made where it is missing, of the topic or channel that is there for this. */
    private ObjectName bean(MBeanServerConnection server, String type) throws Exception {
        karaf.run("admin", "nsqd:create jmx c");
        return await().atMost(PATIENCE)
                .until(
                        () -> server.queryNames(new ObjectName("io.nsqd:type=" + type + ",*"), null).stream()
                                .filter(name -> !type.equals("Topic") && !type.equals("Channel")
                                        || name.toString().contains("jmx"))
                                .findFirst(),
                        Optional::isPresent)
                .orElseThrow();
    }

    private static void call(String user, MBeanServerConnection server, ObjectName name, MBeanOperationInfo operation)
            throws Exception {
        String what = user + ": " + name + " " + operation.getName();
        Matcher word = FIRST_WORD.matcher(operation.getName());
        assertTrue(word.find() && OPERATIONS.containsKey(word.group()), what);
        String[] types = Arrays.stream(operation.getSignature())
                .map(MBeanParameterInfo::getType)
                .toArray(String[]::new);
        Object[] arguments = Arrays.copyOf(new Object[] {"jmx", "c"}, types.length);
        if (may(user, OPERATIONS.get(word.group()))) {
            server.invoke(name, operation.getName(), arguments, types);
        } else {
            assertThrows(
                    SecurityException.class, () -> server.invoke(name, operation.getName(), arguments, types), what);
        }
    }
}
