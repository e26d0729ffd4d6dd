package io.nsqd.launcher;

import io.nsqd.api.Option;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.spi.ToolProvider;

/**
 * {@code --check-data-path}: the process checks a data path, and repairs it, instead of being a daemon.
 *
 * <p>The work is done by a {@link ToolProvider} in one of the bundles, the core, which is loaded like any jar, on top of the libraries on the
 * class path: no framework is started. See docs/decisions/tools-without-a-framework.md.
 */
final class DataPathMode {
    private static final String TOOL = "nsqd-fsck";

    /** {@code bin/nsqd} tells by it whether standard error is a terminal, which Java cannot find out. */
    private static final String TERMINAL_PROPERTY = "nsqd.terminal";

    private final List<String> arguments = new ArrayList<>();

    private DataPathMode(Map<Option, Object> values) {
        arguments.add("--data-path=" + values.get(Option.CHECK_DATA_PATH));
        pass(values, Option.FORMAT, "format");
        pass(values, Option.MAX_MSG_SIZE, "max-msg-size");
        pass(values, Option.MAX_BYTES_PER_FILE, "max-bytes-per-file");
        if (Boolean.TRUE.equals(values.get(Option.REPAIR))) {
            arguments.add("--repair");
        }
        if (Boolean.TRUE.equals(values.get(Option.FOLD_JOURNAL))) {
            arguments.add("--fold-journal");
        }
        if (Boolean.getBoolean(TERMINAL_PROPERTY)) {
            arguments.add("--terminal");
        }
    }

    private void pass(Map<Option, Object> values, Option option, String name) {
        Object value = values.get(option);
        if (value != null) {
            arguments.add("--" + name + "=" + value);
        }
    }

    /**
     * The mode, if the options ask for it.
     *
     * @throws StartException when they ask for it in a wrong way
     */
    static Optional<DataPathMode> of(Map<Option, Object> values) throws StartException {
        Object dataPath = values.get(Option.CHECK_DATA_PATH);
        if (dataPath == null) {
            for (Option needy : List.of(Option.REPAIR, Option.FOLD_JOURNAL, Option.FORMAT)) {
                if (values.containsKey(needy)) {
                    throw CommandLine.usageError("flag -" + needy.flag() + " needs -" + Option.CHECK_DATA_PATH.flag());
                }
            }
            return Optional.empty();
        }
        if (dataPath.equals("")) {
            throw CommandLine.usageError("flag -" + Option.CHECK_DATA_PATH.flag() + " needs a directory");
        }
        return Optional.of(new DataPathMode(values));
    }

    /**
     * Does it; the report goes to standard output.
     *
     * @param home the distribution
     * @return the exit code
     * @throws StartException when the distribution has no such tool
     */
    int run(Path home) throws StartException {
        PrintWriter out = writer(System.out);
        PrintWriter err = writer(System.err);
        try (URLClassLoader bundles = new URLClassLoader(urls(home), DataPathMode.class.getClassLoader())) {
            for (ToolProvider tool : ServiceLoader.load(ToolProvider.class, bundles)) {
                if (tool.name().equals(TOOL)) {
                    return tool.run(out, err, arguments.toArray(String[]::new));
                }
            }
        } catch (IOException e) {
            throw failure(home, e.toString());
        } finally {
            out.flush();
            err.flush();
        }
        throw failure(home, "there is no nsqd-core in it");
    }

    private static StartException failure(Path home, String reason) {
        return new StartException(
                StartException.USAGE,
                "nsqd: cannot check a data path with " + home.resolve("bundles") + " - " + reason);
    }

    private static URL[] urls(Path home) throws IOException {
        List<URL> urls = new ArrayList<>();
        for (Path jar : BundleDirectory.list(home.resolve("bundles"))) {
            urls.add(jar.toUri().toURL());
        }
        return urls.toArray(URL[]::new);
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8));
    }
}
