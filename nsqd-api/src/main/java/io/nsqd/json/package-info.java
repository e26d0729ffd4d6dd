/**
 * JSON read by the rules of Go, of which the Go daemon and its peers are made (B-30, P-31, P-74, L-42): names in whatever case,
 * types as they must be, nothing behind the end. It needs no library, so that whatever stands on the API can use it.
 *
 * <p>{@link io.nsqd.json.JsonObject} is where to begin.
 */
@Export
@Version("1.0.0")
package io.nsqd.json;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
