package io.nsqd.launcher;

import io.nsqd.api.Option;
import io.nsqd.api.Option.Change;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The configuration that the features bring to Karaf, {@code etc/io.nsqd.cfg}: every key, what it means and its default. The build
 * writes it from the table of options, so that it can't be out of date.
 */
final class KarafConfiguration {
    private static final String HEAD = """
            # The options of nsqd. What is commented out shows the default, or an example where there is none. Durations are written as
            # 60s or 1m30s; without a unit they are milliseconds. Lists are separated by commas.
            #
            # It is served to this machine only, until the three addresses below say otherwise.
            """;

    /** What is not as by default: a container has other directories, and other neighbours. */
    private static final Map<Option, String> SET = new EnumMap<>(Map.of(
            Option.DATA_PATH, "${karaf.data}/nsqd",
            Option.TCP_ADDRESS, "127.0.0.1:4150",
            Option.HTTP_ADDRESS, "127.0.0.1:4151",
            Option.HTTPS_ADDRESS, "127.0.0.1:4152"));

    /** Of what depends on the host, or is a list, an example. */
    private static final Map<Option, String> EXAMPLES = new EnumMap<>(Map.of(
            Option.NODE_ID, "17",
            Option.BROADCAST_ADDRESS, "nsqd-1.example.org"));

    private KarafConfiguration() {}

    /** Writes the file that is the one argument. */
    public static void main(String[] arguments) throws IOException {
        Files.writeString(Path.of(arguments[0]), text());
    }

    static String text() {
        StringBuilder text = new StringBuilder(HEAD);
        for (Option option : Option.values()) {
            option.configKey().ifPresent(key -> append(text, option, key));
        }
        return text.toString();
    }

    private static void append(StringBuilder text, Option option, String key) {
        text.append("\n# ").append(option.help()).append('\n');
        if (!option.limits().isEmpty()) {
            text.append("# ").append(option.limits()).append('\n');
        }
        if (!option.choices().isEmpty()) {
            text.append("# One of: ")
                    .append(String.join(", ", option.choices()))
                    .append('\n');
        }
        if (option.change() == Change.RUNTIME) {
            text.append("# May be changed while it runs.\n");
        }
        String set = SET.get(option);
        if (set != null) {
            text.append("# Elsewhere than in Karaf: ")
                    .append(option.defaultText().isEmpty() ? "the working directory" : option.defaultText())
                    .append('\n');
        }
        String value = set != null ? set : EXAMPLES.getOrDefault(option, shownDefault(option));
        text.append(set == null ? "#" : "")
                .append(key)
                .append(value.isEmpty() ? " =" : " = ")
                .append(value)
                .append('\n');
    }

    private static String shownDefault(Option option) {
        return option.defaultValue() instanceof List ? "" : option.defaultText();
    }
}
