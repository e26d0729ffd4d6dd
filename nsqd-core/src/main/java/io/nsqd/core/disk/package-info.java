/**
 * The default storage: disk queues and metadata in the Go daemon's formats (S, B-30), and the lock on the data path.
 *
 * <p>{@link io.nsqd.core.disk.DiskQueueFactory} and {@link io.nsqd.core.disk.FileMetadataService} are registered as
 * services like any plug-in's. {@code DiskSync} owns the only thread that waits for the disk.
 */
package io.nsqd.core.disk;
