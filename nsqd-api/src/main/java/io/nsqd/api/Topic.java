package io.nsqd.api;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.osgi.annotation.versioning.ProviderType;

/** A topic: a stream of messages, copied to each of its channels. */
@ProviderType
public interface Topic {
    /** The name. */
    String name();

    /**
     * Publishes messages: all of them reach every channel (or wait in the topic while it is paused or has none).
     *
     * <p>Never blocks on fsync or on another client. The batch is read during the call only.
     *
     * @param batch the messages; ids and timestamps are stamped in place
     * @return done when every channel has the messages: nearly always one shared, completed constant. Fails with an
     *     {@link NsqdException}: {@link Reason#EXITING}, or {@link Reason#BACKEND} when a channel could not store
     */
    CompletableFuture<Void> publish(MessageBatch batch);

    /**
     * As {@link #publish}, but each channel holds the messages back.
     *
     * @param batch the messages
     * @param delayNanos how long, in nanoseconds, counted from when the message reaches the channel (B-20); 0 or less
     *     is a plain publish
     * @return as of {@link #publish}
     */
    CompletableFuture<Void> publishDeferred(MessageBatch batch, long delayNanos);

    /**
     * The channel of that name, made if it is not there.
     *
     * @throws NsqdException with {@link Reason#BAD_CHANNEL}, {@link Reason#EXITING} or {@link Reason#BACKEND}
     */
    Channel channel(String name);

    /** The channel of that name, if it is there. */
    Optional<Channel> existingChannel(String name);

    /** All channels, sorted by name. */
    List<Channel> channels();

    /**
     * Deletes a channel with all its messages; its consumers are disconnected. Blocks until its files are gone.
     *
     * @throws NsqdException with {@link Reason#CHANNEL_NOT_FOUND}
     */
    void deleteChannel(String name);

    /** Whether routing to the channels is paused (B-11). */
    boolean isPaused();

    /**
     * Stops routing to the channels; publishing goes on; idempotent. Returns when that is stored, so that it outlives a crash; if
     * it cannot be stored the pause holds all the same, and is stored as soon as it can be. May block on the disk.
     */
    void pause();

    /** Resumes routing; idempotent. Stored as {@link #pause} is. */
    void unpause();

    /**
     * Drops what waits in the topic itself, not what its channels have (B-7). May block on the disk.
     *
     * @throws NsqdException with {@link Reason#BACKEND}
     */
    void empty();

    /**
     * The longest delay that a publisher may ask for, in nanoseconds: a policy's {@code max-defer-timeout} or, without one, the daemon's.
     * Negative where only the daemon's options say.
     */
    default long maxDeferNanos() {
        return -1;
    }

    /**
     * Makes a channel that begins in the past: it gets what the topic has retained of the messages that were published from a time on,
     * and then what comes, without a gap between them and nothing twice. May block on the disk.
     *
     * @param from how old messages may be; {@link Instant#MIN} for as old as there are
     * @throws NsqdException as {@link #channel(String)}, with {@link Reason#NOT_RETAINED} where the topic retains nothing, or with {@link
     *     Reason#CHANNEL_EXISTS}
     */
    default Channel channel(String name, Instant from) {
        throw new NsqdException(Reason.NOT_RETAINED, "topic " + name() + " retains nothing");
    }

    /**
     * Fills a channel again with what the topic has retained of the messages that were published from a time on, once each, behind what
     * waits; what the channel has not finished is not put into it a second time. Goes on after this returns, as fast as the channel is
     * consumed, also over a restart; takes the place of a rewind that is under way. May block on the disk.
     *
     * @param from how old messages may be; {@link Instant#MIN} for as old as there are
     * @throws NsqdException with {@link Reason#CHANNEL_NOT_FOUND}, {@link Reason#EXITING}, or {@link Reason#NOT_RETAINED}
     */
    default void rewind(String channelName, Instant from) {
        throw new NsqdException(Reason.NOT_RETAINED, "topic " + name() + " retains nothing");
    }

    /** Whether the name bears {@value Names#EPHEMERAL}. */
    default boolean isEphemeral() {
        return Names.isEphemeral(name());
    }
}
