package io.nsqd.core.config;

import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import io.nsqd.api.Option.Change;
import io.nsqd.api.Options;
import io.nsqd.api.Reason;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Dictionary;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a configuration says of the options. Its keys are those of the config file; the names of flags do as well. Values may
 * be text, as File Install gives it, or of the type that the option has; lists are arrays, collections, or text with commas.
 *
 * @param options what was given by framework properties, which come first as flags do (O-11), and else by the configuration
 * @param unknown keys that belong to no option
 */
record ConfiguredOptions(Options options, Set<String> unknown) {
    private static final long MILLI_NANOS = 1_000_000;

    /**
     * Reads a configuration.
     *
     * @param properties the options given by framework properties
     * @throws NsqdException with {@link Reason#BAD_OPTION}, naming the key, or, for what is out of its range, the flag
     */
    static ConfiguredOptions of(Options properties, Dictionary<String, ?> configuration) {
        Map<Option, Object> given = new EnumMap<>(Option.class);
        Set<String> unknown = new TreeSet<>();
        for (String key : Collections.list(configuration.keys())) {
            Optional<Option> option = Option.byConfigKey(key).or(() -> Option.byFlag(key));
            if (option.isEmpty()) {
                // Names with dots are the container's: service.pid, felix.fileinstall.filename.
                if (key.indexOf('.') < 0) {
                    unknown.add(key);
                }
            } else if (option.get().change() != Change.LAUNCHER) {
                given.put(option.get(), value(key, option.get(), configuration.get(key)));
            }
        }
        for (Option option : properties.given()) {
            given.put(option, properties.value(option));
        }
        Options options = Options.defaults().with(given);
        options.check();
        return new ConfiguredOptions(options, unknown);
    }

    private static Object value(String key, Option option, Object value) {
        try {
            return switch (option.kind()) {
                case STRING_LIST -> List.copyOf(elements(value));
                case FLOAT_LIST -> option.parse(String.join("\n", elements(value)));
                // As in the config file, a bare number counts milliseconds (O-14).
                case DURATION -> value instanceof Number number ? nanos(number.longValue()) : option.parse(text(value));
                default -> option.parse(text(value));
            };
        } catch (NsqdException e) {
            throw new NsqdException(
                    Reason.BAD_OPTION, "invalid value \"" + shown(value) + "\" for " + key + ": " + e.getMessage(), e);
        }
    }

    private static long nanos(long millis) {
        try {
            return Math.multiplyExact(millis, MILLI_NANOS);
        } catch (ArithmeticException e) {
            throw new NsqdException(Reason.BAD_OPTION, "value out of range", e);
        }
    }

    private static String text(Object value) {
        if (value instanceof String || value instanceof Number || value instanceof Boolean) {
            return value.toString().strip();
        }
        throw new NsqdException(Reason.BAD_OPTION, "parse error");
    }

    private static List<String> elements(Object value) {
        List<String> elements = new ArrayList<>();
        if (value instanceof Collection<?> collection) {
            collection.forEach(element -> elements.add(text(element)));
        } else if (value.getClass().isArray()) {
            for (int i = 0; i < Array.getLength(value); i++) {
                elements.add(text(Array.get(value, i)));
            }
        } else if (!text(value).isEmpty()) {
            for (String element : text(value).split(",", -1)) {
                elements.add(element.strip());
            }
        }
        return elements;
    }

    private static String shown(Object value) {
        return value instanceof Collection<?> || value.getClass().isArray()
                ? String.join(",", elements(value))
                : value.toString();
    }

    /** The options that differ from others and may change at run time, with their new values. */
    Map<Option, Object> changes(Options from) {
        return difference(from, true);
    }

    /** The options that differ from others and cannot change before the next start. */
    Set<Option> postponed(Options from) {
        return difference(from, false).keySet();
    }

    private Map<Option, Object> difference(Options from, boolean atRunTime) {
        Map<Option, Object> different = new EnumMap<>(Option.class);
        for (Option option : Option.values()) {
            boolean live = option.change() == Change.RUNTIME || option.change() == Change.CONFIGURATION;
            boolean eligible = live == atRunTime;
            if (eligible && !options.value(option).equals(from.value(option))) {
                different.put(option, options.value(option));
            }
        }
        return different;
    }
}
