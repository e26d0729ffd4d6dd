/**
 * Where the bundles' log lines go: to SLF4J where there is one that writes somewhere, else to {@link java.lang.System.Logger}, which is
 * {@code java.util.logging} unless the program says otherwise. So a bundle needs no library to be resolved, and is nowhere silent; see
 * docs/decisions/logging-by-what-is-there.md.
 *
 * <p>{@link io.nsqd.log.LoggerFactory} is where to begin.
 */
@Export
@Version("1.0.0")
package io.nsqd.log;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
