/**
 * What is acknowledged, on Apache BookKeeper: a journal, a storage and a metadata service whose every OK is on the disks of several
 * machines, and what has a peer take over what a node leaves.
 */
package io.nsqd.bookkeeper;
