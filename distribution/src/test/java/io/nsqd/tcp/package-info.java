/**
 * The V2 protocol, spoken byte by byte to the daemon that was just built. With {@code -Dnsqd.home} naming the parent of
 * another daemon's {@code bin/nsqd} the same tests describe that one.
 */
package io.nsqd.tcp;
