package io.nsqd.shell;

import java.util.Arrays;
import java.util.List;
import org.apache.felix.service.command.CommandSession;

/** {@code nsqd:log-level}. */
final class LogLevelCommand {
    private final Commands commands;

    LogLevelCommand(Commands commands) {
        this.commands = commands;
    }

    /** Gogo calls it for a command whose name is not that of a method, with that name as the first argument. */
    public String _main(CommandSession session, String... arguments) {
        List<String> given = Arrays.asList(arguments);
        return commands.run(
                Verb.LOG_LEVEL, given.subList(1, given.size()), System.out, GogoCommands.selection(session));
    }
}
