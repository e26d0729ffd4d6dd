package io.nsqd.shell;

import java.util.List;
import java.util.Optional;

/** The table of commands: their names, what they take, and what their help says. */
enum Verb {
    STATS("stats", "[<topic> [<channel>]]", 0, 2, Verb.STATS_HELP),
    TOPICS("topics", "[<beginning>]", 0, 1, Verb.TOPICS_HELP),
    CHANNELS("channels", "<topic> [<beginning>]", 1, 2, Verb.CHANNELS_HELP),
    CREATE("create", "<topic> [<channel>]", 1, 2, Verb.CREATE_HELP),
    PAUSE("pause", "<topic> [<channel>]", 1, 2, Verb.PAUSE_HELP),
    UNPAUSE("unpause", "<topic> [<channel>]", 1, 2, Verb.UNPAUSE_HELP),
    EMPTY("empty", "<topic> [<channel>]", 1, 2, Verb.EMPTY_HELP),
    DELETE("delete", "<topic> [<channel>]", 1, 2, Verb.DELETE_HELP),
    PUBLISH("publish", "<topic> <word>...", 2, Integer.MAX_VALUE, Verb.PUBLISH_HELP),
    TAIL("tail", "<topic> [<count> [<seconds>]]", 1, 3, Verb.TAIL_HELP),
    PEEK("peek", "<topic> <channel> [<state> [<count>]]", 2, 4, Verb.PEEK_HELP),
    REWIND("rewind", "<topic> <channel> <time>", 3, 3, Verb.REWIND_HELP),
    POLICY("policy", "[<topic> [<channel>] [<key>=<value>...]]", 0, Integer.MAX_VALUE, Verb.POLICY_HELP),
    TRANSPORTS("transports", "", 0, 0, Verb.TRANSPORTS_HELP),
    TROUBLE("trouble", "", 0, 0, Verb.TROUBLE_HELP),
    PLUGINS("plugins", "", 0, 0, Verb.PLUGINS_HELP),
    CONFIG("config", "[<option> [<value>]]", 0, 2, Verb.CONFIG_HELP),
    LOG_LEVEL("log-level", "[<level>]", 0, 1, Verb.LOG_LEVEL_HELP),
    USE("use", "[<daemon>]", 0, 1, Verb.USE_HELP);

    /** The scope of all of them. */
    static final String SCOPE = "nsqd";

    // Constants, because annotations need them.
    static final String STATS_HELP = "shows the figures of the daemon, of a topic or of a channel";
    static final String TOPICS_HELP = "lists the topics";
    static final String CHANNELS_HELP = "lists the channels of a topic";
    static final String CREATE_HELP = "makes a topic, or a channel and its topic";
    static final String PAUSE_HELP = "stops a topic's routing to its channels, or a channel's deliveries";
    static final String UNPAUSE_HELP = "resumes what was paused";
    static final String EMPTY_HELP = "drops what waits in a topic itself, or all messages of a channel";
    static final String DELETE_HELP = "deletes a topic or a channel with its messages and disconnects its consumers";
    static final String PUBLISH_HELP =
            "publishes one message, its words joined by blanks; quote what the shell might read";
    static final String TAIL_HELP =
            "shows new messages of a topic, 10 unless told otherwise, until none comes for 60 seconds";
    static final String PEEK_HELP =
            "shows messages of a channel without delivering them: those that are waiting, inflight or deferred";
    static final String REWIND_HELP =
            "fills a channel again with what its topic has retained from a time on: 90m ago, 2026-11-30T08:00:00Z, beginning";
    static final String POLICY_HELP =
            "shows the policies, what holds for a topic or a channel, or says a policy; --remove takes it back";
    static final String TRANSPORTS_HELP =
            "shows what is served where, and how many connections were handed over from one transport to the next";
    static final String TROUBLE_HELP = "shows how often what must never happen has happened since the start";
    static final String PLUGINS_HELP = "shows the bundles and plug-ins: which are active, and what the others wait for";
    static final String CONFIG_HELP = "shows the options or one of them, or changes one that may change at run time";
    static final String LOG_LEVEL_HELP = "shows or changes the log level: debug, info, warn, error, fatal";

    static final String USE_HELP = "shows the daemons of this framework, or has the commands be for another one";

    private final String word;
    private final String arguments;
    private final int least;
    private final int most;
    private final String help;

    Verb(String word, String arguments, int least, int most, String help) {
        this.word = word;
        this.arguments = arguments;
        this.least = least;
        this.most = most;
        this.help = help;
    }

    /** The name of the command, without the scope. */
    String word() {
        return word;
    }

    /** One line that says what it does. */
    String help() {
        return help;
    }

    /** How it is called. */
    String usage() {
        return (SCOPE + ":" + word + " " + arguments).stripTrailing();
    }

    /** What it takes at a position, such as {@code <topic>}; empty for nothing that is known. */
    Optional<String> argument(int index) {
        List<String> names = List.of(arguments.replaceAll("[\\[\\].]", "").split(" ", -1));
        // The last may come again and again.
        boolean again = index >= names.size() && arguments.contains("...");
        return again
                ? Optional.of(names.get(names.size() - 1))
                : index < names.size() ? Optional.of(names.get(index)) : Optional.empty();
    }

    /**
     * Checks how many arguments there are.
     *
     * @throws Refused with the usage
     */
    void check(List<String> given) {
        if (given.size() < least || given.size() > most) {
            throw new Refused("usage: " + usage());
        }
    }
}
