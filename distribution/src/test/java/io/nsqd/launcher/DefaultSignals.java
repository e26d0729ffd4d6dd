package io.nsqd.launcher;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Starts programs with the dispositions of signals that they have when a person starts them. A build under {@code nohup} ignores
 * HUP, one in the background of a script INT and QUIT; programs inherit that, and neither a shell nor a JVM can take it back.
 */
public final class DefaultSignals {
    private static final String OPTION = "--default-signal=HUP,INT,QUIT,TERM";

    private DefaultSignals() {}

    /** Where the tool is that can: coreutils from 8.31 on. Elsewhere programs start as they are. */
    private static final class Tool {
        private static final boolean IS_THERE = isThere();

        private static boolean isThere() {
            try {
                return new ProcessBuilder("env", OPTION, "true")
                                .redirectErrorStream(true)
                                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                                .start()
                                .waitFor()
                        == 0;
            } catch (IOException e) {
                return false;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
    }

    /** A command that does the same with the signals as they are by default, in the same process. */
    public static List<String> command(List<String> command) {
        List<String> whole = new ArrayList<>(Tool.IS_THERE ? List.of("env", OPTION) : List.of());
        whole.addAll(command);
        return whole;
    }
}
