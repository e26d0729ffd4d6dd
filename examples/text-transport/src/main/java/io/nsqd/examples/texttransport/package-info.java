/** A plug-in for nsqd: publish and consume with lines of text. */
package io.nsqd.examples.texttransport;
