/**
 * Tools for the administrator: commands for the shells of Felix and Karaf, an MXBean, health checks.
 *
 * <p>{@code Verb} is the table of the commands, {@code Administration} what they do, {@code GogoCommands} and
 * {@code KarafCommands} how they get into a shell. None of the shells need be there.
 */
package io.nsqd.shell;
