package io.nsqd.api;

import java.util.Locale;

/** What an OK to a publisher promises: the option {@link Option#DURABILITY}. Each includes the one before. */
public enum Durability {
    /** What the Go daemon's OK means: whatever memory holds survives a clean stop. */
    MEMORY,
    /** In the hands of the operating system: survives the death of the process, however sudden. */
    WRITTEN,
    /** On the disk: survives a loss of power, too. */
    SYNCED;

    /** As options say it, in small letters. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The one of that name.
     *
     * @throws IllegalArgumentException when there is none
     */
    public static Durability parse(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }
}
