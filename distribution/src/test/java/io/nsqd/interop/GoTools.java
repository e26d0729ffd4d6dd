package io.nsqd.interop;

import io.nsqd.launcher.Daemon;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The real NSQ programs and our Go client, built from the sources that {@code src/test/go/go.mod} pins.
 *
 * <p>They are kept in {@code target/interop/bin}; what is up to date there is not built again.
 */
public final class GoTools {
    private static final Path SOURCE = Path.of("src/test/go").toAbsolutePath();
    private static final List<String> PROGRAMS = List.of(
            "nsqd",
            "nsqlookupd",
            "nsqadmin",
            "nsq_stat",
            "nsq_tail",
            "nsq_to_file",
            "nsq_to_http",
            "nsq_to_nsq",
            "to_nsq");
    private static final String CLIENT = "github.com/nsqio/go-nsq";

    private static final Path OLD_SOURCE = Path.of("src/test/go-1.2.0").toAbsolutePath();

    private static boolean built;
    private static boolean builtOld;

    private GoTools() {}

    /** A distribution as {@link Daemon.Setup#home} wants it, but with Go's nsqd. */
    static Path home() throws IOException, InterruptedException {
        Path home = Daemon.home().resolveSibling("interop");
        build(home.resolve("bin"));
        return home;
    }

    /** A daemon of Go that serves the data in a directory. */
    public static Daemon.Setup nsqd(Path dataPath) throws IOException, InterruptedException {
        return Daemon.of(dataPath).home(home());
    }

    /** A daemon of Go of the oldest version whose directories and clients are ours, too, that serves the data in a directory. */
    static Daemon.Setup oldNsqd(Path dataPath) throws IOException, InterruptedException {
        Path home = Daemon.home().resolveSibling("interop").resolve("1.2.0");
        buildOld(home.resolve("bin"));
        return Daemon.of(dataPath).home(home);
    }

    private static synchronized void buildOld(Path bin) throws IOException, InterruptedException {
        if (!builtOld) {
            Files.createDirectories(bin);
            run(
                    OLD_SOURCE,
                    List.of("go", "build", "-buildvcs=false", "-o", bin + "/", "github.com/nsqio/nsq/apps/nsqd"));
            builtOld = true;
        }
    }

    static Path program(String name) throws IOException, InterruptedException {
        return home().resolve("bin").resolve(name);
    }

    /** go-nsq's own tests, compiled; they are to be run in {@link #clientSource}. */
    static Path clientTests() throws IOException, InterruptedException {
        Path tests = program("go-nsq.test");
        run(List.of("go", "test", "-c", "-o", tests.toString(), CLIENT));
        return tests;
    }

    /** The program that says what Go makes of JSON. */
    static Path jsonVerdicts() throws IOException, InterruptedException {
        return program("json");
    }

    /** The program that makes certificates of all sorts, and tells what a daemon makes of them. */
    static Path certificates() throws IOException, InterruptedException {
        return program("certificates");
    }

    /** Where go-nsq's sources are. */
    static Path clientSource() throws IOException, InterruptedException {
        return Path.of(
                run(List.of("go", "list", "-m", "-f", "{{.Dir}}", CLIENT)).strip());
    }

    private static synchronized void build(Path bin) throws IOException, InterruptedException {
        if (built) {
            return;
        }
        Files.createDirectories(bin);
        // The sources lie in a checkout whose state is nobody's business here.
        List<String> command = new ArrayList<>(
                List.of("go", "build", "-buildvcs=false", "-o", bin + "/", "./client", "./json", "./certificates"));
        PROGRAMS.forEach(name -> command.add("github.com/nsqio/nsq/apps/" + name));
        run(command);
        built = true;
    }

    private static String run(List<String> command) throws IOException, InterruptedException {
        return run(SOURCE, command);
    }

    /** Runs Go where a module of ours is; returns what it says. */
    private static String run(Path module, List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(module.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + " failed:\n" + output);
        }
        return output;
    }
}
