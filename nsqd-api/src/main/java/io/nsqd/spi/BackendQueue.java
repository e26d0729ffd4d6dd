package io.nsqd.spi;

import io.nsqd.api.MessageBatch;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Where the messages of one topic or channel go that memory has no room for.
 *
 * <p>The broker calls {@link #append}, {@link #read} and {@link #forget} under the lock of the topic or channel, so that
 * no two of them run at once, often on an event loop: they must not wait (a write to the page cache is fine, an fsync is
 * not). The others may block and are called from other threads, {@link #depth} at any time.
 */
@ConsumerType
public interface BackendQueue {
    /**
     * Stores whole messages, all or the first few of them.
     *
     * @param batch the messages, read during the call only; {@link MessageBatch#delayNanos} is how long a message is
     *     still to be held back, which a format may have to drop (B-16)
     * @return completed when the messages may be acknowledged. Fails with an {@link IOException} when they could not be
     *     stored; {@link #depth} tells how many were
     */
    CompletableFuture<Void> append(MessageBatch batch);

    /**
     * Reads on, without forgetting. Never waits: 0 means that nothing can be had now, and where {@link #depth} says
     * otherwise the queue's listener will be told when to try again.
     *
     * @param maxMessages how many at the most, greater than 0
     * @param maxBytes stop once the bodies together have this many bytes
     * @param batch takes the messages
     * @return how many were added
     */
    int read(int maxMessages, long maxBytes, MessageBatch batch);

    /**
     * Forgets the oldest messages that were read and not forgotten yet: they have a new home.
     *
     * @param messages how many
     */
    void forget(int messages);

    /** Messages stored and not forgotten. Any thread; must be cheap. */
    long depth();

    /** Whether there is a message to be read that {@link #read} has not handed out yet. Any thread; must be cheap. */
    boolean hasUnread();

    /**
     * Whether messages that were routed on before a crash may come again (S-26), so that the broker looks out for ids
     * that are in flight. Asked once, when the queue is open.
     */
    default boolean mayRepeat() {
        return false;
    }

    /** Drops all messages. May block. */
    void empty() throws IOException;

    /** Makes everything stored so far durable. May block. */
    void sync() throws IOException;

    /** Makes everything durable and lets go of all resources. May block; nothing is called afterwards. */
    void close() throws IOException;

    /** Drops all messages and every trace of the queue. May block; nothing is called afterwards. */
    void delete() throws IOException;
}
