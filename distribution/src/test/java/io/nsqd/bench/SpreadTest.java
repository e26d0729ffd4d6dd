package io.nsqd.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class SpreadTest {
    @Test
    void theMedianOfAnOddNumberIsTheOneInTheMiddle() {
        assertEquals(new Spread(2, 1, 9), Spread.of(List.of(9.0, 1.0, 2.0)));
    }

    @Test
    void theMedianOfAnEvenNumberIsBetweenTheTwoInTheMiddle() {
        assertEquals(new Spread(3, 1, 9), Spread.of(List.of(4.0, 9.0, 1.0, 2.0)));
    }

    @Test
    void oneRoundIsItsOwnMedian() {
        assertEquals(new Spread(5, 5, 5), Spread.of(List.of(5.0)));
    }

    @Test
    void aPercentileIsTheSmallestValueThatSoManyDoNotExceed() {
        long[] values = LongStream.rangeClosed(1, 1000).map(i -> 1001 - i).toArray();
        assertEquals(500, Spread.percentile(values, 1000, 0.5));
        assertEquals(990, Spread.percentile(values, 1000, 0.99));
        assertEquals(999, Spread.percentile(values, 1000, 0.999));
        assertEquals(1000, Spread.percentile(values, 1000, 1));
        assertEquals(7, Spread.percentile(new long[] {7}, 1, 0.001));
    }

    @Test
    void aPercentileIsOfTheFirstValuesOnly() {
        assertEquals(4, Spread.percentile(new long[] {4, 3, 100}, 2, 0.99));
    }
}
