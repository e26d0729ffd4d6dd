/**
 * What plug-ins implement: transports, storage, metadata, authentication, listeners.
 *
 * <p>Every type here is an OSGi service of the same name, registered by the bundle that implements it and found by the
 * core through the whiteboard. {@link io.nsqd.spi.NsqdActivator} is the usual base of a bundle's activator.
 */
@Export
@Version("1.1.0")
package io.nsqd.spi;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
