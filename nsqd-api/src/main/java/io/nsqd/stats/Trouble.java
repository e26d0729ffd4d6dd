package io.nsqd.stats;

/**
 * What must never happen, or should not: each is counted in {@link Troubles}, and shown by {@code /metrics}, JMX and the shell.
 * On a sound daemon all of them are 0. The names stay; new ones may come.
 */
public enum Trouble {
    /** Messages lost by name. */
    MESSAGES_LOST("messages_lost", Unit.EVENTS, "Acknowledged messages that could not be kept; the log names each."),
    /** Second copies of a message. */
    COPIES_DROPPED(
            "copies_dropped",
            Unit.EVENTS,
            "Copies of a message in flight, which a stop without warning had left, that were dropped."),
    /** Turns of a pump. */
    PUMP_FAILURES(
            "pump_failures", Unit.EVENTS, "Times that a topic could not hand on what waits in it, and tried again."),
    /** Scans for time-outs and delays. */
    SCAN_FAILURES(
            "scan_failures",
            Unit.EVENTS,
            "Times that a channel could not be looked at for what is due, and was again."),
    /** Files with something in them that is no record. */
    DAMAGED_FILES(
            "damaged_files",
            Unit.EVENTS,
            "Data files in which there was something that is no record; each was kept under a name that ends in .bad."),
    /** Files that vanished. */
    LOST_FILES("lost_files", Unit.EVENTS, "Data files that were gone before all of them had been read."),
    /** Calls of fsync. */
    SYNC_FAILURES("sync_failures", Unit.EVENTS, "Times that a data file could not be made durable."),
    /** What those took. */
    SYNC_FAILURE_TIME(
            "sync_failure", Unit.NANOSECONDS, "The time that it took until a data file could not be made durable."),
    /** Metadata. */
    METADATA_FAILURES("metadata_failures", Unit.EVENTS, "Times that the metadata could not be saved."),
    /** The journal. */
    JOURNAL_REFUSALS(
            "journal_refusals",
            Unit.EVENTS,
            "Times that the journal could not take note of a message's end: after a crash it may be delivered again."),
    /** What topics retain. */
    RETENTION_FAILURES(
            "retention_failures",
            Unit.EVENTS,
            "Messages that a topic was to retain and could not, and parts of what it has retained that cannot be read."),
    /** Event loops. */
    LOOP_STALLS("loop_stalls", Unit.EVENTS, "Times that an event loop stood still, and its connections with it."),
    /** What event loops lost by that. */
    LOOP_STALL_TIME("loop_stall", Unit.NANOSECONDS, "The time that event loops stood still."),
    /** The process as a whole. */
    STANDSTILLS(
            "standstills",
            Unit.EVENTS,
            "Times that the whole process stood still, as when the machine pauses or the collector takes long."),
    /** What was lost by that. */
    STANDSTILL_TIME("standstill", Unit.NANOSECONDS, "The time that the whole process stood still."),
    /** Services of plug-ins. */
    PLUGIN_HANGS("plugin_hangs", Unit.EVENTS, "Times that a service of a plug-in was found not to answer."),
    /** Calls of services of plug-ins. */
    PLUGIN_CALLS_DROPPED(
            "plugin_calls_dropped", Unit.EVENTS, "Calls that a plug-in's service missed, as too many waited for it."),
    /** News of messages. */
    MESSAGE_EVENTS_DROPPED(
            "message_events_dropped",
            Unit.EVENTS,
            "Messages of which a plug-in was not told, as it was too slow for what happened to them.");

    /** What a counter counts. */
    public enum Unit {
        /** How often something happened. */
        EVENTS,
        /** How long something took, in nanoseconds. */
        NANOSECONDS
    }

    private final String label;
    private final Unit unit;
    private final String help;

    Trouble(String label, Unit unit, String help) {
        this.label = label;
        this.unit = unit;
        this.help = help;
    }

    /** A stable name of lowercase letters and underscores, without a unit. */
    public String label() {
        return label;
    }

    /** What is counted. */
    public Unit unit() {
        return unit;
    }

    /** One sentence for people. */
    public String help() {
        return help;
    }
}
