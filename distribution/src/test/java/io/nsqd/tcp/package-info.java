/**
 * The V2 protocol, spoken to the process of the distribution where that makes a difference: its memory, its signals, its end, unix
 * sockets, the native libraries. The other tests of the protocol are beside nsqd-tcp.
 */
package io.nsqd.tcp;
