/**
 * Policies: rules that the daemon enforces for every client, by topic and channel. {@link io.nsqd.api.Nsqd#policies()} is where they
 * are said and looked up; {@link io.nsqd.policy.PolicyKey} is the table of what can be ruled.
 */
@Export
@Version("1.0.0")
package io.nsqd.policy;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
