package io.nsqd.core.policy;

/**
 * A pattern of names: {@code *} stands for any characters, {@code ?} for one, all else for itself.
 *
 * @param text as it was written
 */
record Glob(String text) {
    boolean isExact() {
        return text.indexOf('*') < 0 && text.indexOf('?') < 0;
    }

    /** Characters that stand for themselves. */
    int literals() {
        return (int) text.chars().filter(c -> c != '*' && c != '?').count();
    }

    /** Whether a name fits. Takes at most as many steps as the product of both lengths. */
    boolean matches(String name) {
        int t = 0;
        int n = 0;
        int star = -1;
        int resume = 0;
        while (n < name.length()) {
            char c = t < text.length() ? text.charAt(t) : 0;
            if (c == '*') {
                star = t++;
                resume = n;
            } else if (c == '?' || c == name.charAt(n) && t < text.length()) {
                t++;
                n++;
            } else if (star >= 0) {
                // The last star takes one more.
                t = star + 1;
                n = ++resume;
            } else {
                return false;
            }
        }
        while (t < text.length() && text.charAt(t) == '*') {
            t++;
        }
        return t == text.length();
    }
}
