package io.nsqd.launcher;

import io.nsqd.api.LogLevel;
import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The entry point: options, then the framework (O-20 to O-31). */
public final class Main {
    /** Names the directory that holds {@code bundles/} and {@code plugins/}; {@code bin/nsqd} sets it. */
    static final String HOME_PROPERTY = "nsqd.home";

    private static final String JSON = "json";

    private Main() {}

    /** Runs the daemon until a signal or a fatal error ends the process. */
    public static void main(String[] arguments) {
        WayOut out = WayOut.open();
        Path home = Path.of(System.getProperty(HOME_PROPERTY));
        useLibraries(home);
        HeldSignals.heed(out);
        // What is written and read has no language, whatever the environment's is, and other digits would be errors.
        Locale.setDefault(Locale.ROOT);
        try {
            run(arguments, home, out);
        } catch (StartException e) {
            write(e.getMessage());
            out.go(e.exitCode());
        }
    }

    private static void run(String[] arguments, Path home, WayOut out) throws StartException {
        boolean asks = arguments.length > 0 && arguments[0].equals(PluginsMode.WORD);
        CommandLine line = CommandLine.parse(asks ? Arrays.copyOfRange(arguments, 1, arguments.length) : arguments);
        if (line.wantsHelp()) {
            write(Usage.text().stripTrailing());
            out.go();
        }
        if (line.wantsVersion()) {
            System.out.println("nsqd v" + Nsqd.VERSION + " (built w/java" + System.getProperty("java.version") + ")");
            out.go();
        }
        Map<Option, Object> values = resolve(line);
        if (asks) {
            // One that a signal breaks off has not been answered.
            out.close();
            System.exit(new PluginsMode(values).run());
        }
        Optional<DataPathMode> mode = DataPathMode.of(values);
        if (mode.isPresent()) {
            // One that a signal breaks off has not found that all is well.
            out.close();
            System.exit(mode.get().run(home));
        }
        LogOutput log = LogOutput.STANDARD_ERROR;
        LastResort.install(log);
        setFormat(log, values);
        log.level((LogLevel) values.getOrDefault(Option.LOG_LEVEL, LogLevel.INFO));
        Launcher.run(home, properties(values), log, out);
    }

    /** Tells JNA where its library lies unpacked, by the names that it has for processors; the others are on the library path. */
    private static void useLibraries(Path home) {
        String processor = System.getProperty("os.arch").replace("amd64", "x86-64");
        Path libraries = home.resolve("lib/native/linux-" + processor);
        if (Files.isDirectory(libraries)) {
            System.setProperty("jna.boot.library.path", libraries.toString());
        }
    }

    private static void setFormat(LogOutput log, Map<Option, Object> values) {
        if (JSON.equals(values.get(Option.LOG_FORMAT))) {
            log.json();
        } else {
            log.text((String) values.getOrDefault(Option.LOG_PREFIX, LogFormat.DEFAULT_PREFIX));
        }
    }

    /** What was given: by flag, else in the config file (O-11). */
    private static Map<Option, Object> resolve(CommandLine line) throws StartException {
        Map<Option, Object> values = new EnumMap<>(Option.class);
        if (!line.configPath().isEmpty()) {
            Set<Option> flags = line.given();
            values.putAll(ConfigFile.load(line.configPath()).values(flags));
        }
        values.putAll(line.values());
        return values;
    }

    private static Map<String, String> properties(Map<Option, Object> values) {
        Map<String, String> properties = new TreeMap<>();
        values.forEach((option, value) -> properties.put(option.property(), option.format(value)));
        return properties;
    }

    private static void write(String text) {
        byte[] bytes = (text + "\n").getBytes(StandardCharsets.UTF_8);
        System.err.write(bytes, 0, bytes.length);
        System.err.flush();
    }
}
