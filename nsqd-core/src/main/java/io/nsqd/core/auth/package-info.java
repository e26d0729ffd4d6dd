/**
 * The default authenticator, which asks HTTP servers (P-73 to P-75).
 *
 * <p>{@link io.nsqd.core.auth.HttpAuthenticator} is registered as a service like any plug-in's, where
 * {@code auth-http-address} is set. {@code AuthJson} reads the answers that a {@link io.nsqd.peer.PeerHttp} gets, and
 * {@code GoPattern} turns Go's regular expressions into Java's.
 */
package io.nsqd.core.auth;
