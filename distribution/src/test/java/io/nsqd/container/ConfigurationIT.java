package io.nsqd.container;

import static org.awaitility.Awaitility.await;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;
import static org.ops4j.pax.exam.CoreOptions.frameworkProperty;
import static org.ops4j.pax.exam.CoreOptions.options;

import io.nsqd.api.LogLevel;
import io.nsqd.api.Nsqd;
import io.nsqd.api.Options;
import io.nsqd.spi.Transport;
import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.inject.Inject;
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
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.metatype.AttributeDefinition;
import org.osgi.service.metatype.MetaTypeService;
import org.osgi.service.metatype.ObjectClassDefinition;

/** Options from Configuration Admin, in a container without our launcher and without framework properties of ours. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerMethod.class)
public class ConfigurationIT {
    private static final String PID = "io.nsqd";
    private static final String DROPPED = System.getProperty("java.io.tmpdir") + "/nsqd-dropped";

    /** The line about a change that is not live, which names what is to be started anew. */
    private static final Pattern POSTPONED = Pattern.compile("changed by the configuration io\\.nsqd,"
            + " to take effect when the bundle (\\S+) is stopped and started: mem-queue-size\\s");

    @Inject
    private BundleContext context;

    @Inject
    private ConfigurationAdmin admin;

    private Path data;

    /** What the container is made of. */
    @Configuration
    public Option[] configuration() throws IOException {
        return options(
                Containers.plain(),
                Containers.compendium(),
                frameworkProperty("felix.fileinstall.dir").value(DROPPED),
                frameworkProperty("felix.fileinstall.poll").value("100"),
                Containers.nsqd());
    }

    /** Each test has a data path of its own. */
    @Before
    public void makeDataPath() throws IOException {
        data = Files.createTempDirectory("nsqd-configured");
        Files.createDirectories(Path.of(DROPPED));
    }

    /** What was configured is forgotten. */
    @After
    public void forget() throws Exception {
        Files.deleteIfExists(Path.of(DROPPED, PID + ".cfg"));
        admin.getConfiguration(PID, null).delete();
    }

    private Dictionary<String, Object> configuration(Map<String, ?> more) {
        Map<String, Object> all = new HashMap<>(Map.of(
                "data_path", data.toString(),
                "tcp_address", "127.0.0.1:0",
                "http_address", "127.0.0.1:0",
                "https_address", ""));
        all.putAll(more);
        return FrameworkUtil.asDictionary(all);
    }

    private void configure(Map<String, ?> more) throws IOException {
        admin.getConfiguration(PID, null).update(configuration(more));
    }

    private Options awaitOptions(Predicate<Options> condition) {
        await().until(() -> condition.test(current()));
        return current();
    }

    private Options current() {
        ServiceReference<Nsqd> reference = context.getServiceReference(Nsqd.class);
        return reference == null
                ? Options.defaults()
                : context.getService(reference).options();
    }

    private boolean isRunning() {
        return context.getServiceReference(Nsqd.class) != null;
    }

    private Bundle core() {
        return bundle("io.nsqd.core");
    }

    private Bundle bundle(String name) {
        return Arrays.stream(context.getBundles())
                .filter(bundle -> name.equals(bundle.getSymbolicName()))
                .findFirst()
                .orElseThrow();
    }

    /** One that cannot be used changes nothing; one that is gone is no policy any more. */
    @Test
    public void policiesAreConfigurationsToo() throws Exception {
        configure(Map.of());
        await().until(this::isRunning);
        var factory = admin.createFactoryConfiguration("io.nsqd.policy", null);
        factory.update(FrameworkUtil.asDictionary(Map.of("topic", "orders", "channel", "*", "max-attempts", 5)));
        await().until(() -> maxAttempts() == 5);
        factory.update(FrameworkUtil.asDictionary(Map.of("topic", "orders", "channel", "*", "max-attempts", "many")));
        factory.update(FrameworkUtil.asDictionary(Map.of("topic", "orders", "channel", "*", "max-attempts", "7")));
        await().until(() -> maxAttempts() == 7);
        factory.delete();
        await().until(() -> maxAttempts() == 0);
        Path dropped = Path.of(DROPPED, "io.nsqd.policy-orders.cfg");
        Files.writeString(dropped, "topic = ord*\nchannel = *\nmax-attempts = 9\n");
        try {
            await().until(() -> maxAttempts() == 9);
        } finally {
            Files.delete(dropped);
        }
        await().until(() -> maxAttempts() == 0);
    }

    private long maxAttempts() {
        ServiceReference<Nsqd> reference = context.getServiceReference(Nsqd.class);
        return context.getService(reference)
                .policies()
                .effective("orders", java.util.Optional.of("c"))
                .number(io.nsqd.policy.PolicyKey.MAX_ATTEMPTS);
    }

    /** On defaults it would take the working directory for its data path. */
    @Test
    public void nothingStartsBeforeItIsConfigured() throws Exception {
        assertEquals(Bundle.ACTIVE, core().getState());
        // A configuration that cannot be used is none.
        configure(Map.of("msg_timeout", "soon"));
        configure(Map.of("mem_queue_size", "many"));
        configure(Map.of("mem_queue_size", -1));
        configure(Map.of("msg_timeout", Long.MAX_VALUE));
        assertFalse(isRunning());
        assertNull(context.getServiceReference(Transport.class));

        // Nobody could make the data path before the container had its configuration.
        Path missing = data.resolve("not").resolve("yet");
        configure(Map.of("mem_queue_size", 7L, "data_path", missing.toString()));
        await().until(() -> context.getServiceReferences(Transport.class, null).size() == 2);
        assertEquals(7, current().integer(io.nsqd.api.Option.MEM_QUEUE_SIZE));
        assertTrue(Files.exists(missing.resolve("nsqd.dat")));
    }

    /** Values come as text or in types, under the keys of the config file or the names of the flags. */
    @Test
    public void valuesAreReadInEveryForm() throws Exception {
        configure(Map.of(
                "msg_timeout",
                "1500ms",
                "max_msg_timeout",
                60_000L,
                "max-rdy-count",
                9,
                "snappy",
                false,
                "deflate",
                "false",
                "nsqlookupd_tcp_addresses",
                new String[] {"127.0.0.1:1", "127.0.0.1:2"},
                "auth_http_addresses",
                "127.0.0.1:3, 127.0.0.1:4",
                "e2e_processing_latency_percentiles",
                List.of(0.99, 0.5),
                "log_level",
                "WARN"));
        Options options = awaitOptions(o -> !o.given().isEmpty());
        assertEquals(1500, options.millis(io.nsqd.api.Option.MSG_TIMEOUT));
        assertEquals(60_000, options.millis(io.nsqd.api.Option.MAX_MSG_TIMEOUT));
        assertEquals(9, options.integer(io.nsqd.api.Option.MAX_RDY_COUNT));
        assertFalse(options.flag(io.nsqd.api.Option.SNAPPY));
        assertFalse(options.flag(io.nsqd.api.Option.DEFLATE));
        assertEquals(List.of("127.0.0.1:1", "127.0.0.1:2"), options.strings(io.nsqd.api.Option.LOOKUPD_TCP_ADDRESS));
        assertEquals(List.of("127.0.0.1:3", "127.0.0.1:4"), options.strings(io.nsqd.api.Option.AUTH_HTTP_ADDRESS));
        assertEquals(List.of(0.99, 0.5), options.floats(io.nsqd.api.Option.E2E_PROCESSING_LATENCY_PERCENTILE));
        assertEquals(LogLevel.WARN, options.logLevel());
    }

    /** What may change changes at once; the rest waits, and the broker is not disturbed. */
    @Test
    public void changesAreLiveWhereTheyMayBe() throws Exception {
        configure(Map.of());
        awaitOptions(o -> !o.given().isEmpty());
        ServiceReference<Nsqd> before = context.getServiceReference(Nsqd.class);
        configure(Map.of("log_level", "error", "nsqlookupd_tcp_addresses", "127.0.0.1:1", "max_rdy_count", 9));
        Options options = awaitOptions(o -> o.logLevel() == LogLevel.ERROR);
        assertEquals(List.of("127.0.0.1:1"), options.strings(io.nsqd.api.Option.LOOKUPD_TCP_ADDRESS));
        assertEquals(2500, options.integer(io.nsqd.api.Option.MAX_RDY_COUNT));
        assertEquals(before, context.getServiceReference(Nsqd.class));

        // What is out of its range is refused with all that comes with it.
        configure(Map.of("log_level", "debug", "sync_timeout", "0"));
        configure(Map.of("log_level", "warn"));
        awaitOptions(o -> {
            assertFalse(o.logLevel() == LogLevel.DEBUG);
            return o.logLevel() == LogLevel.WARN;
        });

        // What is no longer configured has its default again.
        configure(Map.of());
        assertEquals(
                List.of(),
                awaitOptions(o -> o.logLevel() == LogLevel.INFO).strings(io.nsqd.api.Option.LOOKUPD_TCP_ADDRESS));

        // The rest is for the next start.
        core().stop();
        configure(Map.of("max_rdy_count", 9));
        core().start();
        awaitOptions(o -> o.integer(io.nsqd.api.Option.MAX_RDY_COUNT) == 9);
    }

    /** The log, which this container writes to the standard output, names what has to be started anew, and that suffices. */
    @Test
    public void aConfigurationThatIsChangedTakesEffectWhenTheLogSaysSo() throws Exception {
        configure(Map.of("mem_queue_size", 1234));
        awaitOptions(o -> o.integer(io.nsqd.api.Option.MEM_QUEUE_SIZE) == 1234);
        PrintStream usual = System.out;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        String named;
        System.setOut(new PrintStream(new Both(usual, log), true, StandardCharsets.UTF_8));
        try {
            configure(Map.of("mem_queue_size", 4321));
            named = await().until(
                            () -> POSTPONED
                                    .matcher(log.toString(StandardCharsets.UTF_8))
                                    .results()
                                    .findFirst(),
                            Optional::isPresent)
                    .orElseThrow()
                    .group(1);
        } finally {
            System.setOut(usual);
        }
        assertEquals(1234, current().integer(io.nsqd.api.Option.MEM_QUEUE_SIZE));

        bundle(named).stop();
        bundle(named).start();
        awaitOptions(o -> o.integer(io.nsqd.api.Option.MEM_QUEUE_SIZE) == 4321);
    }

    /** Writes to two streams. */
    private static final class Both extends FilterOutputStream {
        private final OutputStream second;

        Both(OutputStream first, OutputStream second) {
            super(first);
            this.second = second;
        }

        @Override
        public void write(int b) throws IOException {
            out.write(b);
            second.write(b);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
            second.write(bytes, offset, length);
        }
    }

    /** Another address is listened on, and who is connected stays so. */
    @Test
    public void transportsFollowTheirAddresses() throws Exception {
        configure(Map.of());
        awaitOptions(o -> !o.given().isEmpty());
        Nsqd nsqd = context.getService(context.getServiceReference(Nsqd.class));
        await().until(() -> nsqd.transports().size() == 2);
        int before = nsqd.port("tcp");
        int http = nsqd.port("http");
        int other = freePort();
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), before)) {
            client.setSoTimeout(30_000);
            configure(Map.of("tcp_address", "127.0.0.1:" + other));
            await().until(() -> nsqd.port("tcp") == other);
            await().until(() -> !new MessageKit(before, 0).acceptsTcp());
            client.getOutputStream().write("  V2IDENTIFY\n\0\0\0\2{}".getBytes(StandardCharsets.US_ASCII));
            assertEquals('K', client.getInputStream().readNBytes(10)[9]);
        }
        new MessageKit(other, http).run("t");

        // The wildcard is in the way of the same port of one address.
        configure(Map.of("tcp_address", "0.0.0.0:" + other, "http_address", ""));
        await().until(() -> nsqd.port("http") == 0);
        await().until(() -> !new MessageKit(http, 0).acceptsTcp());
        configure(Map.of("tcp_address", "127.0.0.1:" + other));
        await().until(() -> nsqd.transports().stream()
                .map(Transport::address)
                .toList()
                .containsAll(List.of("127.0.0.1:" + other, "127.0.0.1:" + nsqd.port("http"))));
        new MessageKit(other, nsqd.port("http")).run("t");

        // What cannot be listened on leaves it where it is.
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            configure(Map.of("tcp_address", "127.0.0.1:" + taken.getLocalPort()));
            await().until(() -> current().string(io.nsqd.api.Option.TCP_ADDRESS).endsWith(":" + taken.getLocalPort()));
            await().until(() -> nsqd.port("tcp") == other);
            new MessageKit(other, nsqd.port("http")).run("t");
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    /** A file in the folder that File Install watches is as good as a config file. */
    @Test
    public void aDroppedFileConfigures() throws Exception {
        Path file = Files.writeString(
                data.resolve("file"),
                String.join(
                        "\n",
                        "data_path = " + data,
                        "tcp_address = 127.0.0.1:0",
                        "http_address = 127.0.0.1:0",
                        "https_address =",
                        "max_msg_size = 77"));
        Files.move(file, Path.of(DROPPED, PID + ".cfg"), StandardCopyOption.REPLACE_EXISTING);
        assertEquals(77, awaitOptions(o -> !o.given().isEmpty()).integer(io.nsqd.api.Option.MAX_MSG_SIZE));
    }

    /** Consoles show a form with every key of the config file. */
    @Test
    public void metatypeDescribesAllOfIt() {
        MetaTypeService service = context.getService(context.getServiceReference(MetaTypeService.class));
        ObjectClassDefinition definition =
                service.getMetaTypeInformation(core()).getObjectClassDefinition(PID, null);
        assertNotNull(definition);
        Set<String> described = new HashSet<>();
        for (AttributeDefinition attribute : definition.getAttributeDefinitions(ObjectClassDefinition.ALL)) {
            described.add(attribute.getID());
            if (attribute.getID().equals("mem_queue_size")) {
                assertEquals(AttributeDefinition.LONG, attribute.getType());
                assertEquals("10000", attribute.getDefaultValue()[0]);
                assertEquals("", attribute.validate("0"));
                assertEquals("--mem-queue-size must be at least 0", attribute.validate("-1"));
                assertEquals("parse error", attribute.validate("many"));
                assertTrue(attribute.getDescription().contains("(messages, at least 0; 0: all to the storage)"));
            }
            if (attribute.getID().equals("log_format")) {
                assertEquals(List.of("text", "json"), List.of(attribute.getOptionValues()));
            }
        }
        Set<String> keys = Arrays.stream(io.nsqd.api.Option.values())
                .flatMap(option -> option.configKey().stream())
                .collect(Collectors.toSet());
        assertEquals(keys, described);
    }
}
