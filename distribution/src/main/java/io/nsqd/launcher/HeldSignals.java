package io.nsqd.launcher;

import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The signals that ask for a stop, TERM and INT, where {@code bin/nsqd} has the process begin with them held back: blocked, and ignored so
 * that the JVM leaves them alone. One that comes before the JVM could deal with it waits, instead of killing the process; and INT asks
 * for a stop also where whoever started the process has it ignored.
 *
 * <p>A thread waits for them, which takes a call to the C library; where that cannot be had it looks now and then whether one has come.
 */
final class HeldSignals {
    /** {@code bin/nsqd} says by it that they are held. */
    private static final String PROPERTY = "nsqd.signals.held";

    private static final int SIGINT = 2;
    private static final int SIGTERM = 15;

    /** Bytes of a set of signals, at least. */
    private static final long SET_BYTES = 128;

    private static final Path STATUS = Path.of("/proc/self/status");

    /** What waits for the process as a whole, as a number of which the lowest bit is signal 1. */
    private static final String WAITING = "ShdPnd:\t";

    private static final long WANTED = 1L << (SIGINT - 1) | 1L << (SIGTERM - 1);
    private static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private HeldSignals() {}

    /** Has them, where they are held, take the way out. */
    static void heed(WayOut out) {
        if (Boolean.getBoolean(PROPERTY)) {
            Thread thread = new Thread(
                    () -> {
                        await();
                        out.go();
                    },
                    "nsqd-signals");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private static void await() {
        try {
            awaitOne();
        } catch (RuntimeException | Error e) {
            // There is no such library for this processor, or it may not be loaded.
            while (!isOneWaiting()) {
                LockSupport.parkNanos(INTERVAL_NANOS);
            }
        }
    }

    private static void awaitOne() {
        NativeLibrary libc = NativeLibrary.getProcess();
        try (Memory signals = new Memory(SET_BYTES);
                Memory came = new Memory(Integer.BYTES)) {
            libc.getFunction("sigemptyset").invokeInt(new Object[] {signals});
            libc.getFunction("sigaddset").invokeInt(new Object[] {signals, SIGINT});
            libc.getFunction("sigaddset").invokeInt(new Object[] {signals, SIGTERM});
            int error = libc.getFunction("sigwait").invokeInt(new Object[] {signals, came});
            if (error != 0) {
                throw new IllegalStateException("sigwait: error " + error);
            }
        }
    }

    private static boolean isOneWaiting() {
        try {
            for (String line : Files.readAllLines(STATUS)) {
                if (line.startsWith(WAITING)) {
                    return (Long.parseUnsignedLong(line.substring(WAITING.length()), 16) & WANTED) != 0;
                }
            }
        } catch (IOException | NumberFormatException e) {
            // There are no descriptors left, say; the next time may be better.
            return false;
        }
        return false;
    }
}
