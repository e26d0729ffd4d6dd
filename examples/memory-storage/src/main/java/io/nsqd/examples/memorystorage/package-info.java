/** A plug-in for nsqd: messages that wait in memory, up to a bound. */
package io.nsqd.examples.memorystorage;
