package io.nsqd.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nsqd.launcher.Daemon;
import java.io.IOException;
import java.util.Collection;
import java.util.List;

/** What a client does until the daemon is killed. */
@FunctionalInterface
interface Work {
    void run() throws IOException;

    /**
     * A thread that does it, and ends with the connection.
     *
     * @param failures takes what is not the end of a connection
     */
    static Thread start(Collection<Throwable> failures, Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (IOException e) {
                // Killed.
                return;
            } catch (RuntimeException | Error e) {
                failures.add(e);
            }
        });
        thread.start();
        return thread;
    }

    /** Nothing in the log says that something went wrong. */
    static void assertNothingOdd(Daemon daemon) {
        assertEquals(List.of(), odd(daemon));
    }

    /**
     * The same, but that a kill may have cut short a write to a disk queue: where a page ends (S-18). Where there is
     * less than the head of a record, the one before it is in doubt first, and is found to be intact. Of a message that was promised
     * the journal knows.
     */
    static void assertNothingOddButTornWrites(Daemon daemon) {
        assertEquals(
                List.of(),
                odd(daemon).stream()
                        .filter(
                                line -> !line.matches(
                                        ".* DISKQUEUE\\(.*\\): reading at .* - (torn record|record of length \\d+ is followed by none) at .*"))
                        .toList());
    }

    private static List<String> odd(Daemon daemon) {
        return daemon.log().stream()
                .filter(line -> line.contains("Exception") || line.contains("ERROR") || line.contains("lost"))
                .toList();
    }
}
