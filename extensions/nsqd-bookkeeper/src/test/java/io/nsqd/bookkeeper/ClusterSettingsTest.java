package io.nsqd.bookkeeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Option;
import io.nsqd.api.Options;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.bookkeeper.conf.ClientConfiguration;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.data.ACL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterSettingsTest {
    @TempDir
    Path directory;

    private ClusterSettings settings(String... lines) throws IOException {
        Path file = Files.write(directory.resolve("cluster.properties"), List.of(lines));
        return ClusterSettings.of(Options.defaults()
                .with(Map.of(
                        Option.CLUSTER,
                        "zk+hierarchical://one:2181;two:2181/elsewhere/ledgers",
                        Option.CLUSTER_NODE,
                        "test",
                        Option.CLUSTER_CONFIG,
                        file.toString())));
    }

    @Test
    void eachClientIsToldItsOwn() throws Exception {
        ClusterSettings settings = settings(
                "zookeeper.client.secure=true",
                "zookeeper.auth=digest:us:a:b",
                "tlsTrustStore=trusted",
                "passwd=secret");
        ClientConfiguration bookKeeper = settings.client();
        assertEquals("trusted", bookKeeper.getTLSTrustStore());
        assertEquals("/elsewhere/ledgers", bookKeeper.getString("zkLedgersRootPath"));
        assertFalse(bookKeeper.containsKey("zookeeper.auth"));
        assertEquals("one:2181,two:2181", settings.servers());
        assertEquals(Map.of("zookeeper.client.secure", "true"), settings.zooKeeperProperties());
        assertEquals(Optional.of("us:a:b"), settings.zooKeeperUser());
        assertEquals("secret", new String(settings.password(), java.nio.charset.StandardCharsets.UTF_8));
    }

    @Test
    void tlsToBookiesIsOurs() throws Exception {
        assertEquals(
                BookieTls.class.getName(),
                settings("tlsProviderFactoryClass=org.apache.bookkeeper.tls.TLSContextFactory")
                        .client()
                        .getTLSProviderFactoryClass());
        assertEquals(
                "another.Factory",
                settings("tlsProviderFactoryClass=another.Factory").client().getTLSProviderFactoryClass());
    }

    @Test
    void nodesOfZooKeeperAreForWhoMadeThem() throws Exception {
        assertEquals(ZooDefs.Ids.OPEN_ACL_UNSAFE, ZooKeeperSession.access(settings()));
        assertEquals(ZooDefs.Ids.CREATOR_ALL_ACL, ZooKeeperSession.access(settings("zkEnableSecurity=true")));
        List<ACL> user = ZooKeeperSession.access(settings("zkEnableSecurity=true", "zookeeper.auth=digest:us:secret"));
        assertEquals(1, user.size());
        assertTrue(user.get(0).getId().getId().startsWith("us:"));
    }

    @Test
    void aDigestIsOneOfBookKeepers() {
        IOException failure = assertThrows(IOException.class, () -> settings("digestType=MD5"));
        assertTrue(failure.getMessage().endsWith("and is \"MD5\""), failure::getMessage);
    }

    @Test
    void credentialsAreAUserAndAPassword() {
        for (String wrong : List.of("us:secret", "digest", "digest:us", "sasl:us:secret")) {
            IOException failure = assertThrows(IOException.class, () -> settings("zookeeper.auth=" + wrong));
            assertEquals(
                    "--cluster-config: zookeeper.auth must be digest:<user>:<password>", failure.getMessage(), wrong);
        }
    }
}
