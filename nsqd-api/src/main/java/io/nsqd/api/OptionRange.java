package io.nsqd.api;

/**
 * The values that an option may have.
 *
 * @param least the smallest, in the option's unit; nanoseconds for a duration
 * @param most the greatest
 * @param words what follows {@code must be} in an error
 */
public record OptionRange(long least, long most, String words) {
    /** Both ends included. */
    static OptionRange within(long least, long most) {
        return new OptionRange(least, most, "[" + least + "," + most + "]");
    }

    /** The upper end excluded. */
    static OptionRange below(long least, long end) {
        return new OptionRange(least, end - 1, "[" + least + "," + end + ")");
    }

    static OptionRange atLeast(long least) {
        return new OptionRange(least, Long.MAX_VALUE, "at least " + least);
    }

    static OptionRange atMost(long most) {
        return new OptionRange(Long.MIN_VALUE, most, "at most " + most);
    }

    static OptionRange positive() {
        return new OptionRange(1, Long.MAX_VALUE, "greater than 0");
    }

    /** Whether the value is allowed. */
    public boolean contains(long value) {
        return value >= least && value <= most;
    }
}
