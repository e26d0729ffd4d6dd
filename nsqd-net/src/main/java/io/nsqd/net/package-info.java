/**
 * The ground that Netty transports stand on. It is permanent: event loops and listening sockets outlive the transports
 * that use them, so that a transport can be updated without refusing a connection or pinning its old class loader.
 */
@Export
@Version("1.0.0")
package io.nsqd.net;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
