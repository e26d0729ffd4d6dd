/** A plug-in for nsqd: topics and channels remembered in a text file. */
package io.nsqd.examples.textmetadata;
