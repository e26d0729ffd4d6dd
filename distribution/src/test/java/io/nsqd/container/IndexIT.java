package io.nsqd.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import aQute.bnd.build.Container;
import aQute.bnd.osgi.repository.SimpleIndexer;
import biz.aQute.resolve.Bndrun;
import io.nsqd.launcher.Daemon;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** The indices for OSGi repositories, read as bnd reads them: whoever asks for a bundle gets a daemon. */
class IndexIT {
    private static final Set<String> OURS = Set.of(
            "io.nsqd.api",
            "io.nsqd.core",
            "io.nsqd.net",
            "io.nsqd.tcp",
            "io.nsqd.http",
            "io.nsqd.lookup",
            "io.nsqd.statsd",
            "io.nsqd.metrics",
            "io.nsqd.shell");

    @TempDir
    Path directory;

    /** The one in the distribution, and the one that is an artifact in a Maven repository. */
    static List<Path> indices() throws IOException {
        try (Stream<Path> found = Files.find(
                Path.of("target", "index", "io", "nsqd", "distribution"), 2, (path, attributes) -> path.toString()
                        .endsWith("-index.xml"))) {
            return List.of(
                    Daemon.home().resolve("index.xml"),
                    found.findFirst().orElseThrow().toAbsolutePath());
        }
    }

    /** The values of an attribute of all capabilities of a kind. */
    private static List<String> values(Path index, String namespace, String attribute) throws Exception {
        List<String> values = new ArrayList<>();
        NodeList capabilities = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(index.toFile())
                .getElementsByTagName("capability");
        for (int i = 0; i < capabilities.getLength(); i++) {
            Element capability = (Element) capabilities.item(i);
            if (capability.getAttribute("namespace").equals(namespace)) {
                NodeList attributes = capability.getElementsByTagName("attribute");
                for (int j = 0; j < attributes.getLength(); j++) {
                    Element each = (Element) attributes.item(j);
                    if (each.getAttribute("name").equals(attribute)) {
                        values.add(each.getAttribute("value"));
                    }
                }
            }
        }
        return values;
    }

    @ParameterizedTest
    @MethodSource("indices")
    void eachBundleIsThereOnce(Path index) throws Exception {
        List<String> names = values(index, "osgi.identity", "osgi.identity");
        assertEquals(new HashSet<>(names).size(), names.size(), names.toString());
        assertTrue(names.containsAll(OURS), names.toString());
        List<String> urls = values(index, "osgi.content", "url");
        assertEquals(names.size(), urls.size());
        for (String url : urls) {
            assertFalse(URI.create(url).isAbsolute() || url.startsWith("/"), url);
            assertTrue(Files.exists(index.resolveSibling(url)), url);
        }
    }

    /** What bnd comes to for bundles of ours, as files. */
    private List<Path> resolve(Path index, List<String> names) throws Exception {
        Path framework = directory.resolve("framework.xml");
        new SimpleIndexer()
                .files(List.of(FrameworksIT.Framework.FELIX.jar().toFile()))
                .index(framework.toFile());
        Path run = directory.resolve("nsqd.bndrun");
        String wanted =
                names.stream().map(name -> "bnd.identity;id='" + name + "'").collect(Collectors.joining(", "));
        Files.writeString(run, """
                -standalone: %s, %s
                -runfw: org.apache.felix.framework
                -runee: JavaSE-17
                -runsystemcapabilities: ${native_capability}
                -resolve.effective: active
                -runrequires: %s
                """.formatted(index.toUri(), framework.toUri(), wanted));
        try (Bndrun bndrun = Bndrun.createBndrun(null, run.toFile())) {
            bndrun.setProperty("-runbundles", bndrun.resolve(false, false));
            List<Path> bundles = new ArrayList<>();
            for (Container bundle : bndrun.getRunbundles()) {
                assertNotNull(bundle.getFile(), bundle.toString());
                bundles.add(bundle.getFile().toPath());
            }
            assertTrue(bndrun.getErrors().isEmpty(), bndrun.getErrors().toString());
            return bundles;
        }
    }

    private static Set<String> names(List<Path> bundles) throws IOException {
        Set<String> names = new TreeSet<>();
        for (Path bundle : bundles) {
            try (JarFile jar = new JarFile(bundle.toFile())) {
                names.add(jar.getManifest().getMainAttributes().getValue("Bundle-SymbolicName"));
            }
        }
        return names;
    }

    /** Without the first there would be no daemon, without the second nobody could publish. */
    @ParameterizedTest
    @MethodSource("indices")
    void aDaemonIsWhatATransportNeeds(Path index) throws Exception {
        Set<String> names = names(resolve(index, List.of("io.nsqd.tcp")));
        assertTrue(names.containsAll(Set.of("io.nsqd.api", "io.nsqd.core", "io.nsqd.net")), names.toString());
        assertFalse(names.contains("io.nsqd.http"), names.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "io.nsqd.lookup", "io.nsqd.statsd", "io.nsqd.metrics", "io.nsqd.shell"})
    void whatIsResolvedStarts(String feature) throws Exception {
        List<String> wanted =
                new ArrayList<>(List.of("io.nsqd.tcp", "io.nsqd.http", "io.netty.transport-native-epoll.linux-x86_64"));
        if (!feature.isEmpty()) {
            wanted.add(feature);
        }
        List<Path> bundles = resolve(indices().get(1), wanted);
        Set<String> optional = new TreeSet<>(names(bundles));
        optional.retainAll(Set.of("io.nsqd.lookup", "io.nsqd.statsd", "io.nsqd.metrics", "io.nsqd.shell"));
        assertEquals(feature.isEmpty() ? Set.of() : Set.of(feature), optional);
        try (FrameworksIT.Container container =
                new FrameworksIT.Container(directory, FrameworksIT.Framework.FELIX, bundles)) {
            container.awaitBoth();
            container.kit().run("messages");
            container.stop();
        }
    }

    /** Figures for Prometheus are served by HTTP. */
    @Test
    void metricsBringHttpAlong() throws Exception {
        Set<String> names = names(resolve(indices().get(0), List.of("io.nsqd.metrics")));
        assertTrue(names.containsAll(Set.of("io.nsqd.core", "io.nsqd.http", "io.nsqd.metrics")), names.toString());
    }
}
