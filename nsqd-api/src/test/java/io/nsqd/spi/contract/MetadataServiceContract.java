package io.nsqd.spi.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.spi.Metadata;
import io.nsqd.spi.Metadata.ChannelEntry;
import io.nsqd.spi.Metadata.TopicEntry;
import io.nsqd.spi.MetadataService;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** What every {@link MetadataService} must do. */
public abstract class MetadataServiceContract {
    private static final Metadata SOME = new Metadata(List.of(
            new TopicEntry("orders", false, List.of(new ChannelEntry("billing", true), new ChannelEntry("a", false))),
            new TopicEntry("-._", true, List.of()),
            new TopicEntry("x".repeat(64), false, List.of(new ChannelEntry("y".repeat(64), false)))));

    private static final int SAVES = 50;

    /** For those who extend it. */
    protected MetadataServiceContract() {}

    /**
     * Makes a service. All those of one test remember in the same place, as before and after a restart; those of different
     * tests do not.
     */
    protected abstract MetadataService open() throws Exception;

    /**
     * Damages what was saved, so that it cannot be loaded any more.
     *
     * @return false where that cannot be done; the test is skipped then
     */
    protected boolean damage() throws Exception {
        return false;
    }

    /** Many topics, so that they take some time to be written. */
    private static Metadata many(String prefix) {
        return new Metadata(IntStream.range(0, 2_000)
                .mapToObj(i -> new TopicEntry(prefix + i, false, List.of(new ChannelEntry(prefix, true))))
                .toList());
    }

    @Test
    public void aFreshStartRemembersNothing() throws Exception {
        assertEquals(Metadata.EMPTY, open().load());
    }

    @Test
    public void whatIsSavedIsLoadedInTheSameOrder() throws Exception {
        MetadataService service = open();
        service.save(SOME);
        assertEquals(SOME, service.load());
        assertEquals(SOME, service.load());
    }

    @Test
    public void whatIsSavedIsThereAfterARestart() throws Exception {
        open().save(SOME);
        assertEquals(SOME, open().load());
    }

    @Test
    public void aSaveReplacesTheOneBefore() throws Exception {
        MetadataService service = open();
        service.save(SOME);
        Metadata less = new Metadata(List.of(new TopicEntry("orders", true, List.of())));
        service.save(less);
        assertEquals(less, open().load());
        service.save(Metadata.EMPTY);
        assertEquals(Metadata.EMPTY, open().load());
    }

    @Test
    public void aSaveIsSeenWhollyOrNotAtAll() throws Exception {
        Metadata one = many("one");
        Metadata other = many("other");
        MetadataService writing = open();
        MetadataService reading = open();
        writing.save(other);
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<?> saves = thread.submit(() -> {
                for (int i = 0; i < SAVES; i++) {
                    writing.save(i % 2 == 0 ? one : other);
                }
                return null;
            });
            do {
                // As after a crash in the middle of a save.
                Metadata seen = reading.load();
                assertTrue(seen.equals(one) || seen.equals(other), "a save that is half done was seen");
            } while (!saves.isDone());
            saves.get();
        } finally {
            thread.shutdownNow();
        }
    }

    @Test
    public void whatCannotBeReadIsAnErrorWithWords() throws Exception {
        open().save(SOME);
        Assumptions.assumeTrue(damage(), "it cannot be damaged");
        IOException failure = assertThrows(IOException.class, () -> open().load());
        assertFalse(String.valueOf(failure.getMessage()).isBlank(), "the failure says what cannot be read and why");
    }

    @Test
    public void theLogCanSayWhereItIs() throws Exception {
        assertFalse(open().location().isBlank());
    }
}
