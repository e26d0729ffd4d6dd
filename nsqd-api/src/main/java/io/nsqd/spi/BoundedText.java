package io.nsqd.spi;

import java.util.regex.Pattern;

/**
 * A name that is searched with a pattern of unknown origin, for one search: it can be looked at only so often. Patterns
 * like {@code (a*)*b} take exponential time on some names, and they are searched for on event loops.
 */
final class BoundedText implements CharSequence {
    /**
     * Looks at characters in one search: far more than sane patterns take for names of at most 64 characters, and over
     * in about a millisecond.
     */
    private static final int MAX_LOOKS = 100_000;

    private final String text;
    private int looks;

    private BoundedText(String text) {
        this.text = text;
    }

    /** Whether the pattern is found in the text; one that takes too long is not. */
    static boolean contains(Pattern pattern, String text) {
        try {
            return pattern.matcher(new BoundedText(text)).find();
        } catch (TooManyLooks | StackOverflowError e) {
            return false;
        }
    }

    /** The search is given up. */
    private static final class TooManyLooks extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooManyLooks() {
            super(null, null, false, false);
        }
    }

    @Override
    public int length() {
        return text.length();
    }

    @Override
    public char charAt(int index) {
        looks++;
        if (looks > MAX_LOOKS) {
            throw new TooManyLooks();
        }
        return text.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
        return text.subSequence(start, end);
    }

    @Override
    public String toString() {
        return text;
    }
}
