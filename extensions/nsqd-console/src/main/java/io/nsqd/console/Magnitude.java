package io.nsqd.console;

/**
 * Numbers in 16 bits, for charts: eleven bits of the number itself and five that say how often it was halved. Up to 2,047 they are exact,
 * beyond to a two-thousandth.
 */
final class Magnitude {
    /** Of what nobody knows. */
    static final char UNKNOWN = 0xffff;

    private static final int BITS = 11;
    private static final int MANTISSA = (1 << BITS) - 1;
    private static final int MOST_HALVED = 31;

    private Magnitude() {}

    /** @param number 0 or more; what is below is 0, and what is too big is the biggest there is */
    static char of(long number) {
        long rest = Math.max(0, number);
        int halved = 0;
        while (rest > MANTISSA) {
            rest = (rest + 1) >> 1;
            halved++;
        }
        // The very biggest means that nobody knows.
        return halved >= MOST_HALVED ? UNKNOWN - 1 : (char) (halved << BITS | (int) rest);
    }

    /** The number; not for {@link #UNKNOWN}. */
    static long value(char magnitude) {
        return (long) (magnitude & MANTISSA) << (magnitude >> BITS);
    }
}
