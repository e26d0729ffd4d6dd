/** {@code /console/}: a page for the people who run the daemon, and what it asks the daemon for. */
package io.nsqd.console;
