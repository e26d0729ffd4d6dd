package io.nsqd.core.fsck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.core.disk.RecordScan;
import io.nsqd.core.fsck.Finding.Kind;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which bytes of a file are taken for records. */
final class RecordScanTest {
    private static final Limits LIMITS = new Limits(1024 * 1024, 1024 * 1024);

    @TempDir
    private Path directory;

    private TestDataPath dataPath;
    private Path file;

    @BeforeEach
    void start() {
        dataPath = new TestDataPath(directory);
        file = directory.resolve("file");
    }

    /** Where records begin, and what else there is. */
    private static final class Found implements RecordScan.Visitor {
        private final List<Long> records = new ArrayList<>();
        private final List<Kind> damage = new ArrayList<>();
        private long at;

        @Override
        public void record(long offset, long bytes, boolean oddId) {
            assertEquals(at, offset);
            at = offset + bytes;
            records.add(offset);
        }

        @Override
        public void damage(RecordScan.Damage kind, long offset, long end, String text) {
            assertEquals(at, offset);
            assertTrue(end > offset, text);
            at = end;
            damage.add(Kind.of(kind));
        }
    }

    /** Scans; every byte must be told of once, in order. */
    private Found scan(byte[] content) throws IOException {
        Files.write(file, content);
        Found found = new Found();
        RecordScan.scan(file, 0, LIMITS.maxLength(), found, bytes -> {});
        assertEquals(content.length, found.at);
        return found;
    }

    @Test
    @Tag("S-6")
    @Tag("S-9")
    void recordsFollowEachOtherEmptyBodiesToo() throws IOException {
        Found found = scan(dataPath.records("one", "", "three"));
        assertEquals(List.of(0L, 33L, 63L), found.records);
        assertEquals(List.of(), found.damage);
    }

    /** Whatever happens to one byte, the other records are all found. */
    @Test
    @Tag("S-18")
    void aByteThatChangesCostsAtMostTheRecordThatItIsIn() throws IOException {
        byte[] intact = dataPath.records("first body", "and a second, longer one", "", "x", "the last of them");
        List<Long> starts = scan(intact).records;
        for (int at = 0; at < intact.length; at++) {
            for (int mask : new int[] {0x01, 0x02, 0x40, 0x80, 0xff}) {
                byte[] damaged = intact.clone();
                damaged[at] ^= (byte) mask;
                Found found = scan(damaged);
                NavigableSet<Long> lost = new TreeSet<>(starts);
                found.records.forEach(lost::remove);
                long hit = new TreeSet<>(starts).floor((long) at);
                lost.remove(hit);
                assertEquals(new TreeSet<Long>(), lost, "byte " + at + " ^ " + mask + " found " + found.records);
            }
        }
    }

    /** Whatever is missing at the end, all that is whole is found. */
    @Test
    @Tag("S-18")
    void aFileThatIsCutOffHasAllRecordsBeforeTheCut() throws IOException {
        byte[] intact = dataPath.records("first body", "second", "", "the last of them");
        List<Long> starts = scan(intact).records;
        for (int length = 1; length < intact.length; length++) {
            Found found = scan(java.util.Arrays.copyOf(intact, length));
            int cut = length;
            boolean atABoundary = starts.contains((long) cut);
            long whole = starts.stream().filter(start -> start < cut).count() - (atABoundary ? 0 : 1);
            assertEquals(starts.subList(0, (int) whole), found.records);
            assertEquals(atABoundary ? List.of() : List.of(Kind.RECORD_TORN), found.damage);
        }
    }

    @Test
    @Tag("S-18")
    void aHoleOfZerosIsSkipped() throws IOException {
        byte[] before = dataPath.records("one", "two");
        byte[] content =
                TestDataPath.concat(TestDataPath.concat(before, new byte[100_000]), dataPath.records("three", "four"));
        Found found = scan(content);
        assertEquals(List.of(0L, 33L, 100_066L, 100_101L), found.records);
        assertEquals(List.of(Kind.RECORD_LENGTH), found.damage);
    }

    @Test
    void aLengthThatReachesIntoOtherRecordsIsNotBelieved() throws IOException {
        byte[] content = dataPath.records("one", "two", "three", "four");
        ByteBuffer.wrap(content).putInt(0, 29 + 10);
        Found found = scan(content);
        assertEquals(List.of(33L, 66L, 101L), found.records);
        assertEquals(List.of(Kind.RECORD_OVERLAPS), found.damage);
    }

    @Test
    void recordsInABodyAreOnlyABody() throws IOException {
        byte[] inner = dataPath.records("one", "two", "three");
        byte[] outer = dataPath.record("b".repeat(inner.length));
        System.arraycopy(inner, 0, outer, TestDataPath.OVERHEAD, inner.length);
        byte[] content = TestDataPath.concat(outer, dataPath.record("next"));
        assertEquals(List.of(0L, (long) outer.length), scan(content).records);
        // Also where it is looked at twice, since there is damage behind it.
        content[outer.length] = 0x7f;
        Found found = scan(content);
        assertEquals(List.of(0L), found.records);
        assertEquals(List.of(Kind.RECORD_LENGTH), found.damage);
    }

    @Test
    @Tag("S-9")
    void aRecordThatIsTooBigIsToldFromNonsense() throws IOException {
        byte[] content = TestDataPath.concat(
                dataPath.record("b".repeat((int) LIMITS.maxMessageBytes() + 1)), dataPath.record("next"));
        Found found = scan(content);
        assertEquals(List.of(LIMITS.maxMessageBytes() + 1 + TestDataPath.OVERHEAD), found.records);
        assertEquals(List.of(Kind.RECORD_OVERSIZED), found.damage);
    }

    /** Neither a big file nor a length that claims two gigabytes takes memory. */
    @Test
    void memoryIsBounded() throws IOException {
        byte[] record = dataPath.record("first");
        long size = 64L * 1024 * 1024;
        Files.write(file, record);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(4).putInt(Integer.MAX_VALUE).flip(), record.length);
            channel.write(ByteBuffer.wrap(record), size);
        }
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        Found found = new Found();
        long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
        RecordScan.scan(file, 0, LIMITS.maxLength(), found, bytes -> {});
        long allocated = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
        assertEquals(List.of(0L, size), found.records);
        assertEquals(List.of(Kind.RECORD_LENGTH), found.damage);
        assertTrue(allocated < 4 * 1024 * 1024, allocated + " bytes allocated");
    }
}
