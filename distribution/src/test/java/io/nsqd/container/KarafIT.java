package io.nsqd.container;

import static org.awaitility.Awaitility.await;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.ops4j.pax.exam.CoreOptions.maven;
import static org.ops4j.pax.exam.CoreOptions.options;
import static org.ops4j.pax.exam.CoreOptions.wrappedBundle;
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
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
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
    private static final Duration PATIENCE = Duration.ofSeconds(60);

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
                editConfigurationFilePut("etc/custom.properties", "test.tcp", "" + tcp),
                editConfigurationFilePut("etc/custom.properties", "test.http", "" + http),
                editConfigurationFilePut(
                        "etc/custom.properties",
                        "test.features",
                        features().toUri().toString()),
                wrappedBundle(maven("org.awaitility", "awaitility", "4.3.0")),
                wrappedBundle(maven("org.hamcrest", "hamcrest", "2.1")));
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
        features.installFeatures(Set.of(names), EnumSet.noneOf(FeaturesService.Option.class));
    }

    private void uninstall(String name) throws Exception {
        features.uninstallFeature(name);
    }

    /** One after the other, as an administrator would. */
    @Test
    public void featuresComeAndGo() throws Exception {
        MessageKit kit = new MessageKit(Integer.getInteger("test.tcp"), Integer.getInteger("test.http"));
        features.addRepository(URI.create(System.getProperty("test.features")));
        install("nsqd");
        assertFalse(kit.acceptsTcp() || kit.acceptsHttp());
        install("nsqd-tcp", "nsqd-http");
        await().atMost(PATIENCE).until(() -> kit.acceptsTcp() && kit.acceptsHttp());
        kit.run("first");

        install("nsqd-lookup", "nsqd-statsd", "nsqd-metrics");
        await().atMost(PATIENCE).ignoreExceptions().until(() -> kit.http("GET", "/metrics", "")
                .contains("nsqd_info"));
        assertTrue(features.isInstalled(features.getFeature("nsqd-lookup")));
        kit.run("second");

        uninstall("nsqd-metrics");
        uninstall("nsqd-lookup");
        uninstall("nsqd-statsd");
        uninstall("nsqd-tcp");
        await().atMost(PATIENCE).until(() -> !kit.acceptsTcp());
        assertTrue(kit.http("POST", "/pub?topic=third", "x").equals("OK"));
        install("nsqd-tcp");
        await().atMost(PATIENCE).until(kit::acceptsTcp);
        kit.run("fourth");
        uninstall("nsqd-http");
        await().atMost(PATIENCE).until(() -> !kit.acceptsHttp());
    }
}
