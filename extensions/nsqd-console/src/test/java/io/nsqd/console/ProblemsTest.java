package io.nsqd.console;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nsqd.spi.LookupPeers;
import io.nsqd.stats.NsqdStats;
import io.nsqd.testing.FakeNsqd;
import java.util.List;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;

final class ProblemsTest {
    private final FakeNsqd nsqd = new FakeNsqd();
    private final History history = new History();
    private final Problems problems = new Problems(nsqd, history);
    private long step;

    /** The kinds of what is found after some samples; what the machine's disk is like is of no matter. */
    private List<String> after(int samples, LongFunction<NsqdStats> figures) {
        List<Problem> found = List.of();
        for (int i = 0; i < samples; i++) {
            NsqdStats stats = figures.apply(step);
            history.add(step, stats);
            found = problems.lasting(step, stats);
            step++;
        }
        return found.stream()
                .filter(problem -> !problem.kind().equals("disk"))
                .map(problem -> problem.kind() + " " + problem.topic() + ":" + problem.channel())
                .toList();
    }

    @Test
    void aChannelThatGetsDeeperForAMinuteGrows() {
        LongFunction<NsqdStats> growing = at ->
                Samples.of(Samples.topic("t", at * 100, Samples.channel("c", 1000 + at * 100, 2000 + at * 150, 1)));
        assertEquals(List.of(), after(5, growing));
        assertEquals(List.of("growing t:c"), after(2, growing));
    }

    @Test
    void aChannelThatStaysAsDeepAsItIsDoesNot() {
        assertEquals(
                List.of(),
                after(
                        20,
                        at -> Samples.of(Samples.topic(
                                "t", at, Samples.channel("c", 100_000 + at % 2 * 1000, 200_000 + at * 100, 1)))));
    }

    @Test
    void consumersThatFinishNothingAreStuck() {
        LongFunction<NsqdStats> stuck = at -> Samples.of(Samples.topic("t", 10, Samples.channel("c", 10, 10, 2)));
        assertEquals(List.of("stuck t:c"), after(7, stuck));
        LongFunction<NsqdStats> without = at -> Samples.of(Samples.topic("t", 10, Samples.channel("c", 10, 10, 0)));
        assertEquals(List.of(), after(7, without));
    }

    @Test
    void aPolicyThatDropsIsSaidForAMinute() {
        assertEquals(List.of(), after(2, at -> Samples.of(Samples.topic("t", 1, Samples.dropping("c", 5)))));
        LongFunction<NsqdStats> more = at -> Samples.of(Samples.topic("t", 1, Samples.dropping("c", 6)));
        assertEquals(List.of("policy t:c"), after(1, more));
        assertEquals(List.of("policy t:c"), after(5, more));
        assertEquals(List.of(), after(1, more));
    }

    @Test
    void whatIsWrongNowIsSaidAtOnce() {
        nsqd.health("NOK - no space left");
        List<Problem> found = problems.sudden(
                List.of(new LookupPeers.Peer("a:4160", true, "a:4161"), new LookupPeers.Peer("b:4160", false, "")));
        assertEquals(
                List.of("health", "lookupd"), found.stream().map(Problem::kind).toList());
    }
}
