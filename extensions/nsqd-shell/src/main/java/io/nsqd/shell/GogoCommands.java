package io.nsqd.shell;

import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;

/**
 * The commands as Gogo finds them: by the names of methods, with help by annotations.
 *
 * <p>What each shell offers:
 *
 * <ul>
 *   <li>Felix's plain shell (and {@code bin/nsqd --shell}): all commands, {@code help} and {@code help nsqd:stats}. It has no
 *       completion; {@code topics} and {@code channels} list names by their beginning, and a command that meets the beginning
 *       of a name says which there are.
 *   <li>Gogo with JLine: the same, and what {@code complete -c nsqd:pause -a '...'} is told in its profile.
 *   <li>Karaf: see {@link KarafCommands}, which takes the place of this class there.
 * </ul>
 *
 * <p>A name with a dash cannot be that of a method, and Gogo's {@code help} knows methods only: {@link LogLevelCommand} is
 * {@code nsqd:log-level}, and {@code nsqd:loglevel} here is the same under a name that has help.
 */
final class GogoCommands {
    /** The functions to be registered for it. */
    static final String[] FUNCTIONS = {
        "stats",
        "topics",
        "channels",
        "create",
        "pause",
        "unpause",
        "empty",
        "delete",
        "publish",
        "tail",
        "peek",
        "rewind",
        "policy",
        "transports",
        "trouble",
        "plugins",
        "config",
        "loglevel",
        "use"
    };

    private static final String TOPIC_OR_CHANNEL = "<topic> [<channel>]";

    private final Commands commands;

    GogoCommands(Commands commands) {
        this.commands = commands;
    }

    /** Gogo has the standard output lead to the shell or down the pipe, whichever thread it is called on. */
    private String run(CommandSession session, Verb verb, String... arguments) {
        return commands.run(verb, List.of(arguments), System.out, selection(session));
    }

    static Selection selection(CommandSession session) {
        return new Selection(session::get, session::put);
    }

    @Descriptor(Verb.STATS_HELP)
    public String stats(CommandSession session, @Descriptor("[<topic> [<channel>]]") String... arguments) {
        return run(session, Verb.STATS, arguments);
    }

    @Descriptor(Verb.TOPICS_HELP)
    public String topics(CommandSession session, @Descriptor("[<beginning>] of their names") String... arguments) {
        return run(session, Verb.TOPICS, arguments);
    }

    @Descriptor(Verb.CHANNELS_HELP)
    public String channels(
            CommandSession session, @Descriptor("<topic> [<beginning>] of their names") String... arguments) {
        return run(session, Verb.CHANNELS, arguments);
    }

    @Descriptor(Verb.CREATE_HELP)
    public String create(CommandSession session, @Descriptor(TOPIC_OR_CHANNEL) String... arguments) {
        return run(session, Verb.CREATE, arguments);
    }

    @Descriptor(Verb.PAUSE_HELP)
    public String pause(CommandSession session, @Descriptor(TOPIC_OR_CHANNEL) String... arguments) {
        return run(session, Verb.PAUSE, arguments);
    }

    @Descriptor(Verb.UNPAUSE_HELP)
    public String unpause(CommandSession session, @Descriptor(TOPIC_OR_CHANNEL) String... arguments) {
        return run(session, Verb.UNPAUSE, arguments);
    }

    @Descriptor(Verb.EMPTY_HELP)
    public String empty(CommandSession session, @Descriptor(TOPIC_OR_CHANNEL) String... arguments) {
        return run(session, Verb.EMPTY, arguments);
    }

    @Descriptor(Verb.DELETE_HELP)
    public String delete(CommandSession session, @Descriptor(TOPIC_OR_CHANNEL) String... arguments) {
        return run(session, Verb.DELETE, arguments);
    }

    @Descriptor(Verb.PUBLISH_HELP)
    public String publish(CommandSession session, @Descriptor("<topic> <word>...") String... arguments) {
        return run(session, Verb.PUBLISH, arguments);
    }

    @Descriptor(Verb.TAIL_HELP)
    public String tail(CommandSession session, @Descriptor("<topic> [<count> [<seconds>]]") String... arguments) {
        return run(session, Verb.TAIL, arguments);
    }

    @Descriptor(Verb.PEEK_HELP)
    public String peek(
            CommandSession session, @Descriptor("<topic> <channel> [<state> [<count>]]") String... arguments) {
        return run(session, Verb.PEEK, arguments);
    }

    @Descriptor(Verb.REWIND_HELP)
    public String rewind(CommandSession session, @Descriptor("<topic> <channel> <time>") String... arguments) {
        return run(session, Verb.REWIND, arguments);
    }

    @Descriptor(Verb.POLICY_HELP)
    public String policy(
            CommandSession session,
            @Descriptor("[<topic> [<channel>] [<key>=<value>...]], or --remove at the end") String... arguments) {
        return run(session, Verb.POLICY, arguments);
    }

    @Descriptor(Verb.TRANSPORTS_HELP)
    public String transports(CommandSession session, @Descriptor("nothing") String... arguments) {
        return run(session, Verb.TRANSPORTS, arguments);
    }

    @Descriptor(Verb.TROUBLE_HELP)
    public String trouble(CommandSession session, @Descriptor("nothing") String... arguments) {
        return run(session, Verb.TROUBLE, arguments);
    }

    @Descriptor(Verb.PLUGINS_HELP)
    public String plugins(CommandSession session, @Descriptor("nothing") String... arguments) {
        return run(session, Verb.PLUGINS, arguments);
    }

    @Descriptor(Verb.CONFIG_HELP)
    public String config(
            CommandSession session, @Descriptor("[<option> [<value>]], a list with commas") String... arguments) {
        return run(session, Verb.CONFIG, arguments);
    }

    @Descriptor(Verb.LOG_LEVEL_HELP)
    public String loglevel(CommandSession session, @Descriptor("[<level>]") String... arguments) {
        return run(session, Verb.LOG_LEVEL, arguments);
    }

    @Descriptor(Verb.USE_HELP)
    public String use(CommandSession session, @Descriptor("[<daemon>]") String... arguments) {
        return run(session, Verb.USE, arguments);
    }
}
