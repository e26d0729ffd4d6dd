/**
 * The broker as its clients see it.
 *
 * <p>{@link io.nsqd.api.Nsqd} is the hub: a transport, an exporter or a plug-in gets it as an OSGi service (or, embedded
 * in a plain program, as an object) and reaches every {@link io.nsqd.api.Topic}, {@link io.nsqd.api.Channel} and
 * {@link io.nsqd.api.Subscription} from there. The types a transport implements itself are few:
 * {@link io.nsqd.api.Consumer} and {@link io.nsqd.api.MessageSink}.
 *
 * <p>No method accepts or returns {@code null}. All methods may be called from any thread unless they say otherwise.
 */
@Export
@Version("1.0.0")
package io.nsqd.api;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
