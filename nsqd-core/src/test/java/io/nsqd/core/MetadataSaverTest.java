package io.nsqd.core;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.nsqd.spi.Metadata;
import io.nsqd.spi.MetadataService;
import io.nsqd.stats.Trouble;
import io.nsqd.stats.Troubles;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How long saves by a plug-in's service are waited for, and what comes of those that are given up. */
final class MetadataSaverTest {
    private final Service service = new Service();
    private final CountDownLatch back = new CountDownLatch(1);
    private final AtomicInteger saved = new AtomicInteger();
    private final Troubles troubles = new Troubles();
    private final AtomicInteger failures = new AtomicInteger();
    private volatile boolean interrupted;

    /** Does not come back before it may; never where it may not. */
    private final class Service implements MetadataService {
        @Override
        public Metadata load() {
            return Metadata.EMPTY;
        }

        @Override
        public void save(Metadata metadata) throws IOException {
            if (failures.getAndDecrement() > 0) {
                throw new NoSuchFileException("/gone/nsqd.dat");
            }
            while (back.getCount() > 0) {
                try {
                    back.await();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            saved.incrementAndGet();
        }

        @Override
        public String location() {
            return "somewhere";
        }
    }

    private MetadataSaver saver(long saveSeconds, long closeSeconds) {
        return new MetadataSaver(service, () -> Metadata.EMPTY, troubles, saveSeconds, closeSeconds);
    }

    @AfterEach
    void letGo() {
        back.countDown();
    }

    /** Nobody asks again: an operator who gives a data path back finds everything in it. */
    @Test
    @Tag("B-31")
    void whatCouldNotBeSavedIsTriedAgainUntilItIs() {
        back.countDown();
        failures.set(2);
        MetadataSaver saver = saver(0, 0);
        saver.saveSoon();
        await().until(() -> saver.failure().equals("/gone/nsqd.dat: no such file or directory"));
        await().until(() -> saved.get() == 1);
        await().until(() -> saver.failure().isEmpty());
        assertEquals(2, troubles.value(Trouble.METADATA_FAILURES));
        saver.close();
    }

    @Test
    void oneThatDoesNotComeBackHoldsUpNobodyAndIsNotInterrupted() {
        MetadataSaver saver = saver(0, 0);
        IOException failure = assertThrows(IOException.class, saver::save);
        assertEquals("save somewhere: the metadata service does not come back", failure.getMessage());

        saver.saveLast();
        assertEquals(
                Optional.of("save somewhere: the metadata service does not come back"),
                saver.close().map(Throwable::getMessage));

        back.countDown();
        await().until(() -> saved.get() == 2);
        assertFalse(interrupted);
    }

    @Test
    void oneThatComesBackWhileTheMessagesAreFlushedHasSaved() {
        MetadataSaver saver = saver(0, 60);
        saver.saveLast();
        back.countDown();

        assertEquals(Optional.empty(), saver.close());
        assertEquals(1, saved.get());
    }

    @Test
    void oneThatCameBackLateIsWaitedForAgain() throws IOException {
        MetadataSaver saver = saver(0, 60);
        assertThrows(IOException.class, saver::save);
        back.countDown();
        await().until(() -> saved.get() == 1);

        MetadataSaver patient = saver(60, 60);
        patient.save();
        assertEquals(2, saved.get());
        assertEquals(Optional.empty(), patient.close());
        assertEquals(Optional.empty(), saver.close());
    }

    @Test
    @Tag("B-33")
    void afterTheEndNothingIsSaved() {
        back.countDown();
        MetadataSaver saver = saver(60, 60);
        saver.saveLast();
        assertEquals(Optional.empty(), saver.close());

        assertEquals(
                "the daemon has stopped",
                assertThrows(IOException.class, saver::save).getMessage());
        assertEquals(1, saved.get());
    }
}
