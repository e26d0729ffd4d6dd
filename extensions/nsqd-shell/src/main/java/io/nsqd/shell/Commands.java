package io.nsqd.shell;

import io.nsqd.api.Channel;
import io.nsqd.api.Errors;
import io.nsqd.api.LogLevel;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.Names;
import io.nsqd.api.Nsqd;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import io.nsqd.api.PointInTime;
import io.nsqd.api.Printable;
import io.nsqd.api.Topic;
import io.nsqd.spi.Transport;
import io.nsqd.stats.HandOverStats;
import io.nsqd.stats.NsqdStats;
import io.nsqd.stats.PluginStats;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Carries out commands, whatever shell they were given to. */
final class Commands {
    private static final String HELP = "--help";
    private static final long PUBLISH_SECONDS = 30;
    private static final int PEEK_COUNT = 10;
    private static final int TAIL_COUNT = 10;
    private static final int TAIL_SECONDS = 60;

    private final RunningDaemons daemons;
    private final Supplier<List<PluginStats>> plugins;

    /** @param plugins what the daemons are made of */
    Commands(RunningDaemons daemons, Supplier<List<PluginStats>> plugins) {
        this.daemons = daemons;
        this.plugins = plugins;
    }

    /**
     * Carries out a command.
     *
     * @param out where to what comes while it runs is printed
     * @param selection the daemon that it is for
     * @return what the shell is to print at the end
     * @throws Refused when it cannot be done
     */
    String run(Verb verb, List<String> given, PrintStream out, Selection selection) {
        if (given.contains(HELP)) {
            return "usage: " + verb.usage() + "\n" + verb.help();
        }
        verb.check(given);
        if (verb == Verb.PLUGINS) {
            // Most wanted when there is no daemon.
            return PluginStats.table(plugins.get()).stripTrailing();
        }
        try {
            return verb == Verb.USE ? use(given, selection) : run(daemons.get(selection.daemon()), verb, given, out);
        } catch (NsqdException e) {
            throw new Refused(Printable.of(Errors.describe(e)));
        }
    }

    private String run(Nsqd nsqd, Verb verb, List<String> given, PrintStream out) {
        Administration administration = new Administration(nsqd);
        String first = given.isEmpty() ? "" : given.get(0);
        String second = given.size() < 2 ? "" : given.get(1);
        boolean one = given.size() == 1;
        return switch (verb) {
            case STATS -> stats(nsqd, administration, given);
            case TOPICS -> topics(nsqd, first);
            case CHANNELS -> channels(administration.topic(first), second);
            case CREATE -> one ? administration.createTopic(first) : administration.createChannel(first, second);
            case PAUSE -> one ? administration.pauseTopic(first) : administration.pauseChannel(first, second);
            case UNPAUSE -> one ? administration.unpauseTopic(first) : administration.unpauseChannel(first, second);
            case EMPTY -> one ? administration.emptyTopic(first) : administration.emptyChannel(first, second);
            case DELETE -> one ? administration.deleteTopic(first) : administration.deleteChannel(first, second);
            case PUBLISH -> publish(nsqd, first, String.join(" ", given.subList(1, given.size())));
            case TAIL -> tail(nsqd, administration.topic(first), given, out);
            case PEEK ->
                PeekCommand.run(
                        administration.channel(administration.topic(first), second),
                        given.size() < 3 ? "waiting" : given.get(2),
                        number(given, 3, PEEK_COUNT));
            case REWIND -> rewind(administration, first, second, given.get(2));
            case POLICY -> PolicyCommand.run(nsqd, given);
            case TRANSPORTS -> transports(nsqd);
            case TROUBLE -> TroubleTable.of(nsqd.troubles());
            case PLUGINS -> throw new IllegalArgumentException(verb + " needs no daemon");
            case CONFIG -> config(nsqd, given);
            case LOG_LEVEL -> logLevel(nsqd, given);
            case USE -> throw new IllegalArgumentException("of the session, not of a daemon");
        };
    }

    /** All daemons, that which is meant with a star; or another one is meant from now on. */
    private String use(List<String> given, Selection selection) {
        if (!given.isEmpty()) {
            Nsqd chosen = daemons.get(Optional.of(given.get(0)));
            selection.choose(chosen.name());
        }
        Optional<String> current = daemons.now(selection.daemon()).map(Nsqd::name);
        return list(
                daemons.all().stream()
                        .map(nsqd -> (current.equals(Optional.of(nsqd.name())) ? "* " : "  ") + StatsTable.line(nsqd)),
                "nsqd is not running");
    }

    private static String stats(Nsqd nsqd, Administration administration, List<String> given) {
        if (given.isEmpty()) {
            NsqdStats all = Administration.stats(nsqd, Optional.empty(), Optional.empty());
            return StatsTable.heading(nsqd) + "\n" + StatsTable.of(all);
        }
        Topic topic = administration.topic(given.get(0));
        Optional<String> channel = given.stream().skip(1).findFirst().map(name -> administration
                .channel(topic, name)
                .name());
        return StatsTable.of(Administration.stats(nsqd, Optional.of(topic.name()), channel));
    }

    private static String topics(Nsqd nsqd, String beginning) {
        return list(
                nsqd.topics().stream()
                        .filter(topic -> topic.name().startsWith(beginning))
                        .map(topic -> topic.name() + (topic.isPaused() ? " (paused)" : "")),
                "no topics");
    }

    private static String channels(Topic topic, String beginning) {
        return list(
                topic.channels().stream()
                        .filter(channel -> channel.name().startsWith(beginning))
                        .map(channel -> channel.name() + (channel.isPaused() ? " (paused)" : "")),
                "no channels");
    }

    private static String list(Stream<String> lines, String none) {
        String text = lines.collect(Collectors.joining("\n"));
        return text.isEmpty() ? none : text;
    }

    private static String transports(Nsqd nsqd) {
        return list(nsqd.transports().stream().map(Commands::transport).sorted(), "nothing is served");
    }

    private static String transport(Transport transport) {
        HandOverStats handOver = transport.handOver();
        String made = transport.implementation().isEmpty() ? "" : " (" + transport.implementation() + ")";
        return transport.protocol() + " " + transport.address() + made + ": connections parked " + handOver.parked()
                + ", adopted " + handOver.adopted() + ", closed at hand-over " + handOver.closed();
    }

    private static String rewind(Administration administration, String topicName, String channelName, String time) {
        Topic topic = administration.topic(topicName);
        Channel channel = administration.channel(topic, channelName);
        try {
            topic.rewind(channel.name(), PointInTime.parse(time, Instant.now()));
        } catch (IllegalArgumentException e) {
            throw new Refused(e.getMessage());
        }
        return channel.name() + " is being filled again; stats shows how far it is";
    }

    private static String publish(Nsqd nsqd, String name, String text) {
        if (!Names.isValid(name)) {
            // With the same words as for the other commands.
            new Administration(nsqd).topic(name);
        }
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        long limit = nsqd.options().integer(Option.MAX_MSG_SIZE);
        if (body.length == 0) {
            throw new Refused("a message must not be empty");
        }
        if (body.length > limit) {
            throw new Refused("the message has " + body.length + " bytes, which is more than max-msg-size " + limit);
        }
        try {
            nsqd.topic(name).publish(MessageBatch.of(body)).get(PUBLISH_SECONDS, TimeUnit.SECONDS);
            return "published " + body.length + (body.length == 1 ? " byte to " : " bytes to ") + name;
        } catch (ExecutionException e) {
            throw new Refused("could not publish: " + Printable.of(Errors.describe(e)));
        } catch (TimeoutException e) {
            throw new Refused("the storage has not answered within " + PUBLISH_SECONDS + " seconds");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Refused("interrupted; the message may have been published");
        }
    }

    /** The first channel of a topic takes what waits in it; one that vanishes would take it to the grave. */
    private String tail(Nsqd nsqd, Topic topic, List<String> given, PrintStream out) {
        int count = number(given, 1, TAIL_COUNT);
        int seconds = number(given, 2, TAIL_SECONDS);
        if (topic.channels().isEmpty()
                && !Administration.stats(nsqd, Optional.of(topic.name()), Optional.empty()).topics().stream()
                        .allMatch(stats -> stats.depth() == 0)) {
            throw new Refused("topic " + topic.name()
                    + " has messages and no channel: tail would take them away; create a channel first");
        }
        Tail tail = new Tail(topic);
        daemons.begin(tail, nsqd);
        try {
            int shown = tail.run(count, seconds, out);
            return shown + (shown == 1 ? " message" : " messages") + " of " + topic.name();
        } finally {
            daemons.end(tail);
        }
    }

    private static int number(List<String> given, int index, int absent) {
        if (given.size() <= index) {
            return absent;
        }
        try {
            int number = Integer.parseInt(given.get(index));
            if (number > 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // As bad as a negative one.
        }
        throw new Refused(Printable.of("'" + given.get(index) + "' is not a number greater than 0"));
    }

    private static String config(Nsqd nsqd, List<String> given) {
        if (given.isEmpty()) {
            return options().map(option -> line(nsqd, option)).collect(Collectors.joining("\n"));
        }
        Option option = option(given.get(0));
        if (given.size() > 1) {
            nsqd.reconfigure(Map.of(option, value(option, given.get(1))));
        }
        return line(nsqd, option);
    }

    /** Those that say something about a running daemon, by name. */
    static Stream<Option> options() {
        return Arrays.stream(Option.values())
                .filter(option -> option.configKey().isPresent())
                .sorted(Comparator.comparing(Option::flag));
    }

    private static Option option(String name) {
        String flag = name.replaceFirst("^--?", "");
        return Option.byFlag(flag)
                .or(() -> Option.byConfigKey(flag))
                .filter(option -> option.configKey().isPresent())
                .orElseThrow(() -> new Refused(Printable.of("there is no option " + name)));
    }

    /** A list is given with commas. */
    private static Object value(Option option, String text) {
        if (option.kind() == Option.Kind.STRING_LIST) {
            return Arrays.stream(text.split(",", -1))
                    .map(String::strip)
                    .filter(part -> !part.isEmpty())
                    .toList();
        }
        return option.parse(text);
    }

    private static String line(Nsqd nsqd, Option option) {
        String value = option.format(nsqd.options().value(option)).replace('\n', ',');
        String given = nsqd.options().given().contains(option) ? "" : " (default)";
        return option.flag() + " = " + Printable.of(value) + given;
    }

    private static String logLevel(Nsqd nsqd, List<String> given) {
        if (given.isEmpty()) {
            return nsqd.options().logLevel().toString();
        }
        LogLevel level = LogLevel.parse(given.get(0));
        nsqd.reconfigure(Map.of(Option.LOG_LEVEL, level));
        return "the log level is " + level;
    }

    /** What may stand at a position of a command, as far as it is known; never waits. */
    List<String> candidates(Verb verb, List<String> before, Selection selection) {
        Nsqd nsqd = daemons.now(selection.daemon()).orElse(null);
        String argument = verb.argument(before.size()).orElse("");
        if (argument.equals("<daemon>")) {
            return daemons.all().stream().map(Nsqd::name).toList();
        }
        if (nsqd == null) {
            return List.of();
        }
        return switch (argument) {
            case "<topic>" -> nsqd.topics().stream().map(Topic::name).toList();
            case "<channel>" ->
                nsqd.existingTopic(before.get(0)).stream()
                        .flatMap(topic -> topic.channels().stream())
                        .map(Channel::name)
                        .toList();
            case "<key>=<value>" -> PolicyCommand.keys().toList();
            case "<state>" -> PeekCommand.states().toList();
            case "<beginning>" -> candidates(verb == Verb.TOPICS ? Verb.STATS : Verb.CREATE, before, selection);
            case "<option>" -> options().map(Option::flag).toList();
            case "<level>" ->
                Arrays.stream(LogLevel.values()).map(LogLevel::toString).toList();
            default -> List.of();
        };
    }
}
