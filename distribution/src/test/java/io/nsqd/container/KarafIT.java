package io.nsqd.container;

import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.ops4j.pax.exam.CoreOptions.options;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.configureConsole;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.editConfigurationFilePut;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.karafDistributionConfiguration;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.logLevel;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import javax.inject.Inject;
import org.apache.karaf.features.FeaturesService;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.karaf.options.LogLevelOption;

/** Features of Apache Karaf come and go. */
@RunWith(PaxExam.class)
public class KarafIT {
    /** The bundle of this test imports whatever there is, and would be refreshed while it runs. */
    private static final EnumSet<FeaturesService.Option> QUIETLY =
            EnumSet.of(FeaturesService.Option.NoAutoRefreshBundles);

    private static final long PATIENCE_SECONDS = 60;

    @Inject
    private FeaturesService features;

    /** The Karaf that the tests run in. */
    @Configuration
    public Option[] configuration() throws IOException {
        int tcp = freePort();
        int http = freePort();
        Path unpacked = Path.of("target", "karaf").toAbsolutePath();
        Path data = Files.createTempDirectory("nsqd-karaf");
        return options(
                karafDistributionConfiguration()
                        .frameworkUrl(Path.of("target", "container-karaf", "apache-karaf.tar.gz")
                                .toUri()
                                .toString())
                        .unpackDirectory(unpacked.toFile()),
                configureConsole().ignoreLocalConsole().ignoreRemoteShell(),
                logLevel(LogLevelOption.LogLevel.WARN),
                editConfigurationFilePut("etc/org.apache.karaf.management.cfg", "rmiRegistryPort", "" + freePort()),
                editConfigurationFilePut("etc/org.apache.karaf.management.cfg", "rmiServerPort", "" + freePort()),
                editConfigurationFilePut("etc/io.nsqd.cfg", "data_path", data.toString()),
                editConfigurationFilePut("etc/io.nsqd.cfg", "tcp_address", "127.0.0.1:" + tcp),
                editConfigurationFilePut("etc/io.nsqd.cfg", "http_address", "127.0.0.1:" + http),
                editConfigurationFilePut("etc/io.nsqd.cfg", "https_address", ""),
                editConfigurationFilePut("etc/system.properties", "test.tcp", "" + tcp),
                editConfigurationFilePut("etc/system.properties", "test.http", "" + http),
                editConfigurationFilePut(
                        "etc/system.properties",
                        "test.features",
                        features().toUri().toString()));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** The features as they are published, but with the jars that were just built. */
    private static Path features() throws IOException {
        Path target = Path.of("target").toAbsolutePath();
        Path home = Path.of(System.getProperty("nsqd.home"));
        String text = Files.readString(target.resolve("features/features.xml"));
        StringBuilder edited = new StringBuilder();
        for (String line : text.split("\n", -1)) {
            int url = line.indexOf("mvn:");
            if (url >= 0 && line.contains("</bundle>")) {
                String[] parts =
                        line.substring(url + 4, line.indexOf("</bundle>")).split("/", -1);
                String name = parts[1] + (parts.length > 4 ? "-" + parts[4] : "") + ".jar";
                String directory = parts[0].equals("io.nsqd") ? "bundles" : "lib";
                edited.append(line, 0, url)
                        .append(home.resolve(directory).resolve(name).toUri())
                        .append("</bundle>\n");
            } else {
                edited.append(line).append('\n');
            }
        }
        return Files.writeString(target.resolve("features/edited.xml"), edited);
    }

    private void install(String... names) throws Exception {
        features.installFeatures(Set.of(names), QUIETLY);
    }

    private void uninstall(String name) throws Exception {
        features.uninstallFeatures(Set.of(name), QUIETLY);
    }

    /** Karaf starts what a feature brings in its own time. */
    private static void await(Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (true) {
            boolean over = System.nanoTime() > end;
            try {
                if (condition.call()) {
                    return;
                }
            } catch (IOException | AssertionError e) {
                if (over) {
                    throw e;
                }
            }
            assertFalse("not within " + PATIENCE_SECONDS + " seconds", over);
            Thread.sleep(50);
        }
    }

    /** One after the other, as an administrator would. */
    @Test
    public void featuresComeAndGo() throws Exception {
        MessageKit kit = new MessageKit(Integer.getInteger("test.tcp"), Integer.getInteger("test.http"));
        features.addRepository(URI.create(System.getProperty("test.features")));
        install("nsqd");
        assertFalse(kit.acceptsTcp() || kit.acceptsHttp());
        install("nsqd-tcp", "nsqd-http");
        await(() -> kit.acceptsTcp() && kit.acceptsHttp());
        kit.run("first");

        install("nsqd-lookup", "nsqd-statsd", "nsqd-metrics");
        await(() -> kit.http("GET", "/metrics", "").contains("nsqd_info"));
        assertTrue(features.isInstalled(features.getFeature("nsqd-lookup")));
        kit.run("second");

        install("nsqd-shell");
        assertTrue(features.isInstalled(features.getFeature("nsqd-shell")));
        uninstall("nsqd-shell");
        uninstall("nsqd-metrics");
        uninstall("nsqd-lookup");
        uninstall("nsqd-statsd");
        uninstall("nsqd-tcp");
        await(() -> !kit.acceptsTcp());
        assertTrue(kit.http("POST", "/pub?topic=third", "x").equals("OK"));
        install("nsqd-tcp");
        await(kit::acceptsTcp);
        kit.run("fourth");
        uninstall("nsqd-http");
        await(() -> !kit.acceptsHttp());
    }
}
