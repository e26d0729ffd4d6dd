/**
 * The standalone process: flags and config file, the framework, plug-ins, the log, the exit code.
 *
 * <p>{@link io.nsqd.launcher.Main} reads the options ({@code CommandLine}, {@code ConfigFile}) and hands them as strings
 * to {@code Launcher}, which runs the framework with the jars of {@code bundles/} and those dropped into
 * {@code plugins/}. No class is shared with the bundles but those of the JDK and of SLF4J.
 */
package io.nsqd.launcher;
