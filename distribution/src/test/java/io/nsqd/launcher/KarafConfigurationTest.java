package io.nsqd.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Option;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What Karaf's users find in etc/io.nsqd.cfg. */
final class KarafConfigurationTest {
    private static final Pattern LINE = Pattern.compile("(?m)^(#?)([a-z0-9_]+) =(?: (.*))?$");

    private static final List<MatchResult> LINES =
            LINE.matcher(KarafConfiguration.text()).results().toList();

    @Test
    void everyKeyIsThereOnceInTheOrderOfTheTable() {
        List<String> keys = Arrays.stream(Option.values())
                .map(Option::configKey)
                .flatMap(Optional::stream)
                .toList();
        assertEquals(keys, LINES.stream().map(line -> line.group(2)).toList());
    }

    @Test
    void whatIsCommentedOutIsTheDefault() {
        List<String> examples = new ArrayList<>();
        for (MatchResult line : LINES) {
            Option option = Option.byConfigKey(line.group(2)).orElseThrow();
            String value = line.group(3) == null ? "" : line.group(3);
            if (!line.group(1).isEmpty()) {
                boolean list = option.defaultValue() instanceof List;
                if (list ? !value.isEmpty() : !option.parse(value).equals(option.defaultValue())) {
                    examples.add(option.flag());
                }
            }
        }
        assertEquals(List.of("node-id", "broadcast-address"), examples);
    }

    @Test
    void itServesThisMachineOnly() {
        Map<String, String> set = new TreeMap<>();
        LINES.stream().filter(line -> line.group(1).isEmpty()).forEach(line -> set.put(line.group(2), line.group(3)));
        assertEquals(
                new TreeMap<>(Map.of(
                        "data_path", "${karaf.data}/nsqd",
                        "tcp_address", "127.0.0.1:4150",
                        "http_address", "127.0.0.1:4151",
                        "https_address", "127.0.0.1:4152")),
                set);
    }

    @Test
    void everyKeyIsExplained() {
        for (Option option : Option.values()) {
            if (option.configKey().isPresent()) {
                assertTrue(KarafConfiguration.text().contains("\n# " + option.help() + "\n"), option.flag());
            }
        }
    }
}
