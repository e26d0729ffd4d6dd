package io.nsqd.bookkeeper;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Documents are the cluster's: what one node saves the others are told of, and nobody replaces what he has not seen. */
final class ZnodeDocumentsTest {
    private final TestCluster cluster;

    ZnodeDocumentsTest() throws Exception {
        cluster = TestCluster.get();
    }

    private ZnodeMetadataService node(String name, String documents) {
        return new ZnodeMetadataService(cluster.znodes, documents + "/" + name, documents, cluster.thread);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(Optional<byte[]> document) {
        return document.map(content -> new String(content, StandardCharsets.UTF_8))
                .orElse("none");
    }

    @Test
    void whatOneSavesTheOthersAreToldOf() throws Exception {
        String documents = cluster.path();
        ZnodeMetadataService one = node("one", documents);
        ZnodeMetadataService other = node("other", documents);
        assertEquals("none", text(one.loadDocument("policies")));
        assertEquals("none", text(other.loadDocument("policies")));
        List<String> told = new CopyOnWriteArrayList<>();
        other.watchDocument("policies", () -> {
            try {
                told.add(text(other.loadDocument("policies")));
            } catch (IOException e) {
                told.add(e.toString());
            }
        });
        one.saveDocument("policies", bytes("first"));
        await().until(() -> told.equals(List.of("first")));
        one.saveDocument("policies", bytes("second"));
        await().until(() -> told.equals(List.of("first", "second")));
        other.saveDocument("policies", bytes("third"));
        IOException outdated =
                assertThrows(IOException.class, () -> one.saveDocument("policies", bytes("of who has not seen it")));
        assertEquals(documents + "/policies was changed by another node meanwhile", outdated.getMessage());
        assertArrayEquals(bytes("third"), one.loadDocument("policies").orElseThrow());
        one.saveDocument("policies", bytes("fourth"));
        await().until(() -> told.equals(List.of("first", "second", "fourth")));
    }

    /** One may save just when another one looks for the first time. */
    @Test
    void whatComesWhileItIsLookedForIsToldOf() throws Exception {
        String documents = cluster.path();
        ZnodeMetadataService one = node("one", documents);
        ZnodeMetadataService other = node("other", documents);
        Set<String> expected = new TreeSet<>();
        Set<String> told = new ConcurrentSkipListSet<>();
        for (int i = 0; i < 300; i++) {
            String name = "document" + i;
            expected.add(name);
            other.watchDocument(name, () -> told.add(name));
            one.saveDocument(name, bytes("content"));
        }
        await().until(() -> told.equals(expected));
    }

    @Test
    void whatZooKeeperWouldNotTakeIsRefused() throws Exception {
        ZnodeMetadataService service = node("m", cluster.path());
        IOException refused =
                assertThrows(IOException.class, () -> service.saveDocument("policies", new byte[1_000_001]));
        assertEquals("policies is too much for ZooKeeper: 1000001 bytes of 1000000", refused.getMessage());
    }
}
