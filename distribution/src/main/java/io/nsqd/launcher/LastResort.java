package io.nsqd.launcher;

import io.nsqd.api.LogLevel;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What nobody caught, on whatever thread: it is logged; and where memory is out, the process ends at once, with one line and exit code
 * 1, so that a supervisor starts it again. Whoever catches such an error in order to go on hands it here ({@link
 * io.nsqd.spi.OutOfMemory}).
 */
final class LastResort implements Thread.UncaughtExceptionHandler {
    private static final String OUT_OF_MEMORY = "out of memory, ending - ";

    private final LogOutput log;

    /** Made while there is memory. */
    private final byte[] lastLine;

    /** Never closed: it is standard error. */
    private final FileOutputStream error = new FileOutputStream(FileDescriptor.err);

    private final AtomicBoolean ending = new AtomicBoolean();

    private LastResort(LogOutput log) {
        this.log = log;
        lastLine = (LogFormat.fatalLine(OUT_OF_MEMORY + "not even for this line is there enough") + "\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    /** Hears of what is not caught from now on. */
    static void install(LogOutput log) {
        Thread.setDefaultUncaughtExceptionHandler(new LastResort(log));
    }

    @Override
    public void uncaughtException(Thread thread, Throwable failure) {
        if (failure instanceof OutOfMemoryError) {
            end(failure);
        } else {
            log.write(LogLevel.ERROR, "exception in thread " + thread.getName() + " - " + failure, failure, true);
        }
    }

    // The flush of a stop needs memory, and might wait for a thread that has died for want of it.
    private void end(Throwable failure) {
        if (!ending.compareAndSet(false, true)) {
            return;
        }
        try {
            log.fatal(OUT_OF_MEMORY + failure.getMessage());
        } catch (OutOfMemoryError e) {
            writeLastLine();
        } finally {
            Runtime.getRuntime().halt(StartException.FATAL);
        }
    }

    private void writeLastLine() {
        try {
            error.write(lastLine);
        } catch (IOException e) {
            // Nobody reads it, then.
        }
    }
}
