package io.nsqd.spi;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * An ordered log of frames, opened by a {@link JournalStore}. A frame is bytes to it; what they mean is the broker's business.
 *
 * <p>A frame lies at a <em>position</em>: the upper 32 bits number a <em>segment</em>, 1 and up, the lower ones say where in it, whatever
 * that means to the store. Positions grow from frame to frame. A segment is what is given back as a whole, the oldest first.
 *
 * <p>The broker calls {@link #append}, {@link #kept} and {@link #trim} one at a time, often on an event loop and under locks of its own:
 * they must not wait for a disk or a network. {@link #replay}, {@link #read} and {@link #close} may block, and are not called on event
 * loops.
 */
@ConsumerType
public interface Journal extends AutoCloseable {
    /** The largest frame, in bytes, that any store must take: a message of the largest size, and what is said about it. */
    int LARGEST_FRAME = (1 << 30) + (1 << 16);

    /** The segment of a position. */
    static int segment(long position) {
        return (int) (position >>> 32);
    }

    /** What the frame is good for. */
    enum Purpose {
        /** Something new is to be kept: refused first when room is short. */
        GROW,
        /** What is there is finished, moved or added again so that it can be given back: has what is held in reserve, too. */
        SHRINK
    }

    /**
     * Hands out all frames of earlier runs that have not been trimmed, in the order in which they were appended; the same each time.
     * Changes nothing. Called before the first {@link #append}.
     *
     * @throws IOException when something cannot be read now, or thrown by the sink
     */
    void replay(Sink sink) throws IOException;

    /** Takes frames. */
    @FunctionalInterface
    interface Sink {
        /**
         * Takes one frame.
         *
         * @param position where it lies
         * @param frame the bytes, to be read during the call only
         */
        void frame(long position, ByteBuffer frame) throws IOException;
    }

    /**
     * Appends a frame, wholly or not at all. Never waits. From now on the broker must assume that it will be replayed, though only
     * {@link #kept} says when it surely will.
     *
     * @param frame the bytes between position and limit, read during the call only; 1 to {@link #LARGEST_FRAME}
     * @param purpose what for
     * @return its position
     * @throws IOException when it is refused: there is no room, the journal is fenced, closed or broken. It will not be replayed
     */
    long append(ByteBuffer frame, Purpose purpose) throws IOException;

    /**
     * Completed when all that was appended so far is as durable as was asked for; the same object for frames that become so together,
     * a completed constant where there is nothing to wait for. Fails with an {@link IOException} when it never will be, before
     * {@link JournalStore.Listener#suspect}. Its dependents run on a thread of the store's, and must not block.
     */
    CompletableFuture<Void> kept();

    /**
     * Reads one frame again. May block. Any thread, also while others append; not after {@link #close}.
     *
     * @param position where it lies, in a segment that has not been trimmed
     * @return its bytes
     * @throws IOException when it cannot be read, now or ever
     */
    ByteBuffer read(long position) throws IOException;

    /**
     * Nothing in segments before this one is needed any more, nor will be. Never waits; what takes waiting, such as unlinking files,
     * goes on behind it.
     *
     * @param segment the first that is needed
     */
    void trim(int segment);

    /** Bytes that the segments take which have not been trimmed. Any thread; must be cheap. */
    long bytes();

    /** Segments that have not been trimmed. Any thread; must be cheap. */
    int segments();

    /** Lets go of all resources, once all that was appended is as durable as it can be. May block; nothing is called afterwards. */
    @Override
    void close() throws IOException;
}
