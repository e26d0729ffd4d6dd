/** Compressed streams that outlive the transport that asked for them: their state cannot be written down, so they stay with the connection. */
@Export
@Version("1.0.0")
package io.nsqd.net.compression;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
