/**
 * Options from Configuration Admin, for containers without our launcher: its PID {@code io.nsqd} has the keys of the config
 * file. Nothing here is needed where the framework properties say it all, or where there is no Configuration Admin.
 */
package io.nsqd.core.config;
