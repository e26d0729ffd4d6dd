package io.nsqd.api;

/** Why the broker refused a request. Transports map it to their own error codes. */
public enum Reason {
    /** The topic name does not satisfy clause P-19. */
    BAD_TOPIC,
    /** The channel name does not satisfy clause P-19. */
    BAD_CHANNEL,
    /** The topic, the channel or the daemon is being closed or deleted (B-6). */
    EXITING,
    /** No such topic. */
    TOPIC_NOT_FOUND,
    /** No such channel. */
    CHANNEL_NOT_FOUND,
    /** The channel has as many consumers as {@code max-channel-consumers} allows (P-53). */
    TOO_MANY_CONSUMERS,
    /** The message is not in flight: finished, timed out, emptied or never sent (P-61). */
    NOT_IN_FLIGHT,
    /** The message is in flight, but to another consumer (P-61). */
    NOT_OWNER,
    /** The storage backend could not write or read. */
    BACKEND,
    /** An option is unknown, malformed or out of range. */
    BAD_OPTION,
    /** A policy's bound is reached, and more is refused: {@code max-depth} or {@code max-bytes} with {@code overflow} {@code reject}. */
    FULL,
    /** A policy that cannot be. */
    BAD_POLICY,
    /** No such message where it was looked for. */
    MESSAGE_NOT_FOUND,
    /** A channel is to be made that is there. */
    CHANNEL_EXISTS,
    /** The topic does not retain what a channel is to be filled with again. */
    NOT_RETAINED
}
