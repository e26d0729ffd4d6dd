/**
 * Registration with nsqlookupd (L).
 *
 * <p>{@code LookupLoop} is the thread {@code nsqd-lookup}: it serves every configured nsqlookupd, a {@code LookupPeer} each,
 * over one selector, so that a slow one delays no other. A peer is told names, not events: it is said which topics and
 * channels changed and looks up, when it comes to them, whether they exist. {@code LookupConnection} knows bytes and
 * time-outs, {@code LookupChannels} asks over HTTP which channels a new topic has elsewhere.
 */
package io.nsqd.lookup;
