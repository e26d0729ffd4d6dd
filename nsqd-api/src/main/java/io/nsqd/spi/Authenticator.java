package io.nsqd.spi;

import java.util.concurrent.CompletableFuture;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Decides who a client is and what it may do (P-70 to P-77). Registered as a service; of several the best-ranked is asked.
 * The default, which asks the servers at {@code auth-http-address} and is there only where that option is set, has the
 * lowest ranking that there is, so any other replaces it.
 *
 * <p>From the first authenticator on clients must say who they are, even after it has left, and after the next start: they are refused
 * then, as an update, or a broken jar, must not open the door. {@code auth-required} set to false forgets it. Where it is set to true, or
 * {@code auth-http-address} is set, clients must from the first.
 */
@ConsumerType
public interface Authenticator {
    /**
     * Asks who a client is: when it sends AUTH, and again when its authorization has expired (P-77). Called on a few threads
     * that each transport has for this: one that blocks holds up other clients that are to be asked about, so it had better
     * return at once and do its work elsewhere.
     *
     * <p>The client waits for the completion, and only it; the future should have a time-out of its own.
     *
     * @param credentials what is known of the client
     * @return what it may do; without entries the client is nobody. A failure means that it could not be found out: the
     *     client is refused, the cause is logged and not shown to it
     */
    CompletableFuture<Authorization> authenticate(Credentials credentials);
}
