package io.nsqd.bench;

import java.nio.ByteBuffer;

/** What tests have a daemon do in order to count what it costs: messages of 100 bytes, in batches. */
final class Loads {
    /** Messages of one load. */
    static final int MESSAGES = 100_000;

    /** Messages of one MPUB, and PUBs that are sent at once. */
    static final int BATCH = 100;

    static final int BODY_BYTES = 100;

    private Loads() {}

    /** Something to be counted; it is done on the thread of the test. */
    interface Load {
        void run() throws Exception;
    }

    /**
     * Publishes all messages, a batch at a time, each of which is answered before the next.
     *
     * @param frames the commands of a batch
     * @param answers how many they are
     */
    static void publish(TcpConnection publisher, ByteBuffer frames, int answers) throws BenchException {
        pipeline(publisher, frames, answers, 1);
    }

    /** As {@link #publish}, but up to {@code outstanding} batches are sent before the first of them is answered. */
    static void pipeline(TcpConnection publisher, ByteBuffer frames, int answers, int outstanding)
            throws BenchException {
        int sent = 0;
        for (int answered = 0; answered < MESSAGES; answered += BATCH) {
            while (sent < MESSAGES && sent - answered < outstanding * BATCH) {
                publisher.send(frames);
                sent += BATCH;
            }
            publisher.awaitOk(answers);
        }
    }

    /** Receives and finishes all messages, which wait; whatever has come together is finished together. */
    static void consume(TcpConnection consumer) throws BenchException {
        consumer.ready();
        int received = 0;
        while (!consumer.isStopped()) {
            int before = received;
            received += consumer.receive((in, offset) -> {});
            if (received == MESSAGES && before < MESSAGES) {
                consumer.stop();
            }
        }
    }
}
