package io.nsqd.bookkeeper;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class ErrandsTest {
    private final Deque<Runnable> executor = new ArrayDeque<>();
    private final List<String> done = new ArrayList<>();

    private void add(Errands errands, String name) {
        errands.add(() -> done.add(name));
    }

    private void runOne() {
        executor.remove().run();
    }

    @Test
    void whoeverAsksDoesNothingHimself() {
        Errands errands = new Errands(executor::add);
        add(errands, "a");
        add(errands, "b");
        errands.run();
        errands.run();
        assertEquals(List.of(), done);
        assertEquals(1, executor.size());
        runOne();
        assertEquals(List.of("a", "b"), done);
        assertEquals(0, executor.size());
    }

    @Test
    void othersHaveTheirTurn() {
        Errands busy = new Errands(executor::add);
        Errands other = new Errands(executor::add);
        busy.add(() -> {
            done.add("a");
            add(busy, "b");
            busy.run();
        });
        add(other, "c");
        busy.run();
        other.run();
        while (!executor.isEmpty()) {
            runOne();
        }
        assertEquals(List.of("a", "c", "b"), done);
    }

    @Test
    void whatFailsIsNoneOfTheNext() {
        Errands errands = new Errands(executor::add);
        errands.add(() -> {
            throw new IllegalStateException("of this test");
        });
        add(errands, "b");
        errands.run();
        runOne();
        add(errands, "c");
        errands.run();
        runOne();
        assertEquals(List.of("b", "c"), done);
    }

    @Test
    void whereTheThreadIsGoneNothingIsDone() {
        Errands errands = new Errands(task -> {
            throw new RejectedExecutionException();
        });
        add(errands, "a");
        errands.run();
        errands.run();
        assertEquals(List.of(), done);
    }
}
