/**
 * {@code bin/nsqd-bench}: how fast an nsqd is, ours or another, and how two compare.
 *
 * <p>{@link io.nsqd.bench.Main} reads the flags ({@code Settings}); {@code Schedule} lets warm-up and rounds of each workload take turns
 * between the servers; {@code Rounds} plays one, with a {@code Crew} of threads, each on a {@code Connection} of its own;
 * {@code Report} shows what came of it. It needs nothing of the daemon: it is a client like any other.
 */
package io.nsqd.bench;
