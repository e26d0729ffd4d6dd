package io.nsqd.container;

import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ClientChannel;
import org.apache.sshd.client.channel.ClientChannelEvent;
import org.apache.sshd.client.keyverifier.AcceptAllServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;

/**
 * An Apache Karaf as it is downloaded, in a process of its own, with three users whose names are their roles and passwords, the
 * features of the build known to it, and nothing of ours installed.
 */
final class Karaf implements AutoCloseable {
    static final List<String> USERS = List.of("viewer", "manager", "admin");

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Path home;
    private final int ssh = freePort();
    private final int registry = freePort();
    private final int rmi = freePort();
    private final SshClient client = SshClient.setUpDefaultClient();
    private final Path output;
    private Process process;

    /** Unpacks it. */
    Karaf(Path directory) throws Exception {
        Path target = Path.of("target").toAbsolutePath();
        Process tar = new ProcessBuilder(
                        "tar",
                        "-xzf",
                        target.resolve("container-karaf/apache-karaf.tar.gz").toString(),
                        "--strip-components=1")
                .directory(directory.toFile())
                .inheritIO()
                .start();
        if (tar.waitFor() != 0) {
            throw new IOException("tar: " + tar.exitValue());
        }
        home = directory;
        output = directory.resolve("output");
        append(
                "users.properties",
                "viewer = viewer,viewer,ssh",
                "manager = manager,manager,viewer,ssh",
                "admin = admin,admin,manager,viewer,systembundles,ssh");
        append("org.apache.karaf.shell.cfg", "sshPort = " + ssh, "sshHost = 127.0.0.1");
        append("org.apache.karaf.management.cfg", "rmiRegistryPort = " + registry, "rmiServerPort = " + rmi);
        append(
                "org.ops4j.pax.url.mvn.cfg",
                "org.ops4j.pax.url.mvn.defaultRepositories = file:${karaf.home}/system@id=system.repository@snapshots, "
                        + target.resolve("repository").toUri() + "@id=nsqd@snapshots",
                "org.ops4j.pax.url.mvn.repositories =",
                "org.ops4j.pax.url.mvn.localRepository = " + directory.resolve("local-repository"));
        Path features = home.resolve("etc/org.apache.karaf.features.cfg");
        Files.writeString(
                features,
                Files.readString(features)
                        .replaceFirst(
                                "(?m)^(featuresRepositories = )",
                                "$1mvn:io.nsqd/distribution/" + System.getProperty("nsqd.version")
                                        + "/xml/features, "));
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Adds lines to a file of {@code etc/}; of a key that is there twice Karaf takes the last. */
    void append(String file, String... lines) throws IOException {
        Files.writeString(
                home.resolve("etc").resolve(file),
                "\n" + String.join("\n", lines) + "\n",
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }

    Path home() {
        return home;
    }

    /** Starts it and waits until it answers. */
    void start() throws Exception {
        ProcessBuilder builder = new ProcessBuilder(home.resolve("bin/karaf").toString(), "server")
                .directory(home.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        process = builder.start();
        client.setServerKeyVerifier(AcceptAllServerKeyVerifier.INSTANCE);
        client.start();
        await().atMost(PATIENCE).ignoreExceptions().until(() -> run("admin", "feature:list")
                .contains("nsqd-tcp"));
    }

    /** What a line prints for a user over SSH, errors too, without the colours. */
    String run(String user, String line) throws IOException {
        try (ClientSession session =
                client.connect(user, "127.0.0.1", ssh).verify(PATIENCE).getSession()) {
            session.addPasswordIdentity(user);
            session.auth().verify(PATIENCE);
            ByteArrayOutputStream printed = new ByteArrayOutputStream();
            try (ClientChannel channel = session.createExecChannel(line)) {
                channel.setOut(printed);
                channel.setErr(printed);
                channel.open().verify(PATIENCE);
                if (channel.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), PATIENCE)
                        .contains(ClientChannelEvent.TIMEOUT)) {
                    throw new IOException(
                            line + " has not ended; it printed " + printed + "; its threads:\n" + threads());
                }
            }
            return printed.toString(StandardCharsets.UTF_8).replaceAll("\u001b\\[[0-9;]*m", "");
        }
    }

    /** What its threads do that run anything of ours, or a command. */
    private String threads() throws IOException {
        long pid = process.descendants()
                .filter(child -> child.info().command().orElse("").endsWith("java"))
                .findFirst()
                .orElse(process.toHandle())
                .pid();
        Process jcmd = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        Long.toString(pid),
                        "Thread.print",
                        "-l")
                .redirectErrorStream(true)
                .start();
        String all = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return Arrays.stream(all.split("\n\n"))
                .filter(thread -> thread.contains("io.nsqd") || thread.contains("gogo") || thread.contains("deadlock"))
                .collect(Collectors.joining("\n\n"));
    }

    /** A connection of a user's to its MBeans; to a container that the test has started itself. */
    @SuppressWarnings("BanJNDI")
    JMXConnector jmx(String user) throws IOException {
        return JMXConnectorFactory.connect(
                new JMXServiceURL(
                        "service:jmx:rmi://127.0.0.1:" + rmi + "/jndi/rmi://127.0.0.1:" + registry + "/karaf-root"),
                Map.of(JMXConnector.CREDENTIALS, new String[] {user, user}));
    }

    /** The lines of its log so far. */
    List<String> log() throws IOException {
        return new ArrayList<>(Files.readAllLines(home.resolve("data/log/karaf.log")));
    }

    /** Kills it without a warning: its script and the virtual machine that this runs. It may be started again. */
    void kill() {
        List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
        all.add(process.toHandle());
        all.forEach(ProcessHandle::destroyForcibly);
        for (ProcessHandle each : all) {
            each.onExit().join();
        }
    }

    @Override
    public void close() throws IOException {
        client.close();
        if (process != null) {
            kill();
        }
    }
}
