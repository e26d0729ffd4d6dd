package io.nsqd.container;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.ops4j.pax.exam.CoreOptions.options;
import static org.ops4j.pax.exam.CoreOptions.vmOptions;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.configureConsole;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.editConfigurationFileExtend;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.editConfigurationFilePut;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.karafDistributionConfiguration;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.logLevel;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.Principal;
import java.security.PrivilegedAction;
import java.security.PrivilegedActionException;
import java.security.PrivilegedExceptionAction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import javax.inject.Inject;
import javax.management.ObjectName;
import javax.security.auth.Subject;
import org.apache.karaf.features.Feature;
import org.apache.karaf.features.FeaturesService;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.api.console.SessionFactory;
import org.apache.karaf.shell.support.completers.CommandsCompleter;
import org.apache.karaf.shell.support.parsing.CommandLineImpl;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.karaf.options.LogLevelOption;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.FrameworkUtil;

/**
 * The features in Apache Karaf, as they are published: under their Maven coordinates, from a repository that the build lays out.
 */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class KarafIT {
    /** Karaf would refresh whatever may be wired anew, and the bundle of this test is one that imports all there is. */
    private static final EnumSet<FeaturesService.Option> QUIETLY =
            EnumSet.of(FeaturesService.Option.NoAutoRefreshBundles);

    private static final long PATIENCE_SECONDS = 60;
    private static final String MX_BEAN = "io.nsqd:type=Nsqd";

    private final MessageKit kit =
            new MessageKit(Integer.getInteger("test.tcp", 0), Integer.getInteger("test.http", 0));

    @Inject
    private FeaturesService features;

    @Inject
    private SessionFactory sessions;

    /** The Karaf that the tests run in; its own script starts it with such options. */
    @Configuration
    public Option[] configuration() throws IOException {
        Path target = Path.of("target").toAbsolutePath();
        String karaf = System.getProperty("karaf.version");
        String tcp = String.valueOf(freePort());
        String http = String.valueOf(freePort());
        return options(
                karafDistributionConfiguration()
                        .frameworkUrl(target.resolve("container-karaf/apache-karaf.tar.gz")
                                .toUri()
                                .toString())
                        .unpackDirectory(target.resolve("karaf").toFile()),
                vmOptions(
                        "--add-reads=java.xml=java.logging",
                        "--add-exports=java.base/org.apache.karaf.specs.locator=java.xml,ALL-UNNAMED",
                        "--patch-module=java.base=lib/endorsed/org.apache.karaf.specs.locator-" + karaf + ".jar",
                        "--patch-module=java.xml=lib/endorsed/org.apache.karaf.specs.java.xml-" + karaf + ".jar",
                        "--add-opens=java.base/java.security=ALL-UNNAMED",
                        "--add-opens=java.base/java.net=ALL-UNNAMED",
                        "--add-opens=java.base/java.lang=ALL-UNNAMED",
                        "--add-opens=java.base/java.util=ALL-UNNAMED",
                        "--add-opens=java.naming/javax.naming.spi=ALL-UNNAMED",
                        "--add-opens=java.rmi/sun.rmi.transport.tcp=ALL-UNNAMED"),
                configureConsole().ignoreLocalConsole().ignoreRemoteShell(),
                logLevel(LogLevelOption.LogLevel.WARN),
                editConfigurationFileExtend(
                        "etc/org.ops4j.pax.url.mvn.cfg",
                        "org.ops4j.pax.url.mvn.defaultRepositories",
                        target.resolve("repository").toUri() + "@id=nsqd@snapshots"),
                // What Pax Exam brings along comes from where Maven has it, or would get it.
                editConfigurationFilePut(
                        "etc/org.ops4j.pax.url.mvn.cfg",
                        "org.ops4j.pax.url.mvn.repositories",
                        "https://repo1.maven.org/maven2@id=central"),
                editConfigurationFilePut(
                        "etc/org.ops4j.pax.url.mvn.cfg",
                        "org.ops4j.pax.url.mvn.localRepository",
                        System.getProperty("nsqd.localRepository")),
                editConfigurationFilePut("etc/io.nsqd.cfg", "data_path", "${karaf.data}/nsqd"),
                editConfigurationFilePut("etc/io.nsqd.cfg", "tcp_address", "127.0.0.1:" + tcp),
                editConfigurationFilePut("etc/io.nsqd.cfg", "http_address", "127.0.0.1:" + http),
                editConfigurationFilePut("etc/io.nsqd.cfg", "https_address", ""),
                editConfigurationFilePut("etc/system.properties", "test.tcp", tcp),
                editConfigurationFilePut("etc/system.properties", "test.http", http),
                editConfigurationFilePut(
                        "etc/system.properties",
                        "test.features",
                        "mvn:io.nsqd/distribution/" + System.getProperty("nsqd.version") + "/xml/features"));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Makes the features known, which changes nothing when they are. */
    @Before
    public void addFeatures() throws Exception {
        features.addRepository(URI.create(System.getProperty("test.features")));
    }

    /** Leaves Karaf as it was. */
    @After
    public void removeFeatures() throws Exception {
        Set<String> ours = new HashSet<>();
        for (Feature feature : features.listRequiredFeatures()) {
            if (feature.getName().startsWith("nsqd")) {
                ours.add(feature.getName());
            }
        }
        uninstall(ours.toArray(new String[0]));
        await(() -> !kit.acceptsTcp() && !kit.acceptsHttp());
    }

    private void install(String... names) throws Exception {
        features.installFeatures(Set.of(names), QUIETLY);
    }

    private void uninstall(String... names) throws Exception {
        features.uninstallFeatures(Set.of(names), QUIETLY);
    }

    /** Transports serve in their own time, and Karaf has no library for waiting. */
    private static void await(Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.call()) {
            assertTrue("not within " + PATIENCE_SECONDS + " seconds", System.nanoTime() < end);
            Thread.sleep(20);
        }
    }

    private void awaitBoth() throws Exception {
        await(() -> kit.acceptsTcp() && kit.acceptsHttp());
    }

    private boolean servesMetrics() throws IOException {
        try {
            return kit.http("GET", "/metrics", "").contains("nsqd_");
        } catch (AssertionError notFound) {
            return false;
        }
    }

    /** Somebody with the roles of Karaf's own console: without any, commands are not even found. */
    private static Subject administrator() throws ReflectiveOperationException {
        Subject subject = new Subject();
        for (String role : List.of("admin", "manager", "viewer")) {
            subject.getPrincipals()
                    .add(Class.forName("org.apache.karaf.jaas.boot.principal.RolePrincipal")
                            .asSubclass(Principal.class)
                            .getConstructor(String.class)
                            .newInstance(role));
        }
        return subject;
    }

    /** What a line prints in a session of Karaf's shell, without the end of its last line. */
    private String run(String line) throws Exception {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
        try {
            Subject.doAs(administrator(), (PrivilegedExceptionAction<Void>) () -> {
                Session session = sessions.create(new ByteArrayInputStream(new byte[0]), out, out);
                try {
                    assertNull(session.execute(line));
                } finally {
                    session.close();
                }
                return null;
            });
        } catch (PrivilegedActionException e) {
            throw e.getException();
        }
        return printed.toString(StandardCharsets.UTF_8).stripTrailing();
    }

    /** What Karaf's console would offer when the tabulator is pressed at the end of a line. */
    private List<String> complete(String line) throws Exception {
        return Subject.doAs(administrator(), (PrivilegedAction<List<String>>) () -> candidates(line));
    }

    private List<String> candidates(String line) {
        PrintStream out = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
        Session console = sessions.create(new ByteArrayInputStream(new byte[0]), out, out, null, "UTF-8", () -> {});
        try {
            String[] words = line.split(" ", -1);
            int last = words.length - 1;
            List<String> candidates = new ArrayList<>();
            console.getRegistry()
                    .getService(CommandsCompleter.class)
                    .complete(
                            console,
                            new CommandLineImpl(words, last, words[last].length(), line.length(), line),
                            candidates);
            // Completers of commands other than ours offer all there is, and leave it to the console to pick what fits.
            candidates.removeIf(candidate -> !candidate.startsWith(words[last]));
            return candidates;
        } finally {
            console.close();
        }
    }

    /** One after the other, as an administrator would. */
    @Test
    public void featuresComeAndGo() throws Exception {
        install("nsqd");
        assertFalse(kit.acceptsTcp() || kit.acceptsHttp());
        install("nsqd-tcp", "nsqd-http");
        awaitBoth();
        kit.run("first");
        install("nsqd-lookup", "nsqd-statsd", "nsqd-metrics");
        await(this::servesMetrics);
        kit.run("second");

        assertEquals("OK", kit.http("POST", "/pub?topic=kept", "over http"));
        uninstall("nsqd-metrics", "nsqd-http");
        await(() -> !kit.acceptsHttp());
        kit.publish("kept", "over tcp");
        install("nsqd-http");
        awaitBoth();
        assertFalse(servesMetrics());

        uninstall("nsqd-lookup", "nsqd-statsd", "nsqd-tcp");
        await(() -> !kit.acceptsTcp());
        assertEquals("OK", kit.http("POST", "/pub?topic=kept", "without tcp"));
        install("nsqd-tcp");
        awaitBoth();
        assertEquals(
                List.of("over http", "over tcp", "without tcp"),
                List.of(kit.take("kept", "c"), kit.take("kept", "c"), kit.take("kept", "c")));
        kit.run("third");
    }

    /** With the core goes the daemon; what it had is on disk. */
    @Test
    public void messagesSurviveTheDaemon() throws Exception {
        install("nsqd-tcp", "nsqd-http");
        awaitBoth();
        assertEquals("", kit.http("POST", "/topic/create?topic=stored", ""));
        assertEquals("", kit.http("POST", "/channel/create?topic=stored&channel=c", ""));
        kit.publish("stored", "before");
        uninstall("nsqd-tcp", "nsqd-http");
        await(() -> !kit.acceptsTcp() && !kit.acceptsHttp());
        assertFalse(features.isInstalled(features.getFeature("nsqd")));

        install("nsqd-tcp", "nsqd-http");
        awaitBoth();
        assertEquals("before", kit.take("stored", "c"));
        assertEquals("", kit.http("POST", "/topic/delete?topic=stored", ""));
    }

    /** As an administrator would type them. */
    @Test
    public void commandsWorkInKarafsShell() throws Exception {
        assertThrows(Exception.class, () -> run("nsqd:topics"));
        install("nsqd-tcp", "nsqd-shell");
        await(kit::acceptsTcp);
        assertEquals("created channel billing in topic orders", run("nsqd:create orders billing"));
        assertEquals("published 11 bytes to orders", run("nsqd:publish orders 'hello world'"));
        assertEquals("orders", run("nsqd:topics"));
        assertEquals("orders", run("topics"));
        String stats = run("nsqd:stats");
        assertTrue(stats, stats.contains("health OK") && stats.contains("serving tcp 127.0.0.1:"));
        assertEquals(
                List.of("billing", "1", "0", "0", "0", "1", "0", "0", "0"),
                List.of(run("nsqd:stats | grep --color=never billing").strip().split(" +", -1)));
        assertEquals(
                List.of("paused topic orders", "orders (paused)", "unpaused topic orders"),
                run("nsqd:pause orders; nsqd:topics; nsqd:unpause orders")
                        .lines()
                        .toList());
        assertEquals(
                "there is no topic ord; is it orders?",
                assertThrows(Exception.class, () -> run("nsqd:delete ord")).getMessage());
        assertEquals("hello world", kit.take("orders", "billing"));
        assertEquals("OK", ManagementFactory.getPlatformMBeanServer().getAttribute(new ObjectName(MX_BEAN), "Health"));
        assertEquals("deleted topic orders: 1 channel and 0 messages are gone", run("nsqd:delete orders"));

        // They go with the feature; the daemon stays.
        uninstall("nsqd-shell");
        assertThrows(Exception.class, () -> run("nsqd:topics"));
        assertFalse(ManagementFactory.getPlatformMBeanServer().isRegistered(new ObjectName(MX_BEAN)));
        kit.publish("later", "x");
        install("nsqd-shell");
        assertEquals("later", run("nsqd:topics"));
        assertEquals("deleted topic later: 0 channels and 1 message are gone", run("nsqd:delete later"));
    }

    /** What is asked of the daemon is that of Karaf's logger, which writes. */
    @Test
    public void theLogLevelIsThatOfTheLoggerThatIsUsed() throws Exception {
        install("nsqd-tcp", "nsqd-shell");
        await(kit::acceptsTcp);
        assertEquals("the log level is debug", run("nsqd:log-level debug"));
        await(() -> run("log:get io.nsqd").contains("DEBUG"));
        assertEquals("the log level is warn", run("nsqd:log-level warn"));
        await(() -> run("log:get io.nsqd").contains("WARN"));
    }

    /** What Karaf's shell knows of commands without running them. */
    @Test
    public void karafsShellHelpsAndCompletes() throws Exception {
        install("nsqd-shell");
        assertEquals("created channel billing in topic orders", run("nsqd:create orders billing"));
        assertEquals("created topic events", run("nsqd:create events"));
        String help = run("help nsqd:stats");
        assertTrue(help, help.contains("usage: nsqd:stats [<topic> [<channel>]]"));

        assertEquals(List.of("nsqd:pause"), complete("nsqd:pa"));
        assertTrue(complete("").containsAll(Arrays.asList("nsqd:stats", "nsqd:log-level")));
        assertEquals(List.of("events", "orders"), complete("nsqd:pause "));
        assertEquals(List.of("orders"), complete("nsqd:pause or"));
        assertEquals(List.of("billing"), complete("nsqd:pause orders "));
        assertEquals(List.of("warn"), complete("nsqd:log-level w"));
        assertEquals("deleted topic events: 0 channels and 0 messages are gone", run("nsqd:delete events"));
        assertEquals("deleted topic orders: 1 channel and 0 messages are gone", run("nsqd:delete orders"));
        uninstall("nsqd-shell");
        assertEquals(List.of(), complete("nsqd:pa"));
    }

    /** What options ask for is there, and needs nothing that is not; without its option it has nothing to do. */
    @Test
    public void whatOptionsAskForComesAndGoes() throws Exception {
        install("nsqd-tcp", "nsqd-http");
        awaitBoth();
        for (String name : List.of("bookkeeper", "console", "websocket")) {
            install("nsqd-" + name);
            assertEquals(Bundle.ACTIVE, bundle("io.nsqd." + name).orElseThrow().getState());
            awaitBoth();
            uninstall("nsqd-" + name);
            assertTrue(bundle("io.nsqd." + name).isEmpty());
            awaitBoth();
        }
    }

    private static Optional<Bundle> bundle(String name) {
        Bundle self = FrameworkUtil.getBundle(KarafIT.class);
        return Arrays.stream(self.getBundleContext().getBundles())
                .filter(bundle -> name.equals(bundle.getSymbolicName()))
                .findFirst();
    }

    /** KarafRolesIT has each of these tried by each role: who adds a command adds a line there, and to the lists of roles. */
    @Test
    public void theseAreTheCommands() throws Exception {
        install("nsqd-shell");
        assertEquals(
                List.of(
                        "nsqd:channels",
                        "nsqd:config",
                        "nsqd:create",
                        "nsqd:delete",
                        "nsqd:empty",
                        "nsqd:log-level",
                        "nsqd:pause",
                        "nsqd:peek",
                        "nsqd:plugins",
                        "nsqd:policy",
                        "nsqd:publish",
                        "nsqd:rewind",
                        "nsqd:stats",
                        "nsqd:tail",
                        "nsqd:topics",
                        "nsqd:transports",
                        "nsqd:trouble",
                        "nsqd:unpause",
                        "nsqd:use"),
                complete("nsqd:").stream().map(String::strip).sorted().toList());
    }
}
