/** Snapshots of the daemon's figures: immutable records, as {@code /stats} and the exporters show them. */
@Export
@Version("1.0.0")
package io.nsqd.stats;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
