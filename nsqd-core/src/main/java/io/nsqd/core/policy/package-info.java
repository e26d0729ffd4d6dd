/**
 * Policies: the rules, which of them count for which topic and channel, and where they are kept. What they do to messages is the
 * business of the topics and channels themselves.
 */
package io.nsqd.core.policy;
