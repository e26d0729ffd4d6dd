package io.nsqd.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.nsqd.api.LogLevel;
import io.nsqd.shell.KarafCommands.KarafCommand;
import io.nsqd.testing.FakeNsqd;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.karaf.shell.api.console.CommandLine;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What Karaf's console completes. */
final class KarafCommandsTest {
    private final FakeNsqd nsqd = new FakeNsqd();
    private final RunningDaemon daemon = new RunningDaemon();
    private final Commands commands = new Commands(daemon);

    @BeforeEach
    void attach() {
        daemon.attach(nsqd);
        nsqd.topic("orders").channel("billing");
        nsqd.topic("orders").channel("audit");
        nsqd.topic("events");
    }

    /** A line with the cursor at its end. */
    private record Line(String getBuffer) implements CommandLine {
        @Override
        public String[] getArguments() {
            return getBuffer.split(" ", -1);
        }

        @Override
        public int getCursorArgumentIndex() {
            return getArguments().length - 1;
        }

        @Override
        public String getCursorArgument() {
            return getArguments()[getCursorArgumentIndex()];
        }

        @Override
        public int getArgumentPosition() {
            return getCursorArgument().length();
        }

        @Override
        public int getBufferPosition() {
            return getBuffer.length();
        }
    }

    private List<String> complete(Verb verb, String line, int position) {
        List<String> candidates = new ArrayList<>();
        KarafCommand command = new KarafCommand(verb, commands);
        assertEquals(position, command.getCompleter(false).complete(null, new Line(line), candidates));
        return candidates;
    }

    @Test
    void namesOfCommandsAreCompleted() {
        assertEquals(List.of("nsqd:pause"), complete(Verb.PAUSE, "nsqd:p", 0));
        assertEquals(List.of("pause"), complete(Verb.PAUSE, "pa", 0));
        assertEquals(List.of(), complete(Verb.PAUSE, "bundle:l", -1));
    }

    @Test
    void topicsAndChannelsAreCompleted() {
        assertEquals(List.of("events", "orders"), complete(Verb.PAUSE, "nsqd:pause ", 11));
        assertEquals(List.of("orders"), complete(Verb.PAUSE, "pause or", 6));
        assertEquals(List.of("billing"), complete(Verb.PAUSE, "pause orders b", 13));
        assertEquals(List.of(), complete(Verb.PAUSE, "pause orders billing ", -1));
        assertEquals(List.of(), complete(Verb.PAUSE, "delete or", -1));
    }

    @Test
    void aCommandDescribesItselfAndRuns() {
        KarafCommand command = new KarafCommand(Verb.LOG_LEVEL, commands);
        assertEquals("nsqd", command.getScope());
        assertEquals("log-level", command.getName());
        assertEquals(Verb.LOG_LEVEL_HELP, command.getDescription());
        assertEquals("the log level is warn" + System.lineSeparator(), print(command, "warn"));
        assertEquals(LogLevel.WARN, nsqd.options().logLevel());
    }

    /** Karaf's {@code help} shows what is printed. */
    @Test
    void helpIsPrinted() {
        assertEquals(
                "usage: nsqd:log-level [<level>]\n" + Verb.LOG_LEVEL_HELP + System.lineSeparator(),
                print(new KarafCommand(Verb.LOG_LEVEL, commands), "--help"));
    }

    private static String print(KarafCommand command, Object... arguments) {
        PrintStream before = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            assertNull(command.execute(null, List.of(arguments)));
        } finally {
            System.setOut(before);
        }
        return printed.toString(StandardCharsets.UTF_8);
    }
}
