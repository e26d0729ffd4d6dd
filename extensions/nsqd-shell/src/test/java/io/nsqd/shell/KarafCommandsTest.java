package io.nsqd.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.nsqd.api.LogLevel;
import io.nsqd.shell.KarafCommands.KarafCommand;
import io.nsqd.testing.FakeNsqd;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Session;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What Karaf's console completes. */
final class KarafCommandsTest {
    private final FakeNsqd nsqd = new FakeNsqd();
    private final RunningDaemons daemons = new RunningDaemons();
    private final Commands commands = new Commands(daemons, List::of);

    /** What a session has set. */
    private final Map<Object, Object> variables = new HashMap<>();

    @BeforeEach
    void attach() {
        daemons.attach(nsqd);
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

    /** A session that has variables, and no more. */
    private Session session() {
        return (Session) Proxy.newProxyInstance(
                Session.class.getClassLoader(),
                new Class<?>[] {Session.class},
                (proxy, method, given) -> switch (method.getName()) {
                    case "get" -> variables.get(given[0]);
                    case "put" -> variables.put(given[0], given[1]);
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }

    private List<String> complete(Verb verb, String line, int position) {
        List<String> candidates = new ArrayList<>();
        KarafCommand command = new KarafCommand(verb, commands);
        assertEquals(position, command.getCompleter(false).complete(session(), new Line(line), candidates));
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

    private String print(KarafCommand command, Object... arguments) {
        PrintStream before = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            assertNull(command.execute(session(), List.of(arguments)));
        } finally {
            System.setOut(before);
        }
        return printed.toString(StandardCharsets.UTF_8);
    }

    @Test
    void eachSessionChoosesItsDaemon() throws Exception {
        try (AutoCloseable other = daemons.attach(new FakeNsqd().named("other"))) {
            assertNotNull(other);
            assertEquals(List.of("default", "other"), complete(Verb.USE, "nsqd:use ", 9));
            assertEquals(
                    "orders",
                    print(new KarafCommand(Verb.TOPICS, commands), "o").strip());
            print(new KarafCommand(Verb.USE, commands), "other");
            assertEquals(
                    "no topics", print(new KarafCommand(Verb.TOPICS, commands)).strip());
            assertEquals(List.of(), complete(Verb.PAUSE, "nsqd:pause ", -1));
            variables.clear();
            assertEquals(
                    "orders",
                    print(new KarafCommand(Verb.TOPICS, commands), "o").strip());
        }
    }
}
