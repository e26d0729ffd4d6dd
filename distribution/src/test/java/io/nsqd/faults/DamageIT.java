package io.nsqd.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.MessageBatch;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.core.disk.DiskQueueFactory;
import io.nsqd.core.disk.FileMetadataService;
import io.nsqd.launcher.TestLog;
import io.nsqd.spi.BackendQueue;
import io.nsqd.spi.BackendQueueFactory.Listener;
import io.nsqd.spi.Metadata;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A queue of three files whose bytes are cut off or changed: it opens, everything that is intact is delivered, what is damaged is
 * kept, nothing goes on for ever, and the queue is as good as new afterwards.
 */
class DamageIT {
    private static final int FLIPS = Integer.getInteger("faults.flips", 500);

    private static final int FILES = 3;
    private static final int EACH = 5;
    private static final int BODY_BYTES = 40;
    private static final int RECORD_BYTES = 30 + BODY_BYTES;
    private static final String META = "q.diskqueue.meta.dat";

    /** A time in nanoseconds since 1970 at which a message may have been published. */
    private static final long TIME = 1_700_000_000_000_000_000L;

    private static final Listener NOBODY = new Listener() {
        @Override
        public void readable() {
            // The queue is asked again and again.
        }

        @Override
        public void health(String error) {
            // Only writes are reported.
        }
    };

    @TempDir
    Path directory;

    /** The files of an intact queue by name. */
    private final Map<String, byte[]> intact = new TreeMap<>();

    private int trials;

    /** Each damage is logged, which is thousands of lines here. */
    @BeforeAll
    static void quiet() {
        TestLog.quiet();
    }

    @AfterAll
    static void loud() {
        TestLog.usual();
    }

    @BeforeEach
    void writeQueue() throws IOException {
        Path dataPath = Files.createDirectory(directory.resolve("intact"));
        try (DiskQueueFactory factory = factory(dataPath)) {
            BackendQueue queue = factory.open("q", NOBODY);
            for (int i = 0; i < FILES * EACH; i++) {
                MessageBatch batch = new MessageBatch();
                byte[] body = body(i).getBytes(StandardCharsets.ISO_8859_1);
                batch.add(TIME + i, TIME + i, 0, 0, body, 0, body.length);
                queue.append(batch).join();
            }
            queue.close();
        }
        try (Stream<Path> files = Files.list(dataPath)) {
            for (Path file : files.toList()) {
                intact.put(file.getFileName().toString(), Files.readAllBytes(file));
            }
        }
        assertEquals(FILES + 1, intact.size(), intact.keySet()::toString);
    }

    private static DiskQueueFactory factory(Path dataPath) {
        return new DiskQueueFactory(Options.defaults()
                .with(Map.of(
                        Option.DATA_PATH, dataPath.toString(), Option.MAX_BYTES_PER_FILE, (long) EACH * RECORD_BYTES)));
    }

    /** So different from all others that no flipped bit makes one of another. */
    private static String body(int i) {
        return String.valueOf((char) ('A' + i)).repeat(BODY_BYTES);
    }

    private static String data(int number) {
        return String.format("q.diskqueue.%06d.dat", number);
    }

    /** What a daemon made of a damaged queue. */
    private record Found(Path dataPath, List<String> delivered) {}

    /** Has a queue whose file is another one delivered, used and closed. */
    private Found open(String changed, byte[] content) throws IOException {
        Path dataPath = Files.createDirectory(directory.resolve("trial-" + trials++));
        for (Map.Entry<String, byte[]> file : intact.entrySet()) {
            Files.write(dataPath.resolve(file.getKey()), file.getKey().equals(changed) ? content : file.getValue());
        }
        List<String> delivered = assertTimeoutPreemptively(Duration.ofMinutes(1), () -> {
            try (DiskQueueFactory factory = factory(dataPath)) {
                BackendQueue queue = factory.open("q", NOBODY);
                List<String> bodies = drain(queue);
                assertEquals(0, queue.depth());
                byte[] more = "new".getBytes(StandardCharsets.ISO_8859_1);
                MessageBatch batch = new MessageBatch();
                batch.add(1, TIME, 0, 0, more, 0, more.length);
                queue.append(batch).join();
                assertEquals(List.of("new"), drain(queue));
                queue.close();
                return bodies;
            }
        });
        return new Found(dataPath, delivered);
    }

    private static List<String> drain(BackendQueue queue) {
        List<String> bodies = new ArrayList<>();
        while (queue.hasUnread()) {
            MessageBatch batch = new MessageBatch();
            int count = queue.read(100, Long.MAX_VALUE, batch);
            for (int i = 0; i < count; i++) {
                bodies.add(new String(batch.block(i), batch.offset(i), batch.length(i), StandardCharsets.ISO_8859_1));
            }
            if (count > 0) {
                queue.forget(count);
            } else {
                Thread.onSpinWait();
            }
        }
        return bodies;
    }

    private static List<String> bodies(IntStream numbers) {
        return numbers.mapToObj(DamageIT::body).toList();
    }

    private static void forget(Path dataPath) throws IOException {
        try (Stream<Path> files = Files.list(dataPath)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(dataPath);
    }

    @Test
    @Tag("S-15")
    @Tag("S-18")
    void everyPrefixOfADataFile() throws IOException {
        for (int number = 0; number < FILES; number++) {
            byte[] whole = intact.get(data(number));
            for (int length = 0; length < whole.length; length++) {
                byte[] prefix = Arrays.copyOf(whole, length);
                Found found = open(data(number), prefix);
                int first = number * EACH;
                int lost = first + length / RECORD_BYTES;
                assertEquals(
                        bodies(IntStream.range(0, FILES * EACH).filter(i -> i < lost || i >= first + EACH)),
                        found.delivered(),
                        "file " + number + " cut off at " + length);
                if (length % RECORD_BYTES != 0) {
                    assertKept(found, number, prefix);
                }
                forget(found.dataPath());
            }
        }
    }

    private static void assertKept(Found found, int number, byte[] content) throws IOException {
        Path aside = found.dataPath().resolve(data(number) + ".bad");
        assertTrue(Files.exists(aside), "the damaged file is gone");
        assertTrue(Arrays.equals(content, Files.readAllBytes(aside)), "what is kept is not the damaged file");
    }

    @Test
    @Tag("S-17")
    @Tag("X-10")
    void everyPrefixOfAMetaFile() throws IOException {
        byte[] whole = intact.get(META);
        for (int length = 0; length <= whole.length; length++) {
            Found found = open(META, Arrays.copyOf(whole, length));
            assertEquals(bodies(IntStream.range(0, FILES * EACH)), found.delivered(), "cut off at " + length);
            forget(found.dataPath());
        }
    }

    @Test
    @Tag("B-32")
    void everyPrefixOfTheMetadata() throws IOException {
        Path file = directory.resolve("nsqd.dat");
        byte[] whole =
                "{\"topics\":[{\"name\":\"t\",\"paused\":false,\"channels\":[{\"name\":\"c\",\"paused\":true}]}],\"version\":\"1.3.0\"}"
                        .getBytes(StandardCharsets.ISO_8859_1);
        FileMetadataService metadata = new FileMetadataService(directory);
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            String why = assertThrows(IOException.class, metadata::load, "cut off at " + length)
                    .getMessage();
            assertTrue(why.contains(file.toString()), why);
            assertTrue(why.contains("move it away"), why);
            assertFalse(why.contains("\n"), why);
            assertEquals(length, Files.size(file), "the file is left as it is");
        }
        Files.write(file, whole);
        assertEquals(1, metadata.load().topics().size());
        Files.delete(file);
        assertEquals(Metadata.EMPTY, metadata.load());
    }

    @Test
    @Tag("S-18")
    @Tag("S-21")
    void randomBytesFlipped() throws IOException {
        long seed = new Random().nextInt(1_000_000);
        Random random = new Random(seed);
        List<String> names = List.copyOf(intact.keySet());
        int damaged = 0;
        for (int flip = 0; flip < FLIPS; flip++) {
            String name = names.get(random.nextInt(names.size()));
            byte[] content = intact.get(name).clone();
            int at = random.nextInt(content.length);
            content[at] ^= (byte) (1 << random.nextInt(8));
            String what = "seed " + seed + ", flip " + flip + " in " + name + " at " + at;
            Found found = open(name, content);
            if (name.equals(META)) {
                assertNothingIsDestroyed(found, what);
            } else {
                int hit = Integer.parseInt(name.substring(12, 18)) * EACH + at / RECORD_BYTES;
                Set<String> expected =
                        new HashSet<>(bodies(IntStream.range(0, FILES * EACH).filter(i -> i != hit)));
                List<String> others = new ArrayList<>(found.delivered());
                others.removeAll(expected);
                assertTrue(others.size() <= 1, what + ": came, too: " + others);
                List<String> all = new ArrayList<>(found.delivered());
                all.removeAll(others);
                assertEquals(expected.size(), all.size(), what + ": came " + found.delivered());
                if (at % RECORD_BYTES < 4) {
                    // A length.
                    damaged++;
                    assertKept(found, hit / EACH, content);
                }
            }
            forget(found.dataPath());
        }
        System.out.println("flips: " + FLIPS + ", seed " + seed + ", lengths damaged " + damaged
                + ", intact records lost 0, data files destroyed 0");
    }

    /** Each message was delivered, or is still in a file. */
    private static void assertNothingIsDestroyed(Found found, String what) throws IOException {
        StringBuilder left = new StringBuilder();
        try (Stream<Path> files = Files.list(found.dataPath())) {
            for (Path file : files.toList()) {
                left.append(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
            }
        }
        for (int i = 0; i < FILES * EACH; i++) {
            assertTrue(
                    found.delivered().contains(body(i)) || left.indexOf(body(i)) >= 0,
                    what + ": message " + i + " is nowhere");
        }
    }
}
