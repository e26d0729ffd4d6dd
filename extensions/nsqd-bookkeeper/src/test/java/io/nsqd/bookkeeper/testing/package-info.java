/** A cluster for tests. */
package io.nsqd.bookkeeper.testing;
