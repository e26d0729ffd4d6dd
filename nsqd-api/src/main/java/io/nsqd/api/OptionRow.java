package io.nsqd.api;

import io.nsqd.api.Option.Change;
import io.nsqd.api.Option.Kind;
import java.util.List;

/** What the table of options says of one of them, while its row is being written. Becomes immutable as part of {@link Option}. */
final class OptionRow {
    /** Stands for the node id that is made of the host's name. */
    static final String NODE_ID_DEFAULT = "@node-id";

    /** Stands for the host's name. */
    static final String HOSTNAME_DEFAULT = "@hostname";

    /** With it a record in a file has a length that fits in the 31 bits that there are for it (S-9). */
    static final long LARGEST_MESSAGE = Integer.MAX_VALUE - 26;

    /** The longest delay of a message, in nanoseconds. */
    static final long TEN_YEARS = 315_360_000_000_000_000L;

    final String flag;
    final Kind kind;
    final String defaultText;
    String configKey;
    Change change = Change.FIXED;
    boolean ours;
    OptionRange range;
    List<String> choices = List.of();
    String unit = "";
    String meaning = "";
    String help = "";

    private OptionRow(String flag, Kind kind, String defaultText) {
        this.flag = flag;
        this.kind = kind;
        this.defaultText = defaultText;
        configKey = flag.replace('-', '_');
    }

    static OptionRow row(String flag, Kind kind, String defaultText) {
        return new OptionRow(flag, kind, defaultText);
    }

    static OptionRow string(String flag, String defaultText) {
        return row(flag, Kind.STRING, defaultText);
    }

    static OptionRow bool(String flag, boolean byDefault) {
        return row(flag, Kind.BOOL, Boolean.toString(byDefault));
    }

    static OptionRow integer(String flag, long byDefault) {
        return row(flag, Kind.INT, Long.toString(byDefault));
    }

    static OptionRow duration(String flag, String defaultText) {
        return row(flag, Kind.DURATION, defaultText);
    }

    static OptionRow strings(String flag) {
        return row(flag, Kind.STRING_LIST, "");
    }

    static OptionRow floats(String flag) {
        return row(flag, Kind.FLOAT_LIST, "");
    }

    /** The key in the config file, where it is not the flag with underscores. */
    OptionRow key(String key) {
        configKey = key;
        return this;
    }

    /** No config file has it. */
    OptionRow commandLineOnly() {
        change = Change.LAUNCHER;
        return key("");
    }

    /** May change while the daemon runs. */
    OptionRow changeable() {
        change = Change.RUNTIME;
        return this;
    }

    /** May change while the daemon runs, by its configuration alone. */
    OptionRow configurable() {
        change = Change.CONFIGURATION;
        return this;
    }

    /** Accepted and ignored. */
    OptionRow deprecated() {
        change = Change.DEPRECATED;
        return key("");
    }

    /** The Go daemon does not know it. */
    OptionRow ours() {
        ours = true;
        return this;
    }

    /** What an integer counts. */
    OptionRow in(String what) {
        unit = what;
        return this;
    }

    /** The values of an integer or a duration. */
    OptionRow range(OptionRange values) {
        range = values;
        return this;
    }

    /** The only words that a text may be. */
    OptionRow oneOf(String... words) {
        choices = List.of(words);
        return this;
    }

    /** What the help text does not say: of values at the edge, or of when the range counts. */
    OptionRow meaning(String text) {
        meaning = text;
        return this;
    }

    OptionRow help(String text) {
        help = text;
        return this;
    }
}
