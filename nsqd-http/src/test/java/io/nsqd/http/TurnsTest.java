package io.nsqd.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** Who is handled at once, who waits, who is turned away. */
final class TurnsTest {
    private static final long PLENTY = 1_000_000;

    /** What was given to threads that have not begun with it. */
    private final Queue<Runnable> given = new ArrayDeque<>();

    private final List<String> log = new ArrayList<>();
    private boolean full;
    private final Turns turns = new Turns(this::execute, Turns.AT_ONCE);

    private void execute(Runnable task) {
        if (full) {
            throw new RejectedExecutionException();
        }
        given.add(task);
    }

    private record Named(String name, int bytes, List<String> log) implements Turns.Turn {
        @Override
        public CompletableFuture<?> take() {
            log.add(name);
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public void turnAway() {
            log.add("not " + name);
        }
    }

    private boolean offer(String name, int bytes, long maxBytes) {
        return turns.offer(new Named(name, bytes, log), maxBytes);
    }

    private void occupy() {
        for (int i = 0; i < Turns.AT_ONCE; i++) {
            assertTrue(offer("busy", 0, PLENTY));
        }
    }

    @Test
    void soManyAreHandledAtOnceAndTheOthersInTheirOrder() {
        occupy();
        for (int i = 1; i <= Turns.MAX_WAITING; i++) {
            assertTrue(offer(Integer.toString(i), 0, PLENTY));
        }
        assertEquals(Turns.AT_ONCE, given.size());
        assertFalse(offer("one too many", 0, PLENTY));

        given.remove().run();
        assertEquals(1 + Turns.MAX_WAITING, log.size());
        assertEquals(List.of("busy", "1", "2", "3"), log.subList(0, 4));
        assertTrue(offer("later", 0, PLENTY));
        given.forEach(Runnable::run);
        assertEquals("later", log.get(log.size() - 1));
    }

    @Test
    void whatWaitsKeepsOnlySoMuchMemory() {
        occupy();
        assertTrue(offer("60", 60, 100));
        assertFalse(offer("too big", 60, 100));
        assertTrue(offer("40", 40, 100));
        assertFalse(offer("1 too many", 1, 100));
        given.remove().run();
        occupyAgain();
        assertTrue(offer("100", 100, 100));
    }

    private void occupyAgain() {
        assertTrue(offer("busy", 0, PLENTY));
    }

    @Test
    void ofAnEndpointThatLeavesEverybodyIsTurnedAwayButThoseWhoseTurnItIs() {
        occupy();
        assertTrue(offer("1", 10, PLENTY));
        assertTrue(offer("2", 10, PLENTY));
        turns.close();
        assertEquals(List.of("not 1", "not 2"), log);
        assertFalse(offer("3", 0, PLENTY));
        given.forEach(Runnable::run);
        assertEquals(List.of("not 1", "not 2", "busy", "busy"), log);
    }

    @Test
    void whereNoThreadIsLeftOneIsTurnedAwayAndAnotherMayComeLater() {
        full = true;
        assertFalse(offer("1", 0, PLENTY));
        full = false;
        occupy();
        given.forEach(Runnable::run);
        assertEquals(List.of("busy", "busy"), log);
    }

    /** One whose answer comes when it is told. */
    private record Later(String name, CompletableFuture<?> answer, List<String> log) implements Turns.Turn {
        @Override
        public int bytes() {
            return 0;
        }

        @Override
        public CompletableFuture<?> take() {
            log.add(name);
            return answer;
        }

        @Override
        public void turnAway() {
            log.add("not " + name);
        }
    }

    @Test
    void oneWhoseAnswerComesLaterHasItsTurnUntilThenAndNoThread() {
        CompletableFuture<Void> first = new CompletableFuture<>();
        CompletableFuture<Void> second = new CompletableFuture<>();
        assertTrue(turns.offer(new Later("first", first, log), PLENTY));
        assertTrue(turns.offer(new Later("second", second, log), PLENTY));
        assertTrue(offer("third", 0, PLENTY));
        given.remove().run();
        given.remove().run();
        assertEquals(List.of("first", "second"), log);
        assertTrue(given.isEmpty());
        second.complete(null);
        given.remove().run();
        assertEquals(List.of("first", "second", "third"), log);
        assertTrue(offer("fourth", 0, PLENTY));
        assertTrue(offer("fifth", 0, PLENTY));
        assertEquals(1, given.size());
        turns.close();
        assertEquals(List.of("first", "second", "third", "not fifth", "not first"), log);
        first.complete(null);
        assertEquals(1, given.size());
    }

    @Test
    void whoseTurnComesWhereNoThreadIsLeftIsTurnedAway() {
        CompletableFuture<Void> first = new CompletableFuture<>();
        assertTrue(turns.offer(new Later("first", first, log), PLENTY));
        assertTrue(turns.offer(new Later("second", new CompletableFuture<>(), log), PLENTY));
        assertTrue(offer("third", 0, PLENTY));
        given.remove().run();
        full = true;
        first.complete(null);
        assertEquals(List.of("first", "not third"), log);
    }
}
