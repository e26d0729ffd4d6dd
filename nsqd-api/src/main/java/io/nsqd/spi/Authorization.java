package io.nsqd.spi;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Who a client is and what it may do, for some time. Immutable. */
public final class Authorization {
    /** Patterns that fit everything. */
    private static final Pattern EVERYTHING =
            Pattern.compile("(?:\\^|\\\\A)?(?:\\(?\\.[*+]\\??\\)?)?(?:\\$|\\\\z|\\\\Z)?");

    private final String identity;
    private final String identityUrl;
    private final List<Entry> entries;
    private final long madeNanos = System.nanoTime();
    private final long lifeNanos;

    /** What an entry permits. */
    public enum Permission {
        /** SUB. */
        SUBSCRIBE,
        /** PUB, MPUB, DPUB. */
        PUBLISH
    }

    /**
     * Topics and channels, and what may be done with them. The patterns are searched for, not matched as a whole (P-76):
     * {@code log} fits {@code catalog} too. For a publish the channel is the empty string, so an entry without a channel
     * pattern that finds something in it permits none.
     *
     * @param topic fits the topic's name
     * @param channels at least one must fit the channel's name
     * @param permissions what is permitted
     */
    public record Entry(Pattern topic, List<Pattern> channels, Set<Permission> permissions) {
        /** Copies the collections. */
        public Entry {
            channels = List.copyOf(channels);
            permissions = Set.copyOf(permissions);
        }

        private boolean allows(Permission permission, String topicName, String channelName) {
            return permissions.contains(permission)
                    && BoundedText.contains(topic, topicName)
                    && channels.stream().anyMatch(channel -> BoundedText.contains(channel, channelName));
        }
    }

    /**
     * An authorization that is good from now on.
     *
     * @param identity the client's name, may be empty
     * @param identityUrl a page about it, may be empty
     * @param entries what it may do; without any it is nobody
     * @param timeToLive after this the authenticator is asked again (P-77)
     */
    public Authorization(String identity, String identityUrl, List<Entry> entries, Duration timeToLive) {
        this.identity = identity;
        this.identityUrl = identityUrl;
        this.entries = List.copyOf(entries);
        lifeNanos = saturatedNanos(timeToLive);
    }

    private static long saturatedNanos(Duration duration) {
        try {
            return duration.toNanos();
        } catch (ArithmeticException e) {
            return Long.MAX_VALUE;
        }
    }

    /** The client's name, may be empty. */
    public String identity() {
        return identity;
    }

    /** A page about the client, may be empty. */
    public String identityUrl() {
        return identityUrl;
    }

    /** What it may do; their number is told to the client (P-71). */
    public List<Entry> entries() {
        return entries;
    }

    /**
     * Whether any one entry permits this (P-76); the time is not looked at.
     *
     * @param permission what is to be done
     * @param topic the topic's name
     * @param channel the channel's name, empty for a publish
     */
    public boolean allows(Permission permission, String topic, String channel) {
        return entries.stream().anyMatch(entry -> entry.allows(permission, topic, channel));
    }

    /**
     * Whether the client may administer the daemon as a whole: an entry lets it publish to topics of every name. That a pattern
     * fits all names cannot be tried out, as one that leaves out a single name fits nearly all: it has to say so, by being
     * {@code .*} or {@code .+}, in brackets or anchored if you like, or empty.
     */
    public boolean administers() {
        return entries.stream()
                .anyMatch(entry -> entry.permissions().contains(Permission.PUBLISH)
                        && EVERYTHING.matcher(entry.topic().pattern()).matches()
                        && entry.channels().stream().anyMatch(channel -> BoundedText.contains(channel, "")));
    }

    /**
     * Whether the authenticator is to be asked again.
     *
     * @param nanoTime the time by {@link System#nanoTime}
     */
    public boolean isExpired(long nanoTime) {
        return nanoTime - madeNanos >= lifeNanos;
    }
}
