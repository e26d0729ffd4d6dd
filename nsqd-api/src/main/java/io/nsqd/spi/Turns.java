package io.nsqd.spi;

import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;

/**
 * Has one thing done after another, in the order in which they are given, and holds no lock meanwhile: what is done may register a
 * service, or call others in another way, and be called back. There is no thread for it: who comes first does his own, and then what
 * others have left to him meanwhile.
 */
public final class Turns {
    private static final Logger LOG = LoggerFactory.getLogger(Turns.class);

    /** Guarded by this, as is what follows. */
    private final Queue<Turn<?>> waiting = new ArrayDeque<>();

    /** Who does what there is to do; {@code null} while there is nothing. */
    private Thread doing;

    /** For whoever has something of this kind. */
    public Turns() {}

    /**
     * Something to be done.
     *
     * @param <E> what it may throw
     */
    @FunctionalInterface
    public interface Job<E extends Exception> {
        /** Does it. */
        void run() throws E;
    }

    private static final class Turn<E extends Exception> {
        private final Job<E> job;

        /** Whether somebody waits for it, who is told of its failure as well. */
        private final boolean awaited;

        private final CountDownLatch done = new CountDownLatch(1);
        private volatile Throwable failure;

        Turn(Job<E> job, boolean awaited) {
            this.job = job;
            this.awaited = awaited;
        }

        void take() {
            try {
                job.run();
            } catch (Throwable e) {
                OutOfMemory.check(e);
                if (awaited) {
                    failure = e;
                } else {
                    LOG.error("NSQ: what was to be done in turn failed - {}", e.toString(), e);
                }
            } finally {
                done.countDown();
            }
        }

        @SuppressWarnings("unchecked")
        void result() throws E {
            if (failure instanceof Error error) {
                throw error;
            }
            if (failure instanceof RuntimeException exception) {
                throw exception;
            }
            if (failure != null) {
                // There is nothing else that it may throw.
                throw (E) failure;
            }
        }
    }

    /** Does something, or leaves it to the thread that is doing something else: nobody is waited for. A failure is logged. */
    public void later(Job<RuntimeException> job) {
        give(new Turn<>(job, false));
    }

    /**
     * Does something and comes back when it is done, and what came before it. At once where this is called by what is being done.
     *
     * @throws E what the job throws, whoever did it
     */
    public <E extends Exception> void now(Job<E> job) throws E {
        if (isDoing()) {
            job.run();
            return;
        }
        Turn<E> turn = new Turn<>(job, true);
        give(turn);
        awaitUninterruptibly(turn.done);
        turn.result();
    }

    private synchronized boolean isDoing() {
        return doing == Thread.currentThread();
    }

    private void give(Turn<?> turn) {
        synchronized (this) {
            waiting.add(turn);
            if (doing != null) {
                return;
            }
            doing = Thread.currentThread();
        }
        for (Turn<?> next = next(); next != null; next = next()) {
            next.take();
        }
    }

    private synchronized Turn<?> next() {
        Turn<?> next = waiting.poll();
        if (next == null) {
            doing = null;
        }
        return next;
    }

    private static void awaitUninterruptibly(CountDownLatch done) {
        boolean interrupted = false;
        boolean waits = true;
        while (waits) {
            try {
                done.await();
                waits = false;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
