package io.nsqd.tcp;

import static org.awaitility.Awaitility.await;

import io.nsqd.api.EmbeddedNsqd;
import io.nsqd.api.LogLevel;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A daemon in the JVM of the tests. Its log is that of all that runs there, from its start on. */
final class EmbeddedDaemon implements TestedDaemon {
    /** Far longer than anything takes, even on a busy machine. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final EmbeddedNsqd nsqd;
    private final int logStart;
    private final int tcpPort;
    private final int httpPort;

    private EmbeddedDaemon(EmbeddedNsqd nsqd, int logStart) {
        this.nsqd = nsqd;
        this.logStart = logStart;
        tcpPort = nsqd.nsqd().port("tcp");
        httpPort = nsqd.nsqd().port("http");
    }

    /** Starts them; found as a service. Of the options for a JVM it takes those that can be had later, {@code -Dname=value}. */
    public static final class Starter implements DaemonStarter {
        @Override
        public TestedDaemon start(Path data, List<String> flags, String java) throws IOException {
            Map<String, String> properties = properties(java);
            Options options = options(data, flags);
            Map<String, String> before = set(properties);
            int logStart = TestLog.begin(options.logLevel());
            try {
                return new EmbeddedDaemon(EmbeddedNsqd.start(options), logStart);
            } finally {
                set(before);
            }
        }

        private static Map<String, String> properties(String java) {
            Map<String, String> properties = new HashMap<>();
            for (String option : java.isEmpty() ? new String[0] : java.split(" ", -1)) {
                int equals = option.indexOf('=');
                if (!option.startsWith("-D") || equals < 0) {
                    throw new IllegalArgumentException("not while the JVM runs: " + option);
                }
                properties.put(option.substring(2, equals), option.substring(equals + 1));
            }
            return properties;
        }

        /** Returns what was there before; {@code null} stands for nothing. */
        private static Map<String, String> set(Map<String, String> properties) {
            Map<String, String> before = new HashMap<>();
            properties.forEach((name, value) -> {
                before.put(name, System.getProperty(name));
                if (value == null) {
                    System.clearProperty(name);
                } else {
                    System.setProperty(name, value);
                }
            });
            return before;
        }

        private static Options options(Path data, List<String> flags) {
            Map<Option, Object> values = new EnumMap<>(Option.class);
            values.put(Option.TCP_ADDRESS, "127.0.0.1:0");
            values.put(Option.HTTP_ADDRESS, "127.0.0.1:0");
            values.put(Option.HTTPS_ADDRESS, "");
            values.put(Option.DATA_PATH, data.toString());
            for (String flag : flags) {
                String[] parts = flag.split("=", 2);
                Option option = Arrays.stream(Option.values())
                        .filter(each -> parts[0].equals("--" + each.flag()))
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException(flag));
                Object value = option.parse(parts.length == 1 ? "true" : parts[1]);
                values.merge(option, value, Starter::latest);
            }
            return Options.defaults().with(values);
        }

        /** The last flag counts; lists grow. */
        private static Object latest(Object before, Object now) {
            if (before instanceof List<?> some && now instanceof List<?> more) {
                List<Object> all = new ArrayList<>(some);
                all.addAll(more);
                return all;
            }
            return now;
        }
    }

    @Override
    public int tcpPort() {
        return tcpPort;
    }

    @Override
    public int httpPort() {
        return httpPort;
    }

    @Override
    public List<String> log() {
        return TestLog.lines(logStart);
    }

    @Override
    public Matcher awaitLog(String expression) {
        Pattern pattern = Pattern.compile(expression);
        return await(expression)
                .atMost(PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> find(pattern), match -> match != null);
    }

    private Matcher find(Pattern pattern) {
        return log().stream()
                .map(pattern::matcher)
                .filter(Matcher::find)
                .findFirst()
                .orElse(null);
    }

    /** The only one of this JVM that can be asked for it. */
    @Override
    @SuppressWarnings("SystemGc")
    public void collectGarbage() {
        System.gc();
    }

    @Override
    public int stop() {
        try {
            nsqd.close();
            return 0;
        } catch (UncheckedIOException e) {
            TestLog.keep(LogLevel.ERROR, "the daemon could not stop cleanly", e);
            return 1;
        } finally {
            TestLog.usual();
        }
    }

    @Override
    public void close() {
        stop();
    }
}
