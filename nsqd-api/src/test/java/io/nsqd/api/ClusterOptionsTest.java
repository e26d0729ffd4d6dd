package io.nsqd.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** What it means to name a cluster. */
final class ClusterOptionsTest {
    private static Options with(Map<Option, Object> given) {
        return Options.defaults().with(given);
    }

    @Test
    void aClusterIsTheDefaultOfAllThatIsKept() {
        Options options = with(Map.of(Option.CLUSTER, "zk+hierarchical://127.0.0.1:2181/ledgers"));
        assertEquals("bookkeeper", options.string(Option.STORAGE));
        assertEquals("bookkeeper", options.string(Option.METADATA));
        assertEquals("bookkeeper", options.string(Option.JOURNAL_STORE));
        assertEquals(Durability.SYNCED, options.durability());
    }

    @Test
    void whatIsGivenStays() {
        Options options =
                with(Map.of(Option.CLUSTER, "zk+hierarchical://127.0.0.1:2181/ledgers", Option.STORAGE, "disk"));
        assertEquals("disk", options.string(Option.STORAGE));
        assertEquals("bookkeeper", options.string(Option.JOURNAL_STORE));
    }

    @Test
    void withoutOneNothingIsDifferent() {
        assertEquals("disk", Options.defaults().string(Option.STORAGE));
        assertEquals(Durability.MEMORY, Options.defaults().durability());
    }

    @Test
    void quorumsFitIntoEachOther() {
        Options options = with(Map.of(Option.CLUSTER_WRITE_QUORUM, 2L, Option.CLUSTER_ACK_QUORUM, 3L));
        NsqdException refused = assertThrows(NsqdException.class, options::check);
        assertTrue(refused.getMessage().contains("--cluster-ack-quorum (3)"), refused.getMessage());
    }
}
