package io.nsqd.shell;

import io.nsqd.stats.PluginStats;

/** A bundle or plug-in as JMX takes it: a bean, which becomes composite data. */
public final class PluginFigures {
    private final PluginStats stats;

    PluginFigures(PluginStats stats) {
        this.stats = stats;
    }

    /** Its symbolic name. */
    public String getName() {
        return stats.name();
    }

    /** Its version. */
    public String getVersion() {
        return stats.version();
    }

    /** {@code active}, or what else it is. */
    public String getState() {
        return stats.state();
    }

    /** Where it comes from. */
    public String getFile() {
        return stats.file();
    }

    /** Why it is not active, or what went wrong last. */
    public String getReason() {
        return stats.reason();
    }
}
