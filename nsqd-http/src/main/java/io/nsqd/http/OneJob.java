package io.nsqd.http;

/** One job at a time, on a thread of its own that is there only meanwhile. Any thread. */
final class OneJob {
    private final String threadName;
    private Thread running;

    OneJob(String threadName) {
        this.threadName = threadName;
    }

    /** A job. */
    interface Job {
        /** Goes on until it is done or interrupted; what is to be done then too is its own business. */
        void run() throws InterruptedException;
    }

    /**
     * Starts a job.
     *
     * @return whether it could start: no other may be under way
     */
    synchronized boolean start(Job job) {
        if (running != null) {
            return false;
        }
        running = new Thread(() -> run(job), threadName);
        running.setDaemon(true);
        running.start();
        return true;
    }

    private void run(Job job) {
        try {
            job.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            synchronized (this) {
                running = null;
            }
        }
    }

    /** Cuts a job short and waits for its thread. */
    void close() throws InterruptedException {
        Thread ending;
        synchronized (this) {
            ending = running;
        }
        if (ending != null) {
            ending.interrupt();
            ending.join();
        }
    }
}
