package io.nsqd.spi;

import io.nsqd.api.MessageBatch;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Where the messages of one topic or channel go that memory has no room for.
 *
 * <p>The broker calls {@link #append}, {@link #read}, {@link #forget}, {@link #empty} and {@link #delete} under the lock of
 * the topic or channel, so that no two of them run at once, often on an event loop: they must not wait (a write to the page
 * cache is fine; an fsync, an unlink is not). {@link #depth} and {@link #hasUnread} are asked for at any time by any thread;
 * {@link #sync} and {@link #close} may block.
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
     * that are in flight. Asked once, when the queue is open. Where a storage cannot tell how its last run ended, {@code true} is
     * the right answer: it costs something only for ids up to {@link #highestId}.
     */
    default boolean mayRepeat() {
        return false;
    }

    /**
     * A number that no id of a message in this queue is above, so that new messages get ids beyond it though the clock has
     * stepped back since (B-40). Asked once, when the queue is open and before anything is appended.
     *
     * <p>A bound that is cheap to find and somewhat too high is better than an exact one that takes reading everything: in an
     * id, the bits from the 22nd on are a time in units of 2^20 nanoseconds, so that ids may also be bounded by when
     * something was last written, where nothing better is known. But it is not to be far in the future: ids never go back
     * behind it. What cannot be an id (negative, or years ahead of all clocks) is not to be counted.
     *
     * @return the bound; 0 where nothing is stored or nothing is known
     */
    default long highestId() {
        return 0;
    }

    /**
     * Drops all messages, those included that were read and not forgotten. That takes effect at once: when this returns,
     * {@link #depth} is 0, nothing can be read, and what is appended from now on stays. Never waits; what takes waiting, such as
     * unlinking files, goes on behind it.
     *
     * @return completed when the messages are gone from the storage for good; fails with an {@link IOException} when they may
     *     come back with the next start
     */
    CompletableFuture<Void> empty();

    /** Makes everything stored so far durable. May block. */
    void sync() throws IOException;

    /**
     * Makes everything durable and lets go of all resources, once what {@link #empty} began is done. May block; nothing is
     * called afterwards.
     */
    void close() throws IOException;

    /**
     * Drops all messages and every trace of the queue, in the same way as {@link #empty}. Nothing but {@link #depth} and
     * {@link #hasUnread} is called afterwards. A queue of the same name is opened only after what this returns has completed.
     *
     * @return completed when every trace is gone; fails with an {@link IOException} when something may be left
     */
    CompletableFuture<Void> delete();
}
