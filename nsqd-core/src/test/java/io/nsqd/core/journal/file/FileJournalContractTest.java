package io.nsqd.core.journal.file;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nsqd.api.Durability;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.spi.Journal;
import io.nsqd.spi.JournalStore;
import io.nsqd.spi.contract.JournalStoreContract;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The journal in files keeps the contract of all journals. */
final class FileJournalContractTest extends JournalStoreContract {
    @TempDir
    Path dataPath;

    @Override
    protected JournalStore store() {
        return new FileJournalStore(Options.defaults()
                .with(Map.of(
                        Option.DATA_PATH, dataPath.toString(),
                        Option.JOURNAL_SEGMENT_BYTES, 1_048_576L,
                        Option.JOURNAL_MAX_BYTES, 67_108_864L)));
    }

    @Test
    void aCleanStopLeavesNoFileWhereEverythingIsTrimmed() throws Exception {
        closeJournal();
        RecordingListener listener = new RecordingListener();
        Journal journal = store().open("", Durability.SYNCED, listener);
        for (int i = 0; i < 40; i++) {
            journal.append(ByteBuffer.allocate(100_000), Journal.Purpose.GROW);
            journal.kept().get();
        }
        journal.trim(Integer.MAX_VALUE);
        journal.close();
        try (var files = Files.list(dataPath)) {
            assertEquals(List.of(), files.toList());
        }
    }
}
