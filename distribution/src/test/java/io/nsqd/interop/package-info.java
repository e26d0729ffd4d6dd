/**
 * The distribution against the real NSQ programs, which {@link io.nsqd.interop.GoTools} builds with the Go toolchain.
 *
 * <p>These tests bear the tag {@code interop} and run with the Maven profile of that name only.
 */
package io.nsqd.interop;
