package io.nsqd.api;

/** Rules for topic and channel names (P-19). */
public final class Names {
    /** The longest name in bytes, the suffix {@value #EPHEMERAL} included. */
    public static final int MAX_LENGTH = 64;

    /** The suffix of topics and channels that live in memory only and vanish with their last user (B-8, B-9). */
    public static final String EPHEMERAL = "#ephemeral";

    private Names() {}

    /** Whether {@code name} is a valid topic or channel name: 1 to 64 of {@code [.a-zA-Z0-9_-]}, the suffix optional. */
    public static boolean isValid(String name) {
        int length = name.length();
        if (length > MAX_LENGTH) {
            return false;
        }
        if (name.endsWith(EPHEMERAL)) {
            length -= EPHEMERAL.length();
        }
        if (length == 0) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (!isNameCharacter(name.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isNameCharacter(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-';
    }

    /** Whether {@code name} bears the suffix {@value #EPHEMERAL}. */
    public static boolean isEphemeral(String name) {
        return name.endsWith(EPHEMERAL);
    }
}
