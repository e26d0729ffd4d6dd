/** The console in a real browser: what a user sees and does, against a daemon that serves. */
package io.nsqd.console;
