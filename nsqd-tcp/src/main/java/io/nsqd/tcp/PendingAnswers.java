package io.nsqd.tcp;

import io.netty.channel.EventLoop;
import io.nsqd.net.transport.Step;
import java.util.concurrent.CompletableFuture;

/**
 * The answers to commands, in the order of the commands (P-7): a publish that is not done yet holds back its own and all behind it,
 * while the commands behind it are carried out. So a client that sends ahead has many publishes on their way to the disk at once.
 *
 * <p>Where nothing is pending an answer goes straight to the output, and nothing is kept. Messages and heartbeats answer nothing and
 * do not come by here.
 *
 * <p>A publish that fails in the end answers with a fatal error, and nothing that was to follow is said any more. What was
 * decoded behind it has happened all the same: later messages may be stored, and FIN, REQ, TOUCH and RDY have had their effect. The Go daemon
 * would not have come to them. A client cannot tell: it has no OK for these messages either, so must publish them again, and gets
 * them twice as it does when a connection breaks before the OK.
 *
 * <p>Confined to the connection's loop.
 */
final class PendingAnswers {
    /** With so many pending, nothing more is decoded. */
    static final int MOST = 1024;

    /** With so many bytes of messages on their way to the disk, nothing more is decoded. */
    static final long MOST_BYTES = 8 * 1024 * 1024;

    private static final CompletableFuture<Void> DONE = CompletableFuture.completedFuture(null);

    /** What becomes of the connection. */
    interface Owner {
        /** Some have been given, to go out now; there may be room for more. */
        void answered();

        /** What was tried has failed, for good: this is the last answer. */
        void failed(ProtocolException failure);

        /** It cannot go on. */
        void broken(Throwable failure);
    }

    /** An answer in its place. */
    private static final class Place {
        private final CompletableFuture<?> result;
        private final Step<ProtocolException> answer;
        private final long bytes;
        private Place next;

        Place(CompletableFuture<?> result, Step<ProtocolException> answer, long bytes) {
            this.result = result;
            this.answer = answer;
            this.bytes = bytes;
        }
    }

    private final EventLoop eventLoop;
    private final OutputBuffer output;
    private final Owner owner;

    /** The oldest, the only one that is waited for; {@code null} where nothing is pending. */
    private Place first;

    private Place last;
    private int size;
    private long bytes;
    private boolean full;

    PendingAnswers(EventLoop eventLoop, OutputBuffer output, Owner owner) {
        this.eventLoop = eventLoop;
        this.output = output;
        this.owner = owner;
    }

    boolean isEmpty() {
        return first == null;
    }

    boolean isFull() {
        return full;
    }

    void response(byte[] data) {
        if (first == null) {
            output.response(data);
        } else {
            add(DONE, () -> output.response(data), 0);
        }
    }

    void error(String text) {
        if (first == null) {
            output.error(text);
        } else {
            add(DONE, () -> output.error(text), 0);
        }
    }

    /** Goes on as soon as everything before is answered; there is something. */
    void then(Step<ProtocolException> step) {
        add(DONE, step, 0);
    }

    /** Says the last words behind everything else; at once where nothing is pending. */
    void last(Runnable words) {
        if (first == null) {
            words.run();
        } else {
            add(DONE, words::run, 0);
        }
    }

    /**
     * Answers when something is done.
     *
     * @param messageBytes what is on its way to the disk
     * @param check run then; it fails if what was done has failed
     * @param data the response otherwise
     */
    void when(CompletableFuture<?> result, long messageBytes, Step<ProtocolException> check, byte[] data) {
        add(
                result,
                () -> {
                    check.run();
                    output.response(data);
                },
                messageBytes);
    }

    private void add(CompletableFuture<?> result, Step<ProtocolException> answer, long messageBytes) {
        assert eventLoop.inEventLoop();
        Place place = new Place(result, answer, messageBytes);
        size++;
        bytes += messageBytes;
        full = size >= MOST || bytes >= MOST_BYTES;
        if (first == null) {
            first = place;
            last = place;
            await();
        } else {
            last.next = place;
            last = place;
        }
    }

    /**
     * Waits for the oldest alone. Of all that is done by one commit it is told last, as completions tell those first that came last, and so one
     * task answers all of them.
     */
    private void await() {
        var unused = first.result.whenComplete((done, failure) -> eventLoop.execute(this::answer));
    }

    private void answer() {
        if (first == null) {
            // The connection is gone.
            return;
        }
        try {
            while (first != null && first.result.isDone()) {
                remove().answer.run();
            }
        } catch (ProtocolException e) {
            clear();
            owner.failed(e);
            return;
        } catch (RuntimeException | Error e) {
            owner.broken(e);
            return;
        }
        if (first != null) {
            await();
        }
        owner.answered();
    }

    private Place remove() {
        Place place = first;
        first = place.next;
        size--;
        bytes -= place.bytes;
        full = size >= MOST || bytes >= MOST_BYTES;
        return place;
    }

    /** Nothing more is answered. */
    void clear() {
        first = null;
        last = null;
        size = 0;
        bytes = 0;
        full = false;
    }
}
