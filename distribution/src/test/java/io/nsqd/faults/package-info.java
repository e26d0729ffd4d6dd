/**
 * What the daemon makes of trouble: full disks, kills, damaged files. The scripts take any daemon, so that the Go daemon's figures
 * can be had from them as well.
 */
package io.nsqd.faults;
