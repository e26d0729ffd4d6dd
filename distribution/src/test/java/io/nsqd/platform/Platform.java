package io.nsqd.platform;

import static org.awaitility.Awaitility.await;

import io.nsqd.api.Option;
import io.nsqd.launcher.Daemon;
import io.nsqd.launcher.EmbeddedFramework;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.runtime.ObjectMethods;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.framework.wiring.FrameworkWiring;

/** Our bundles, and what can be done with them. Its ports stay the same. One thread. */
final class Platform implements AutoCloseable {
    static final String API = "nsqd-api";
    static final String NET = "nsqd-net";
    static final String CORE = "nsqd-core";
    static final String TCP = "nsqd-tcp";
    static final String HTTP = "nsqd-http";
    static final String LOOKUP = "nsqd-lookup";
    static final String STATSD = "nsqd-statsd";
    static final String METRICS = "nsqd-metrics";

    /** Far more than anything takes; only what hangs gets there. */
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private final int tcpPort = freePort();
    private final int httpPort = freePort();
    private final EmbeddedFramework embedded;

    /** The class loaders of bundles that were updated; enqueued when collected. */
    private final ReferenceQueue<ClassLoader> collected = new ReferenceQueue<>();

    /** With the names of their bundles. */
    private final Map<Reference<?>, String> old = new HashMap<>();

    private int replaced;

    /** @param options by flag name, beside the addresses and the data path */
    Platform(Path directory, Map<String, String> options) throws BundleException, IOException {
        Map<String, String> properties = new HashMap<>();
        properties.put(
                Option.DATA_PATH.property(),
                Files.createDirectories(directory.resolve("data")).toString());
        properties.put(Option.TCP_ADDRESS.property(), "127.0.0.1:" + tcpPort);
        properties.put(Option.HTTP_ADDRESS.property(), "127.0.0.1:" + httpPort);
        properties.put(Option.HTTPS_ADDRESS.property(), "");
        properties.put(Option.BROADCAST_ADDRESS.property(), "127.0.0.1");
        options.forEach((flag, value) -> properties.put("nsqd." + flag, value));
        embedded = new EmbeddedFramework(Files.createDirectories(directory.resolve("storage")), properties);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    int tcpPort() {
        return tcpPort;
    }

    int httpPort() {
        return httpPort;
    }

    BundleContext context() {
        return embedded.framework().getBundleContext();
    }

    Bundle bundle(String name) {
        return embedded.bundles().get(name);
    }

    List<String> names() {
        return List.copyOf(embedded.bundles().keySet());
    }

    boolean isActive(String name) {
        return bundle(name).getState() == Bundle.ACTIVE;
    }

    /** Installs a bundle that is not among those that the launcher starts by itself. */
    void install(String name, Path jar) throws BundleException {
        embedded.bundles().put(name, context().installBundle(jar.toUri().toString()));
    }

    /** Uninstalls what was {@linkplain #install installed}; its class loader is to go, too. */
    void uninstall(String name) throws BundleException, InterruptedException {
        note(name);
        Bundle bundle = embedded.bundles().remove(name);
        bundle.uninstall();
        CountDownLatch refreshed = new CountDownLatch(1);
        embedded.framework().adapt(FrameworkWiring.class).refreshBundles(List.of(bundle), event -> {
            if (event.getType() == FrameworkEvent.PACKAGES_REFRESHED) {
                refreshed.countDown();
            }
        });
        refreshed.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    void startAll() throws BundleException {
        for (String name : names()) {
            start(name);
        }
    }

    void start(String name) throws BundleException {
        bundle(name).start();
    }

    void stop(String name) throws BundleException {
        bundle(name).stop();
    }

    /** Stops a bundle, gives it the content of its jar anew, and so a new class loader, and starts it again. */
    void update(String name) throws BundleException, IOException, InterruptedException {
        update(name, Daemon.home().resolve("bundles").resolve(name + ".jar"));
    }

    /** As above, with the content of another jar. */
    void update(String name, Path jar) throws BundleException, IOException, InterruptedException {
        Bundle bundle = bundle(name);
        boolean active = isActive(name);
        note(name);
        bundle.stop();
        try (InputStream content = Files.newInputStream(jar)) {
            bundle.update(content);
        }
        CountDownLatch refreshed = new CountDownLatch(1);
        embedded.framework().adapt(FrameworkWiring.class).refreshBundles(List.of(bundle), event -> {
            if (event.getType() == FrameworkEvent.PACKAGES_REFRESHED) {
                refreshed.countDown();
            }
        });
        refreshed.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        if (active) {
            bundle.start();
        }
    }

    private void note(String name) {
        BundleWiring wiring = bundle(name).adapt(BundleWiring.class);
        if (wiring != null && wiring.getClassLoader() != null) {
            old.put(new PhantomReference<>(wiring.getClassLoader(), collected), name + " " + replaced++);
        }
    }

    /** How many class loaders of replaced bundles there were. */
    int replaced() {
        return replaced;
    }

    /** A record whose component is of a type of ours. */
    private record OfOurs(Platform platform) {}

    /**
     * The JDK remembers, in one place for all, the component type of the record whose equals it linked last (the method handle in
     * java.lang.runtime.ObjectMethods). Lets that be one of ours and not of a bundle's, however often it is asked for.
     */
    private static void linkEquals() {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            MethodType type = MethodType.methodType(boolean.class, OfOurs.class, Object.class);
            MethodHandle getter = lookup.findGetter(OfOurs.class, "platform", Platform.class);
            ObjectMethods.bootstrap(lookup, "equals", type, OfOurs.class, "platform", getter);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** Collects garbage until all of them are gone, or nothing more happens; names those that are left. */
    List<String> leaked() throws InterruptedException {
        linkEquals();
        for (int tries = 0; !old.isEmpty() && tries < 20; tries++) {
            System.gc();
            // Waits for the collector to say so, not for a time.
            for (Reference<?> gone = collected.remove(500); gone != null; gone = collected.remove(1)) {
                old.remove(gone);
            }
        }
        return List.copyOf(old.values());
    }

    /** Waits until exactly so many transports serve. */
    void awaitTransports(int count) {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(2)).until(() -> transports() == count);
    }

    int transports() throws Exception {
        ServiceReference<?>[] references = context().getAllServiceReferences("io.nsqd.spi.Transport", null);
        return references == null ? 0 : references.length;
    }

    /** What the transport for V2 clients tells of connections that were handed over; see {@code io.nsqd.stats.HandOverStats}. */
    record HandOvers(long parked, long adopted, long closed) {}

    /** As the transport of the moment tells it. */
    HandOvers handOvers() throws Exception {
        for (ServiceReference<?> reference : context().getAllServiceReferences("io.nsqd.spi.Transport", null)) {
            // Its type is the framework's, and not the tests' own.
            Object transport = context().getService(reference);
            try {
                if (told(transport, "io.nsqd.spi.Transport", "protocol").equals("tcp")) {
                    Object stats = told(transport, "io.nsqd.spi.Transport", "handOver");
                    String type = "io.nsqd.stats.HandOverStats";
                    return new HandOvers((Long) told(stats, type, "parked"), (Long) told(stats, type, "adopted"), (Long)
                            told(stats, type, "closed"));
                }
            } finally {
                context().ungetService(reference);
            }
        }
        throw new AssertionError("no transport for V2 clients");
    }

    private Object told(Object by, String type, String what) throws ReflectiveOperationException {
        return bundle(API).loadClass(type).getMethod(what).invoke(by);
    }

    /** A request over HTTP without a body, which is answered 200; the answer's text. */
    String post(String pathAndQuery) throws IOException {
        return answer("POST", pathAndQuery);
    }

    /** As above, with GET. */
    String get(String pathAndQuery) throws IOException {
        return answer("GET", pathAndQuery);
    }

    private String answer(String method, String pathAndQuery) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) URI.create("http://127.0.0.1:" + httpPort + pathAndQuery)
                .toURL()
                .openConnection();
        connection.setRequestMethod(method);
        connection.setReadTimeout((int) PATIENCE.toMillis());
        try (InputStream answer = connection.getInputStream()) {
            return new String(answer.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** How often services are in use, by all bundles together. */
    int uses() {
        int uses = 0;
        for (Bundle bundle : context().getBundles()) {
            ServiceReference<?>[] used = bundle.getServicesInUse();
            uses += used == null ? 0 : used.length;
        }
        return uses;
    }

    /** Logs no errors any more. */
    void quiet() {
        embedded.quiet();
    }

    @Override
    public void close() throws BundleException {
        embedded.close();
    }
}
