package io.nsqd.core.fsck;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** How far the work is, as a bar in the last line of a terminal. */
final class Progress {
    private static final int WIDTH = 30;
    private static final long EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** Goes to the beginning of the line and clears it. */
    private static final String CLEAR = "\r\033[K";

    private final PrintWriter terminal;
    private final LongSupplier nanoTime;
    private String task = "";
    private long total;
    private long done;
    private long shownNanos;
    private boolean shown;

    /**
     * @param terminal where to show it, or {@code null} for nowhere
     * @param nanoTime a clock
     */
    Progress(PrintWriter terminal, LongSupplier nanoTime) {
        this.terminal = terminal;
        this.nanoTime = nanoTime;
        shownNanos = nanoTime.getAsLong();
    }

    static Progress none() {
        return new Progress(null, () -> 0);
    }

    /** Begins a piece of work of so many bytes. */
    void begin(String newTask, long totalBytes) {
        task = newTask;
        total = totalBytes;
        done = 0;
    }

    void advance(long bytes) {
        done += bytes;
        if (terminal == null) {
            return;
        }
        long now = nanoTime.getAsLong();
        if (now - shownNanos >= EVERY_NANOS) {
            shownNanos = now;
            shown = true;
            show();
        }
    }

    private void show() {
        // What is counted may have grown since it was counted, as with files that are read twice.
        double share = total <= 0 ? 1 : Math.min(1, (double) done / total);
        int full = (int) (share * WIDTH);
        terminal.print(CLEAR + task + " [" + "#".repeat(full) + ".".repeat(WIDTH - full)
                + String.format(Locale.ROOT, "] %3d%% of %,d bytes", (int) (share * 100), total));
        terminal.flush();
    }

    /** Takes the bar away: something else is to be written. */
    void clear() {
        if (shown) {
            shown = false;
            terminal.print(CLEAR);
            terminal.flush();
        }
    }
}
