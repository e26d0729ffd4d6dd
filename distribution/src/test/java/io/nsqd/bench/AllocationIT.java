package io.nsqd.bench;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.nsqd.api.EmbeddedNsqd;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a message costs the daemon in memory that has to be collected again: a figure of cost that neither the machine nor other
 * work on it changes. Counted are the bytes that the daemon's threads allocate, the client's thread being another; of some
 * rounds the cheapest counts, as in the first ones the compiler has not yet seen to it.
 *
 * <p>Messages have bodies of 100 bytes and stay in memory; the journal of {@code written} costs nothing more than a place to note where it
 * has them. Seen were, in bytes a message (interpreted: what it comes to with
 * {@code -Xint}, without any help of the compiler):
 *
 * <table>
 * <caption>Figures and bounds</caption>
 * <tr><th></th><th>compiled</th><th>interpreted</th><th>bound</th></tr>
 * <tr><td>MPUB of 100, answered one by one</td><td>242</td><td>266</td><td>300</td></tr>
 * <tr><td>PUB, 100 at once</td><td>247</td><td>271</td><td>300</td></tr>
 * <tr><td>receive and FIN</td><td>81</td><td>81</td><td>90</td></tr>
 * </table>
 *
 * <p>A publish has to keep the body and what belongs to it (id, time, attempts, place). A delivery makes one object, which is
 * in flight. One more object for each message, of a few words, exceeds the
 * bound.
 */
final class AllocationIT {
    private static final int ROUNDS = 6;

    private static final int MOST_FOR_PUBLISH = 300;
    private static final int MOST_FOR_DELIVERY = 90;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @TempDir
    private Path data;

    private EmbeddedNsqd daemon;
    private Address address;

    private void start(String durability) throws Exception {
        daemon = EmbeddedNsqd.start(Options.defaults()
                .with(Map.of(
                        Option.TCP_ADDRESS,
                        "127.0.0.1:0",
                        Option.HTTP_ADDRESS,
                        "127.0.0.1:0",
                        Option.MEM_QUEUE_SIZE,
                        10L * Loads.MESSAGES,
                        Option.DURABILITY,
                        durability,
                        Option.DATA_PATH,
                        data.toString())));
        address = new Address("127.0.0.1", daemon.nsqd().port("tcp"));
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    /** Bytes that each of the daemon's threads has allocated so far. */
    private static Map<Long, Long> allocated() {
        Map<Long, Long> allocated = new TreeMap<>();
        for (ThreadInfo thread : THREADS.getThreadInfo(THREADS.getAllThreadIds())) {
            if (thread != null && thread.getThreadName().startsWith("nsqd-")) {
                allocated.put(thread.getThreadId(), THREADS.getThreadAllocatedBytes(thread.getThreadId()));
            }
        }
        return allocated;
    }

    /** Bytes a message that the daemon allocates during the load; a thread that comes meanwhile counts from its beginning. */
    private static double bytesPerMessage(Loads.Load load) throws Exception {
        Map<Long, Long> before = allocated();
        assertTrue(!before.isEmpty(), "the daemon's threads are not to be seen");
        load.run();
        long bytes = 0;
        for (Map.Entry<Long, Long> thread : allocated().entrySet()) {
            bytes += thread.getValue() - before.getOrDefault(thread.getKey(), 0L);
        }
        return bytes / (double) Loads.MESSAGES;
    }

    private static void assertAtMost(int bound, double bytes, String what) {
        System.out.printf("%s: %.1f bytes of garbage a message, at most %d are allowed%n", what, bytes, bound);
        assertTrue(bytes <= bound, what + ": " + bytes + " bytes a message, more than " + bound);
    }

    private double leastOf(String topic, Loads.Load load) throws Exception {
        double least = Double.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            daemon.nsqd().topic(topic).channel("c");
            least = Math.min(least, bytesPerMessage(load));
            daemon.nsqd().deleteTopic(topic);
        }
        assertTrue(least > Loads.BODY_BYTES, "the bodies are kept, so this cannot be: " + least);
        return least;
    }

    @ParameterizedTest
    @ValueSource(strings = {"memory", "written"})
    void mpub(String durability) throws Exception {
        start(durability);
        try (TcpConnection publisher = TcpConnection.publisher(address)) {
            ByteBuffer frame = publisher.mpub("mpub", new byte[Loads.BODY_BYTES], Loads.BATCH);
            assertAtMost(
                    MOST_FOR_PUBLISH, leastOf("mpub", () -> Loads.publish(publisher, frame, 1)), durability + ", MPUB");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"memory", "written"})
    void manyPubsAtOnce(String durability) throws Exception {
        start(durability);
        try (TcpConnection publisher = TcpConnection.publisher(address)) {
            ByteBuffer frame = Rounds.repeat(publisher.pub("pub", new byte[Loads.BODY_BYTES]), Loads.BATCH);
            assertAtMost(
                    MOST_FOR_PUBLISH,
                    leastOf("pub", () -> Loads.publish(publisher, frame, Loads.BATCH)),
                    durability + ", PUB");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"memory", "written"})
    void receiveAndFinish(String durability) throws Exception {
        start(durability);
        double least = Double.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            try (TcpConnection publisher = TcpConnection.publisher(address);
                    TcpConnection consumer = TcpConnection.consumer(address)) {
                consumer.subscribe("consume", "c");
                Loads.publish(publisher, publisher.mpub("consume", new byte[Loads.BODY_BYTES], Loads.BATCH), 1);
                least = Math.min(least, bytesPerMessage(() -> Loads.consume(consumer)));
            }
            daemon.nsqd().deleteTopic("consume");
        }
        assertTrue(least > 0, "messages in flight are objects");
        assertAtMost(MOST_FOR_DELIVERY, least, durability + ", receive and FIN");
    }
}
