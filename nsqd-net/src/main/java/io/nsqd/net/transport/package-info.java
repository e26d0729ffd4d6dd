/**
 * A kit for transports: what each of them needs and would build again. A transport that stands on it is updated without its clients
 * noticing, see {@link io.nsqd.net.transport.ConnectionServer}.
 */
@Export
@Version("1.1.0")
package io.nsqd.net.transport;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
