/**
 * What topics keep of messages that have been handed to their channels, so that they can be handed out once more.
 *
 * <p>A {@code RetainedLog} is a topic's: files of its own, which messages are appended to as they are routed. {@code Retention} keeps the
 * logs of a daemon small, and has the thread on which a {@code Rewind} reads one of them into a channel. The storage, the journal and Go's
 * files know nothing of it.
 */
package io.nsqd.core.retention;
