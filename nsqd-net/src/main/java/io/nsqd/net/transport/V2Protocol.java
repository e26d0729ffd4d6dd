package io.nsqd.net.transport;

import org.osgi.annotation.versioning.ProviderType;

/**
 * The V2 protocol of NSQ, for connections whose bytes come within something else, such as the frames of a WebSocket: what unwraps them
 * stands in the pipeline before it is {@linkplain #open opened}, and stays when the connection is parked. An OSGi service of the bundle
 * that serves TCP; where that leaves, these connections end. Such a connection is encrypted where there is TLS in its pipeline, and
 * cannot be upgraded to it.
 */
@ProviderType
public interface V2Protocol extends TransportProtocol {}
