/** Bundles that come and go while messages flow, in a framework inside the tests' own JVM. */
package io.nsqd.platform;
