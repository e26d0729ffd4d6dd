package io.nsqd.api;

import io.nsqd.policy.Policies;
import io.nsqd.spi.Transport;
import io.nsqd.stats.NsqdStats;
import io.nsqd.stats.StatsFilter;
import io.nsqd.stats.Troubles;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The daemon: the hub that transports, exporters and plug-ins attach to.
 *
 * <p>In a framework it is registered as a service once the metadata are loaded, and unregistered first when the daemon
 * stops: whoever uses it detaches before the call that unregisters it returns.
 */
@ProviderType
public interface Nsqd {
    /** The version that NSQ's tools see; a semantic version. */
    String VERSION = "1.3.0";

    /**
     * The property of services that belong to one daemon, as a transport does: its {@link #name()}. Services without it, such as an
     * authenticator, are for all daemons of the framework. {@link io.nsqd.spi.Services} sets it and minds it.
     */
    String NAME = "nsqd.name";

    /** The name of a daemon that has been given none: mostly there is only this one. */
    String DEFAULT_NAME = "default";

    /** Its name, by which several daemons of one framework are told apart. */
    default String name() {
        return DEFAULT_NAME;
    }

    /**
     * The topic of that name, made if it is not there.
     *
     * @throws NsqdException with {@link Reason#BAD_TOPIC}, {@link Reason#EXITING} or {@link Reason#BACKEND}
     */
    Topic topic(String name);

    /** The topic of that name, if it is there. */
    Optional<Topic> existingTopic(String name);

    /** All topics, sorted by name. */
    List<Topic> topics();

    /**
     * Deletes a topic with its channels and messages; their consumers are disconnected. Blocks until its files are gone.
     *
     * @throws NsqdException with {@link Reason#TOPIC_NOT_FOUND}
     */
    void deleteTopic(String name);

    /** The options in force: an immutable snapshot. */
    Options options();

    /**
     * Changes options that may change while the daemon runs. Listeners are told afterwards.
     *
     * @param changes new values by option
     * @throws NsqdException with {@link Reason#BAD_OPTION} when one may not change; nothing is changed then
     */
    void reconfigure(Map<Option, Object> changes);

    /** The rules that the daemon enforces for all clients; {@link Policies#NONE} where it knows of none. */
    default Policies policies() {
        return Policies.NONE;
    }

    /**
     * Moves messages that wait in a topic, or in one of its channels, to another topic, where they are new messages with the same
     * bodies. None is lost where it cannot be finished: what has not arrived stays where it was. May block.
     *
     * @param from the topic
     * @param channel its channel whose messages are moved; empty for what waits in the topic itself or, where it has one channel only, in that
     * @param to the other topic, made if it is not there
     * @param count how many at the most
     * @return how many were moved
     * @throws NsqdException when they cannot be moved
     */
    default long move(String from, Optional<String> channel, String to, long count) {
        throw new NsqdException(Reason.TOPIC_NOT_FOUND, "topic does not exist");
    }

    /** A snapshot of the figures. */
    NsqdStats stats(StatsFilter filter);

    /**
     * The counters of what must never happen, since the start. Subsystems and plug-ins count theirs there, too. A daemon that
     * has none, such as one made for a test, forgets what is counted.
     */
    default Troubles troubles() {
        return new Troubles();
    }

    /**
     * Whether an {@link io.nsqd.spi.Authenticator} of a plug-in is there, or has been, in an earlier life of the daemon perhaps: then
     * one that is missing is being updated, or broken, and that must not open the door. Where {@code auth-required} was given as
     * false: whether one is there. Cheap.
     */
    default boolean knowsAuthenticator() {
        return false;
    }

    /**
     * Whether clients must authenticate, be there somebody who can be asked about them or not. TCP clients must with
     * {@code auth-required} or {@code auth-http-address}, or if the daemon {@linkplain #knowsAuthenticator knows} an authenticator.
     * HTTP clients, as far as they publish or administer, must with {@code auth-http-api} where the others must; where that was not
     * given, with {@code auth-required} or an authenticator that the daemon knows: with {@code auth-http-address} alone HTTP is as
     * open as in the Go daemon. May change at any time; cheap.
     *
     * @param protocol {@code http} or {@code https}; all others are like {@code tcp}
     */
    default boolean requiresAuthentication(String protocol) {
        Options options = options();
        boolean ours = options.flag(Option.AUTH_REQUIRED) || knowsAuthenticator();
        boolean required = ours || !options.strings(Option.AUTH_HTTP_ADDRESS).isEmpty();
        if (!protocol.startsWith("http")) {
            return required;
        }
        return options.isGiven(Option.AUTH_HTTP_API) ? options.flag(Option.AUTH_HTTP_API) && required : ours;
    }

    /** {@code OK}, or {@code NOK - } and what is wrong with the storage (B-18). */
    String health();

    /** When the daemon started. */
    Instant startTime();

    /** The transports that serve now. */
    List<Transport> transports();

    /**
     * The port on which a protocol is served.
     *
     * @param protocol {@code tcp}, {@code http} or {@code https}
     * @return the real port; -1 when it is a unix socket, 0 when it is not served
     */
    default int port(String protocol) {
        return transports().stream()
                .filter(t -> t.protocol().equals(protocol))
                .mapToInt(Transport::port)
                .findFirst()
                .orElse(0);
    }

    /**
     * The port to announce for a protocol: the option {@code broadcast-tcp-port} or {@code broadcast-http-port}, else the
     * real one, and never negative.
     *
     * @param protocol {@code tcp} or {@code http}
     */
    default int broadcastPort(String protocol) {
        Option option = protocol.equals("tcp") ? Option.BROADCAST_TCP_PORT : Option.BROADCAST_HTTP_PORT;
        long configured = options().integer(option);
        return configured != 0 ? (int) configured : Math.max(0, port(protocol));
    }

    /** Writes the names and pause states of topics and channels now; returns when they are stored (B-31). */
    void persistMetadata();

    /**
     * Reports that the daemon cannot go on: standing alone the process ends with exit code 1, in a foreign container only
     * what belongs to nsqd stops. Returns at once; only the first report counts.
     *
     * @param what one line for the log
     * @param cause what went wrong
     */
    void fatal(String what, Throwable cause);
}
