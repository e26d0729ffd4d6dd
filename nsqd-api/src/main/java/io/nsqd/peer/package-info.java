/**
 * How the daemon asks its peers over HTTP, auth servers and nsqlookupd: as the Go daemon's client does (P-73 to P-75, L-40 to
 * L-42), with answers that are bounded. It needs no library; an authenticator of a plug-in's may use it as well.
 *
 * <p>{@link io.nsqd.peer.PeerHttp} is where to begin.
 */
@Export
@Version("1.0.0")
package io.nsqd.peer;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
