/**
 * Checks a data path and salvages what is intact, without a daemon: the mode {@code --check-data-path} of {@code bin/nsqd}
 * (S).
 *
 * <p>{@link io.nsqd.core.fsck.Fsck} is the way in, a {@link java.util.spi.ToolProvider}, so that whoever starts it needs none
 * of these classes. {@code DataPathCheck} reads and reports, {@code Repair} changes. The formats are those of
 * {@link io.nsqd.core.disk}; what a record is, where there may be none, is known to {@code RecordScan} alone.
 */
package io.nsqd.core.fsck;
