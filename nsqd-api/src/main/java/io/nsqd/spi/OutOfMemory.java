package io.nsqd.spi;

/**
 * When memory is out, nothing that goes on can be relied on: the process is to end (a supervisor starts it again), and not to limp
 * on with answers that never come. So whoever catches {@link Error}s in order to go on calls {@link #check} first.
 *
 * <p>How it ends is the business of the thread's {@linkplain Thread#getDefaultUncaughtExceptionHandler default handler} of uncaught
 * exceptions. That of the standalone daemon writes one line and ends the process with exit code 1; a program that embeds the daemon,
 * or a foreign container, has its own, or none, and then what has caught the error goes on as with any other.
 */
public final class OutOfMemory {
    /** Causes are looked through so far; they might go round in a circle. */
    private static final int DEPTH = 10;

    /** Netty's own limit for buffers outside the heap: it costs the connection that wanted one, and nobody else. */
    private static final String OF_NETTY = "io.netty.util.internal.OutOfDirectMemoryError";

    private OutOfMemory() {}

    /** Hands a failure that says that memory is out, or was caused by one that does, to the default handler; else does nothing. */
    public static void check(Throwable failure) {
        Throwable cause = failure;
        for (int i = 0; cause != null && i < DEPTH; i++) {
            if (cause instanceof OutOfMemoryError error && isOfTheHeap(error)) {
                end(error);
                return;
            }
            cause = cause.getCause();
        }
    }

    /** Whether it is more than a thread that could not be started, or a buffer outside the heap that was too much. */
    private static boolean isOfTheHeap(OutOfMemoryError error) {
        String message = error.getMessage();
        return !error.getClass().getName().equals(OF_NETTY) && (message == null || !message.contains("native thread"));
    }

    private static void end(OutOfMemoryError error) {
        Thread.UncaughtExceptionHandler handler = Thread.getDefaultUncaughtExceptionHandler();
        if (handler != null) {
            handler.uncaughtException(Thread.currentThread(), error);
        }
    }
}
