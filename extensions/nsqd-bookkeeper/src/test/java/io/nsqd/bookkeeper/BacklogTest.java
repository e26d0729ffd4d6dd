package io.nsqd.bookkeeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.bookkeeper.client.api.WriteHandle;
import org.junit.jupiter.api.Test;

class BacklogTest {
    private final Backlog backlog = new Backlog();

    private static Segment segment(int number) {
        Segment segment = new Segment(number);
        segment.writer = (WriteHandle) Proxy.newProxyInstance(
                WriteHandle.class.getClassLoader(), new Class<?>[] {WriteHandle.class}, (proxy, method, arguments) -> {
                    throw new UnsupportedOperationException(method.getName());
                });
        return segment;
    }

    /** An entry with one frame; says who waits for it. */
    private CompletableFuture<Void> entry(Segment to, String text) {
        backlog.add(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
        CompletableFuture<Void> kept = backlog.kept();
        backlog.finishEntry(to);
        return kept;
    }

    private static String text(Backlog.Entry entry) {
        int at = Entries.HEAD + 4;
        return new String(entry.bytes(), at, entry.bytes().length - at, StandardCharsets.US_ASCII);
    }

    private List<String> sent(Segment current) {
        List<String> sent = new ArrayList<>();
        for (Backlog.Entry next = backlog.nextToSend(current); next != null; next = backlog.nextToSend(current)) {
            sent.add(next.segment().number + " " + text(next));
        }
        return sent;
    }

    @Test
    void whatWaitsForTheNextSegmentIsSentOnceAllOfThisOneIsAcknowledged() {
        Segment first = segment(1);
        Segment second = segment(2);
        CompletableFuture<Void> a = entry(first, "a");
        CompletableFuture<Void> b = entry(second, "b");
        assertEquals(List.of("1 a"), sent(second));

        assertNull(backlog.acknowledged(second), "nothing of it was sent");
        assertSame(a, backlog.acknowledged(first));
        assertEquals(List.of("2 b"), sent(second));
        assertSame(b, backlog.acknowledged(second));
        assertEquals(0, backlog.bytes());
        assertTrue(backlog.kept().isDone());
    }

    @Test
    void framesOfTheSegmentThatIsFilledAreSentAsOneEntryWhenThereIsRoom() {
        Segment only = segment(1);
        for (int i = 0; i < 9; i++) {
            entry(only, "x");
        }
        assertEquals(8, sent(only).size());
        backlog.add(ByteBuffer.wrap(new byte[] {'y'}));
        backlog.acknowledged(only);
        assertEquals(List.of("1 x"), sent(only));
        backlog.acknowledged(only);
        assertEquals(List.of("1 y"), sent(only));
        assertEquals(10, only.frames);
    }

    @Test
    void whatGoesToTheNextSegmentKeepsItsOrderAndThoseWhoWaitForIt() {
        Segment broken = segment(1);
        Segment next = segment(2);
        CompletableFuture<Void> a = entry(broken, "a");
        CompletableFuture<Void> b = entry(broken, "b");
        CompletableFuture<Void> c = entry(next, "c");
        sent(next);
        assertSame(a, backlog.acknowledged(broken));
        broken.failed = true;

        List<CompletableFuture<Void>> failed = new ArrayList<>();
        assertSame(next, backlog.move(broken, () -> segment(3), failed));
        assertEquals(List.of(b), failed);
        assertEquals(List.of("2 b", "2 c"), sent(next));
        assertEquals(1, broken.frames);
        assertEquals(2, next.frames);
        assertFalse(backlog.acknowledged(next).isDone(), "b, again");
        assertSame(c, backlog.acknowledged(next), "who waited before goes on waiting for the same");
        assertTrue(backlog.isEmpty());
    }

    @Test
    void whatIsDroppedOfOneSegmentIsNotSentAgainInAnother() {
        Segment sending = segment(1);
        Segment notMade = new Segment(2);
        CompletableFuture<Void> a = entry(sending, "a");
        CompletableFuture<Void> b = entry(notMade, "b");
        assertEquals(List.of("1 a"), sent(notMade));

        assertEquals(List.of(b), backlog.drop(notMade));
        assertEquals(List.of(), sent(null), "a is on its way");
        assertSame(a, backlog.acknowledged(sending));
        assertEquals(0, backlog.bytes());
    }
}
