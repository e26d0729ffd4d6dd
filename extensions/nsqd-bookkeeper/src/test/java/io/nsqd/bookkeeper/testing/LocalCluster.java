package io.nsqd.bookkeeper.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A real ZooKeeper and real bookies on this machine, each a process of its own, so that it can be killed, stopped or robbed of its disk.
 * They are found on free ports of 127.0.0.1, and keep them when they are started again.
 */
public final class LocalCluster implements AutoCloseable {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final Path directory;
    private final String classPath;
    private final Extras extras;
    private final int zooKeeperPort;
    private final List<Bookie> bookies = new ArrayList<>();
    private Process zooKeeper;

    /**
     * What the servers are told beside the usual.
     *
     * @param secure whether ZooKeeper's only port is one with TLS
     * @param zooKeeper lines of its configuration
     * @param bookies lines of the bookies' configuration
     * @param jvm options of the JVMs of the bookies
     */
    public record Extras(boolean secure, List<String> zooKeeper, List<String> bookies, List<String> jvm) {
        /** Nothing. */
        public static final Extras NONE = new Extras(false, List.of(), List.of(), List.of());
    }

    private LocalCluster(Path directory, String classPath, Extras extras) throws IOException {
        this.directory = directory;
        this.classPath = classPath;
        this.extras = extras;
        zooKeeperPort = freePort();
    }

    /**
     * Starts one with three bookies.
     *
     * @param directory where it keeps everything
     */
    public static LocalCluster start(Path directory) throws IOException {
        return start(directory, System.getProperty("java.class.path"), 3);
    }

    /**
     * Starts one.
     *
     * @param classPath that of the servers
     * @param bookies how many
     */
    public static LocalCluster start(Path directory, String classPath, int bookies) throws IOException {
        return start(directory, classPath, bookies, Extras.NONE);
    }

    /** The same, with something beside the usual. */
    public static LocalCluster start(Path directory, String classPath, int bookies, Extras extras) throws IOException {
        LocalCluster cluster = new LocalCluster(directory, classPath, extras);
        try {
            cluster.startZooKeeper();
            cluster.format();
            for (int i = 0; i < bookies; i++) {
                cluster.bookies.add(cluster.new Bookie("bookie" + i));
            }
            for (Bookie bookie : cluster.bookies) {
                bookie.awaitStart();
            }
            return cluster;
        } catch (IOException | RuntimeException | Error e) {
            cluster.close();
            throw e;
        }
    }

    /** Where clients find it. */
    public String uri() {
        return "zk+hierarchical://127.0.0.1:" + zooKeeperPort + "/ledgers";
    }

    /** The port of its ZooKeeper. */
    public int zooKeeperPort() {
        return zooKeeperPort;
    }

    /** Its bookies. */
    public List<Bookie> bookies() {
        return bookies;
    }

    /** A port that nobody has. */
    public static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Starts ZooKeeper, with what it knew. */
    public void startZooKeeper() throws IOException {
        Path config = directory.resolve("zoo.cfg");
        Files.createDirectories(directory);
        String port = extras.secure() ? "secureClientPort" : "clientPort";
        write(
                config,
                List.of(
                        "tickTime=500",
                        "dataDir=" + directory.resolve("zookeeper"),
                        port + "=" + zooKeeperPort,
                        port + "Address=127.0.0.1",
                        "admin.enableServer=false",
                        "maxClientCnxns=0"),
                extras.zooKeeper());
        zooKeeper = run(
                "zookeeper",
                List.of("-Xmx128m"),
                "org.apache.zookeeper.server.ZooKeeperServerMain",
                List.of(config.toString()));
        awaitPort(zooKeeper, zooKeeperPort, "zookeeper");
    }

    /** Kills ZooKeeper. */
    public void killZooKeeper() {
        kill(zooKeeper);
    }

    /**
     * Has ZooKeeper's own client do something; returns all that it has to say.
     *
     * @param jvm options of its JVM
     * @param commands as they are typed
     */
    public String askZooKeeper(List<String> jvm, List<String> commands) throws IOException {
        List<String> command = command(
                jvm,
                "org.apache.zookeeper.ZooKeeperMain",
                List.of("-waitforconnection", "-server", "127.0.0.1:" + zooKeeperPort));
        Process client = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (OutputStream input = client.getOutputStream()) {
            for (String one : commands) {
                input.write((one + "\n").getBytes(StandardCharsets.UTF_8));
            }
        }
        try (InputStream output = client.getInputStream()) {
            return new String(output.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private void format() throws IOException {
        Path config = configure("format", 0);
        Process format = run(
                "format",
                bookieJvm("-Xmx128m"),
                "org.apache.bookkeeper.bookie.BookieShell",
                List.of("-conf", config.toString(), "initnewcluster"));
        if (await(format) != 0) {
            throw new IOException("cannot format the cluster: " + log("format"));
        }
    }

    private Path configure(String name, int port) throws IOException {
        Path home = directory.resolve(name);
        Files.createDirectories(home);
        Path config = directory.resolve(name + ".conf");
        write(
                config,
                List.of(
                        "bookiePort=" + port,
                        "advertisedAddress=127.0.0.1",
                        "allowLoopback=true",
                        "journalDirectories=" + home.resolve("journal"),
                        "ledgerDirectories=" + home.resolve("ledgers"),
                        "indexDirectories=" + home.resolve("ledgers"),
                        "metadataServiceUri=" + uri(),
                        "httpServerEnabled=false",
                        "journalPreAllocSizeMB=4",
                        "journalMaxSizeMB=64",
                        "gcWaitTime=5000",
                        "zkTimeout=6000",
                        "diskUsageThreshold=0.99",
                        "diskUsageWarnThreshold=0.98",
                        "diskUsageLwmThreshold=0.98"),
                extras.bookies());
        return config;
    }

    private static void write(Path config, List<String> usual, List<String> more) throws IOException {
        List<String> lines = new ArrayList<>(usual);
        lines.addAll(more);
        Files.write(config, lines);
    }

    private List<String> bookieJvm(String... options) {
        List<String> all = new ArrayList<>(List.of(options));
        all.addAll(extras.jvm());
        return all;
    }

    private List<String> command(List<String> jvm, String main, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvm);
        command.add("-XX:+UseSerialGC");
        command.add("-XX:TieredStopAtLevel=1");
        command.addAll(List.of("-cp", classPath, main));
        command.addAll(arguments);
        return command;
    }

    private Process run(String name, List<String> jvm, String main, List<String> arguments) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command(jvm, main, arguments));
        builder.redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(
                directory.resolve(name + ".log").toFile()));
        Process process = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        return process;
    }

    private String log(String name) throws IOException {
        return Files.readString(directory.resolve(name + ".log"), StandardCharsets.UTF_8);
    }

    private void awaitPort(Process process, int port, String name) throws IOException {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (true) {
            try {
                new Socket(InetAddress.getLoopbackAddress(), port).close();
                return;
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() - deadline > 0) {
                    throw new IOException(name + " does not start: " + log(name), e);
                }
                pause();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(50);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static int await(Process process) {
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return -1;
        }
    }

    private static void kill(Process process) {
        if (process != null) {
            process.destroyForcibly();
            await(process);
        }
    }

    /** Deletes a directory with all that is in it. */
    public static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> {
                try {
                    Files.deleteIfExists(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }

    @Override
    public void close() {
        bookies.forEach(Bookie::kill);
        kill(zooKeeper);
    }

    /** One of the bookies. */
    public final class Bookie {
        private final String name;
        private final int port;
        private Process process;

        private Bookie(String name) throws IOException {
            this.name = name;
            port = freePort();
            launch();
        }

        private void launch() throws IOException {
            Path config = configure(name, port);
            process = run(
                    name,
                    bookieJvm("-Xmx256m", "-XX:MaxDirectMemorySize=256m"),
                    "org.apache.bookkeeper.server.Main",
                    List.of("--conf", config.toString()));
        }

        private void awaitStart() throws IOException {
            awaitPort(process, port, name);
        }

        /** Its port. */
        public int port() {
            return port;
        }

        /** Its process. */
        public Process process() {
            return process;
        }

        /** Kills it. */
        public void kill() {
            LocalCluster.kill(process);
        }

        /** Starts it again, with what it had. */
        public void start() throws IOException {
            launch();
            awaitStart();
        }

        /** Takes its disk away; it is dead. */
        public void emptyDisk() throws IOException {
            delete(directory.resolve(name));
        }
    }
}
