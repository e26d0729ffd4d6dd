package io.nsqd.launcher;

import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import io.nsqd.api.Option.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/** The options given on the command line, in the syntax of Go's flag package (O-2 to O-10). */
final class CommandLine {
    private final Map<Option, Object> values = new EnumMap<>(Option.class);
    private final Set<Option> given = EnumSet.noneOf(Option.class);
    private final Deque<String> rest;
    private boolean help;

    private CommandLine(Collection<String> arguments) {
        rest = new ArrayDeque<>(arguments);
    }

    /**
     * Reads the arguments up to the first that is no flag.
     *
     * @throws StartException with the texts of O-20 and O-21
     */
    static CommandLine parse(String... arguments) throws StartException {
        CommandLine line = new CommandLine(List.of(arguments));
        while (!line.help && line.startsWithFlag()) {
            line.parseFlag(line.rest.pop());
        }
        return line;
    }

    /** The values by option, of the types that the options' kinds name. */
    Map<Option, Object> values() {
        return Collections.unmodifiableMap(values);
    }

    /** The options that were given; one without a value keeps its default, whatever the config file says (O-11). */
    Set<Option> given() {
        return Collections.unmodifiableSet(given);
    }

    /** Whether the usage text was asked for (O-31). */
    boolean wantsHelp() {
        return help;
    }

    /** Whether the version was asked for (O-30). */
    boolean wantsVersion() {
        return Boolean.TRUE.equals(values.get(Option.VERSION));
    }

    /** The path of the config file; empty for none. */
    String configPath() {
        return (String) values.getOrDefault(Option.CONFIG, "");
    }

    /** O-4: a bare word, a single dash and a double dash end the flags. */
    private boolean startsWithFlag() {
        String next = rest.peek();
        return next != null && next.length() > 1 && next.startsWith("-") && !next.equals("--");
    }

    private void parseFlag(String argument) throws StartException {
        String text = argument.substring(argument.startsWith("--") ? 2 : 1);
        if (text.isEmpty() || text.startsWith("-") || text.startsWith("=")) {
            throw usageError("bad flag syntax: " + argument);
        }
        int equals = text.indexOf('=');
        String name = equals < 0 ? text : text.substring(0, equals);
        String value = equals < 0 ? null : text.substring(equals + 1);
        Option option = Option.byFlag(name).orElse(null);
        if (option != null) {
            set(option, value);
        } else if (name.equals("help") || name.equals("h")) {
            help = true;
        } else {
            throw usageError("flag provided but not defined: -" + name);
        }
    }

    private void set(Option option, String attached) throws StartException {
        given.add(option);
        if (option.kind() == Kind.BOOL || option.kind() == Kind.TLS_REQUIRED) {
            // A boolean never takes the next argument for its value (O-3).
            String text = attached == null ? "true" : attached;
            store(option, text, "invalid boolean value " + GoSyntax.quote(text) + " for -" + option.flag());
            return;
        }
        String text = attached == null ? rest.poll() : attached;
        if (text == null) {
            throw usageError("flag needs an argument: -" + option.flag());
        }
        store(option, text, "invalid value " + GoSyntax.quote(text) + " for flag -" + option.flag());
    }

    private void store(Option option, String text, String complaint) throws StartException {
        try {
            switch (option.kind()) {
                case STRING_LIST -> append(option, List.of(text));
                case FLOAT_LIST -> addPercentiles(option, text);
                case TLS_VERSION -> {
                    // An empty one changes nothing (O-10).
                    if (!text.isEmpty()) {
                        values.put(option, option.parse(text));
                    }
                }
                default -> values.put(option, option.parse(text));
            }
        } catch (NsqdException e) {
            throw usageError(complaint + ": " + e.getMessage());
        }
    }

    @SuppressWarnings("unchecked")
    private <T> List<T> append(Option option, List<T> more) {
        List<T> all = new ArrayList<>((List<T>) values.getOrDefault(option, List.of()));
        all.addAll(more);
        values.put(option, all);
        return all;
    }

    /** O-9: sorted from the highest; O-21: Go's list ends the process by itself, without the usage text. */
    private void addPercentiles(Option option, String text) throws StartException {
        List<Double> more = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            OptionalDouble value = GoSyntax.parseFloat(part);
            if (value.isEmpty()) {
                throw new StartException(StartException.FATAL, LogFormat.standardLine("Could not parse: " + part));
            }
            more.add(value.getAsDouble());
        }
        append(option, more).sort(Comparator.reverseOrder());
    }

    /** A wrong use of flags: the report, then the usage text (O-20). */
    static StartException usageError(String line) {
        return new StartException(
                StartException.USAGE, line + "\n" + Usage.text().stripTrailing());
    }
}
