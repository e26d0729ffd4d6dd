/**
 * The journal: what is acknowledged and not finished, in whatever {@link io.nsqd.spi.JournalStore} keeps it.
 *
 * <p>{@code MessageJournal} writes records and knows what is live where; {@code QueueJournal} is a topic's or channel's view of it;
 * {@code Replay} finds out what was left. No file is known here: that is the store's affair.
 */
package io.nsqd.core.journal;
