/** Activators of bundles that the tests drop into the plug-in directory. */
package io.nsqd.launcher.plugin;
