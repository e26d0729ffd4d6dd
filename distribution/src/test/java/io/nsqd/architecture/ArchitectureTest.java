package io.nsqd.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.nsqd.spi.BrokerProvider;
import io.nsqd.spi.Subsystem;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The rules of the house, checked on the classes and the jars as built. */
final class ArchitectureTest {
    private static final Pattern EXPORTED_PACKAGE = Pattern.compile("(?:^|,)(io\\.nsqd[\\w.]*);");

    /** Those of the plug-in kit are plug-ins, not parts of the house. */
    private static final String EXAMPLES = "io.nsqd.examples.";

    /** What each bundle exports: nobody depends on anything else, so nothing else can pin an old class loader. */
    private static final Map<String, Set<String>> EXPORTS = Map.ofEntries(
            Map.entry(
                    "io.nsqd.api",
                    Set.of(
                            "io.nsqd.api",
                            "io.nsqd.spi",
                            "io.nsqd.stats",
                            "io.nsqd.policy",
                            "io.nsqd.json",
                            "io.nsqd.peer",
                            "io.nsqd.log")),
            Map.entry("io.nsqd.net", Set.of("io.nsqd.net", "io.nsqd.net.compression", "io.nsqd.net.transport")),
            Map.entry("io.nsqd.core", Set.of()),
            Map.entry("io.nsqd.tcp", Set.of()),
            Map.entry("io.nsqd.http", Set.of()),
            Map.entry("io.nsqd.lookup", Set.of()),
            Map.entry("io.nsqd.statsd", Set.of()),
            Map.entry("io.nsqd.metrics", Set.of()),
            Map.entry("io.nsqd.bookkeeper", Set.of()),
            Map.entry("io.nsqd.console", Set.of()),
            Map.entry("io.nsqd.websocket", Set.of()),
            Map.entry("io.nsqd.shell", Set.of()));

    private static JavaClasses house;
    private static Map<String, Manifest> manifests;
    private static Map<String, Path> jars;

    @BeforeAll
    static void readTheHouse() throws IOException, URISyntaxException {
        house = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .withImportOption(location -> !location.contains("-tests.jar"))
                .importPackages("io.nsqd");
        manifests = new TreeMap<>();
        jars = new TreeMap<>();
        for (URL url : Collections.list(ArchitectureTest.class.getClassLoader().getResources("META-INF/MANIFEST.MF"))) {
            try (InputStream in = url.openStream()) {
                Manifest manifest = new Manifest(in);
                String name = manifest.getMainAttributes().getValue("Bundle-SymbolicName");
                if (name != null && name.startsWith("io.nsqd.") && !name.startsWith(EXAMPLES)) {
                    manifests.put(name, manifest);
                    String jar = url.getPath().substring(0, url.getPath().indexOf('!'));
                    jars.put(name, Path.of(new java.net.URI(jar)));
                }
            }
        }
    }

    @Test
    void nobodyReachesIntoTheCore() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.nsqd.core..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.nsqd.core..")
                .check(house);
    }

    @Test
    void subsystemsKnowTheApiOnlyAndTransportsTheNet() {
        for (String subsystem :
                Set.of("tcp", "http", "lookup", "statsd", "metrics", "shell", "console", "websocket", "core", "net")) {
            Set<String> others = new TreeSet<>(Set.of(
                    "tcp", "http", "lookup", "statsd", "metrics", "shell", "console", "websocket", "core", "launcher"));
            others.remove(subsystem);
            noClasses()
                    .that()
                    .resideInAPackage("io.nsqd." + subsystem + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(others.stream()
                            .map(other -> "io.nsqd." + other + "..")
                            .toArray(String[]::new))
                    .check(house);
        }
    }

    @Test
    void nettyIsForTheNetAndTheTransports() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "io.nsqd.api..",
                        "io.nsqd.spi..",
                        "io.nsqd.stats..",
                        "io.nsqd.policy..",
                        "io.nsqd.json..",
                        "io.nsqd.peer..",
                        "io.nsqd.core..",
                        "io.nsqd.lookup..",
                        "io.nsqd.statsd..",
                        "io.nsqd.metrics..",
                        "io.nsqd.console..",
                        "io.nsqd.shell..",
                        "io.nsqd.launcher..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.netty..")
                .check(house);
    }

    @Test
    void theBenchmarkIsAClientLikeAnyOther() {
        classes()
                .that()
                .resideInAPackage("io.nsqd.bench")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("java..", "io.nsqd.bench", "com.fasterxml.jackson..")
                .check(house);
    }

    @Test
    void examplesKnowTheApiAndATransportTheNet() {
        classes()
                .that()
                .resideInAPackage(EXAMPLES + ".")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        EXAMPLES + ".",
                        "io.nsqd.api..",
                        "io.nsqd.spi..",
                        "io.nsqd.stats..",
                        "io.nsqd.policy..",
                        "io.nsqd.net..",
                        "io.netty..",
                        "org.osgi..")
                .check(house);
        noClasses()
                .that()
                .resideInAPackage(EXAMPLES + ".")
                .and()
                .resideOutsideOfPackage(EXAMPLES + "texttransport")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.nsqd.net..", "io.netty..")
                .check(house);
    }

    @Test
    void theApiNeedsNoLibrary() {
        classes()
                .that()
                .resideInAnyPackage(
                        "io.nsqd.api..",
                        "io.nsqd.spi..",
                        "io.nsqd.stats..",
                        "io.nsqd.policy..",
                        "io.nsqd.json..",
                        "io.nsqd.peer..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "javax.net.ssl..",
                        "io.nsqd.api..",
                        "io.nsqd.spi..",
                        "io.nsqd.stats..",
                        "io.nsqd.policy..",
                        "io.nsqd.json..",
                        "io.nsqd.peer..",
                        "io.nsqd.log..",
                        "org.osgi..")
                .check(house);
    }

    @Test
    void loggingGoesThroughOneSeam() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.nsqd.log..", "io.nsqd.launcher..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.slf4j..")
                .check(house);
        for (Map.Entry<String, Manifest> bundle : manifests.entrySet()) {
            String imports = bundle.getValue().getMainAttributes().getValue("Import-Package");
            for (String clause : imports.split(",(?=[a-z])", -1)) {
                boolean optional = clause.contains("resolution:=optional");
                // BookKeeper, which is inside of one, knows nothing else.
                boolean foreign = bundle.getKey().equals("io.nsqd.bookkeeper");
                assertTrue(
                        !clause.startsWith("org.slf4j") || optional || foreign, bundle.getKey() + " imports " + clause);
            }
        }
    }

    @Test
    void onlyActivatorsAndProvidersArePublicInPackagesThatAreNotExported() {
        classes()
                .that()
                .resideInAnyPackage(
                        "io.nsqd.core",
                        "io.nsqd.tcp..",
                        "io.nsqd.http..",
                        "io.nsqd.lookup..",
                        "io.nsqd.statsd..",
                        "io.nsqd.metrics..",
                        "io.nsqd.console..",
                        "io.nsqd.websocket..",
                        "io.nsqd.shell..")
                .and()
                .doNotHaveSimpleName("Activator")
                .and()
                // JMX looks into its beans' interfaces and into what they return.
                .haveSimpleNameNotEndingWith("MXBean")
                .and()
                .haveSimpleNameNotEndingWith("Figures")
                .and()
                .areNotAssignableTo(Subsystem.class)
                .and()
                .areNotAssignableTo(BrokerProvider.class)
                .and()
                .areTopLevelClasses()
                .should()
                .notHaveModifier(JavaModifier.PUBLIC)
                .check(house);
    }

    @Test
    void bundlesKeepNoValuesInThreads() {
        noClasses()
                .that()
                .resideInAPackage("io.nsqd..")
                .should()
                .dependOnClassesThat()
                .areAssignableTo(ThreadLocal.class)
                .check(house);
    }

    @Test
    void eachBundleExportsExactlyWhatItShould() {
        assertEquals(EXPORTS.keySet(), manifests.keySet());
        manifests.forEach((name, manifest) -> assertEquals(EXPORTS.get(name), exports(manifest), name));
    }

    private static Set<String> exports(Manifest manifest) {
        String header = manifest.getMainAttributes().getValue("Export-Package");
        Set<String> packages = new TreeSet<>();
        if (header != null) {
            // Directives like uses:="a,b" name packages too, but never at the beginning of a clause.
            Matcher matcher = EXPORTED_PACKAGE.matcher(header.replaceAll("\"[^\"]*\"", ""));
            while (matcher.find()) {
                packages.add(matcher.group(1));
            }
        }
        return packages;
    }

    /** A bundle that shares what others import where it is has these resolved anew as it comes and goes. */
    @Test
    void nativeAccessIsPrivateToTheCore() {
        for (Map.Entry<String, Manifest> bundle : manifests.entrySet()) {
            String imports = bundle.getValue().getMainAttributes().getValue("Import-Package");
            for (String clause : imports.split(",(?=[a-z])", -1)) {
                boolean launcher = clause.contains("provider=nsqd-launcher") && clause.contains("resolution:=optional");
                assertTrue(!clause.startsWith("com.sun.jna") || launcher, bundle.getKey() + " imports " + clause);
            }
        }
        assertEquals(
                ".,lib/jna.jar",
                manifests.get("io.nsqd.core").getMainAttributes().getValue("Bundle-ClassPath"));
    }

    @Test
    void eachBundleHasAnActivatorOfItsOwn() {
        manifests.forEach((name, manifest) -> {
            String activator = manifest.getMainAttributes().getValue("Bundle-Activator");
            assertEquals(name.equals("io.nsqd.api") ? null : name + ".Activator", activator);
        });
    }

    @Test
    void eachBundleIsANamedModuleWithTheSameExports() {
        for (Map.Entry<String, Path> jar : jars.entrySet()) {
            if (jar.getKey().equals("io.nsqd.bookkeeper")) {
                // With jars inside it is for frameworks only.
                continue;
            }
            ModuleReference module =
                    ModuleFinder.of(jar.getValue()).findAll().iterator().next();
            ModuleDescriptor descriptor = module.descriptor();
            assertEquals(jar.getKey(), descriptor.name());
            assertTrue(!descriptor.isAutomatic(), descriptor.name() + " has a descriptor");
            assertEquals(
                    EXPORTS.get(jar.getKey()),
                    descriptor.exports().stream()
                            .map(ModuleDescriptor.Exports::source)
                            .collect(Collectors.toSet()));
        }
    }
}
