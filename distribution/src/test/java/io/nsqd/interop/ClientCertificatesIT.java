package io.nsqd.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nsqd.launcher.Daemon;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Certificates of all sorts ({@code src/test/go/certificates}), put to the Go daemon and to ours with either provider of TLS: what
 * Go refuses is refused, and what it accepts is accepted but for what stands here, and in {@code docs/DEPARTURES.md}.
 */
@Tag("interop")
@Tag("O-41")
class ClientCertificatesIT {
    /** BoringSSL knows no signature of these; it wants a client's key to be one for signatures. */
    private static final Set<String> REFUSED_BY_NATIVE = Set.of(
            "key-ed25519 1.2",
            "key-ed25519 1.3",
            "key-p521 1.3",
            "key-p224 1.2",
            "chain-authority-itself 1.2",
            "chain-authority-itself 1.3",
            "usage-cert-sign 1.2",
            "usage-cert-sign 1.3",
            "usage-key-agreement 1.2",
            "usage-key-agreement 1.3",
            "usage-key-encipherment 1.2",
            "usage-key-encipherment 1.3",
            "usage-rsa-key-encipherment 1.2",
            "usage-rsa-key-encipherment 1.3");

    /** The JDK has no P-224, and reads no certificate of nobody. */
    private static final Set<String> REFUSED_BY_JDK = Set.of("key-p224 1.2", "name-none 1.2", "name-none 1.3");

    /** The JDK verifies for both; to it a common name is one that can be constrained where there is no other. */
    private static final Set<String> NOT_VERIFIED = Set.of(
            "name-none 1.2",
            "name-none 1.3",
            "root-p224 1.2",
            "root-p224 1.3",
            "constraint-no-name 1.2",
            "constraint-no-name 1.3",
            "constraint-no-name-not-critical 1.2",
            "constraint-no-name-not-critical 1.3");

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path certificates;

    private static final Map<String, Map<String, Boolean>> BY_GO = new HashMap<>();

    @TempDir
    Path data;

    @BeforeAll
    static void makeCertificates() throws Exception {
        run("make", certificates.toString());
    }

    private static List<String> run(String... arguments) throws IOException, InterruptedException {
        try (Program program = Program.start("certificates", GoTools.certificates(), arguments)) {
            program.awaitExit();
            return program.output();
        }
    }

    private static String[] flags(Path certificate, Path key, String policy) {
        return new String[] {
            "--tls-cert=" + certificate,
            "--tls-key=" + key,
            "--tls-root-ca-file=" + certificates.resolve("roots.pem"),
            "--tls-client-auth-policy=" + policy
        };
    }

    private Daemon.Setup ours(String provider) {
        return Daemon.of(data).environment("NSQD_JAVA_OPTS", "-Dnsqd.tls=" + provider);
    }

    /** BoringSSL's library is for one kind of machine. */
    private static boolean isNative(String provider) {
        return provider.equals("native")
                && System.getProperty("os.name").equals("Linux")
                && System.getProperty("os.arch").equals("amd64");
    }

    /** Whom it accepts, by name and version of TLS. */
    private static Map<String, Boolean> verdicts(Daemon.Setup setup, String policy) throws Exception {
        Path certificate = certificates.resolve("server-p256.pem");
        Path key = certificates.resolve("server-p256-key.pem");
        try (Daemon daemon = setup.flags(flags(certificate, key, policy)).start()) {
            Map<String, Boolean> verdicts = new TreeMap<>();
            for (String line : run("try", "127.0.0.1:" + daemon.tcpPort(), certificates.toString())) {
                JsonNode verdict = JSON.readTree(line);
                verdicts.put(
                        verdict.get("name").asText() + " "
                                + verdict.get("version").asText(),
                        verdict.get("accepted").asBoolean());
            }
            assertEquals(0, daemon.stop());
            return verdicts;
        }
    }

    private static Set<String> accepted(Map<String, Boolean> verdicts) {
        return verdicts.entrySet().stream()
                .filter(Map.Entry::getValue)
                .map(Map.Entry::getKey)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @ParameterizedTest
    @CsvSource({"native, require-verify", "native, require", "jdk, require-verify", "jdk, require"})
    void clientsAreAcceptedAsByTheGoDaemon(String provider, String policy, @TempDir Path goData) throws Exception {
        if (!BY_GO.containsKey(policy)) {
            BY_GO.put(policy, verdicts(GoTools.nsqd(goData), policy));
        }
        Map<String, Boolean> go = BY_GO.get(policy);
        Map<String, Boolean> ours = verdicts(ours(provider), policy);
        assertEquals(go.keySet(), ours.keySet());
        assertTrue(go.size() >= 220, go::toString);
        Set<String> wanted = accepted(go);
        assertTrue(!wanted.contains("none 1.2") && wanted.contains("key-p256 1.3"), wanted::toString);
        wanted.removeAll(isNative(provider) ? REFUSED_BY_NATIVE : REFUSED_BY_JDK);
        if (policy.equals("require-verify")) {
            wanted.removeAll(NOT_VERIFIED);
        }
        assertEquals(String.join("\n", wanted), String.join("\n", accepted(ours)));
    }

    private static List<String> look(Daemon daemon) throws IOException, InterruptedException {
        List<String> lines = run("look", "127.0.0.1:" + daemon.tcpPort(), certificates.toString());
        return lines.stream().sorted().toList();
    }

    /** The daemon's own certificate as a client of Go's sees it, with each kind of key, and behind another. */
    @ParameterizedTest
    @ValueSource(strings = {"native", "jdk"})
    void serversAreAcceptedAsTheGoDaemonIs(String provider, @TempDir Path goData) throws Exception {
        Path certificate = data.resolve("own.pem");
        Path key = data.resolve("own-key.pem");
        copy("rsa2048", certificate, key);
        try (Stream<Path> files = Files.list(certificates);
                Daemon ours = ours(provider).flags(flags(certificate, key, "")).start()) {
            List<String> names = files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("server-") && !name.endsWith("-key.pem"))
                    .map(name -> name.substring("server-".length(), name.length() - ".pem".length()))
                    .sorted()
                    .toList();
            assertTrue(names.size() >= 7, names::toString);
            for (String name : names) {
                // Read again, as the files have changed.
                copy(name, certificate, key);
                try (Daemon go =
                        GoTools.nsqd(goData).flags(flags(certificate, key, "")).start()) {
                    List<String> wanted = look(go);
                    assertTrue(wanted.stream().allMatch(line -> line.contains("\"accepted\":true")), wanted::toString);
                    assertEquals(wanted, look(ours), name);
                    assertEquals(0, go.stop());
                }
            }
            assertEquals(0, ours.stop());
        }
    }

    private static void copy(String name, Path certificate, Path key) throws IOException {
        Path made = certificates.resolve("server-" + name + ".pem");
        Files.copy(made, certificate, StandardCopyOption.REPLACE_EXISTING);
        Files.copy(certificates.resolve("server-" + name + "-key.pem"), key, StandardCopyOption.REPLACE_EXISTING);
    }
}
