package io.nsqd.bench;

import java.io.PrintStream;
import java.util.Locale;

/** How far the work is, in the last line of a terminal. */
final class ProgressLine {
    private static final int WIDTH = 30;

    /** Goes to the beginning of the line and clears it. */
    private static final String CLEAR = "\r\033[K";

    private final PrintStream terminal;
    private String task = "";
    private boolean shown;

    /** @param terminal where to show it, or {@code null} for nowhere */
    ProgressLine(PrintStream terminal) {
        this.terminal = terminal;
    }

    /** What is being done from now on. */
    void task(String what) {
        task = what;
        show(0, 1);
    }

    void show(long done, long goal) {
        if (terminal == null) {
            return;
        }
        shown = true;
        double share = Math.min(1, (double) done / goal);
        int full = (int) (share * WIDTH);
        terminal.print(CLEAR + task + " [" + "#".repeat(full) + ".".repeat(WIDTH - full)
                + String.format(Locale.ROOT, "] %3d%%", (int) (share * 100)));
        terminal.flush();
    }

    /** Takes the line away: something else is to be written. */
    void clear() {
        if (shown) {
            shown = false;
            terminal.print(CLEAR);
            terminal.flush();
        }
    }
}
