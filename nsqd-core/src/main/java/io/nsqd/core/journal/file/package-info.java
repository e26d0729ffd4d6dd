/**
 * The default journal store, {@code file}: an ordered log of frames in preallocated, mapped files of the data path.
 *
 * <p>{@link io.nsqd.core.journal.file.FileJournalStore} opens it. Appending is memory copies alone; all waiting for the disk is the
 * business of two threads: {@code nsqd-journal-sync} forces what was written, {@code nsqd-journal} makes and deletes segments.
 */
package io.nsqd.core.journal.file;
