package io.nsqd.console;

import static java.util.Map.entry;

import io.nsqd.api.Channel;
import io.nsqd.api.Errors;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.MessageId;
import io.nsqd.api.Nsqd;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import io.nsqd.api.PointInTime;
import io.nsqd.api.Topic;
import io.nsqd.policy.PolicyRule;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** What may be done to the daemon, by name, with what one must be permitted for it. Called on threads that may block. */
final class Actions {
    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final long PUBLISH_SECONDS = 30;

    private final Nsqd nsqd;
    private final Clock clock;
    private final Map<String, Action> actions;

    /** What one must be permitted, in the terms that the HTTP API has for the same. */
    private enum Needs {
        PUBLISH {
            @Override
            boolean isMet(Visitor visitor, Arguments arguments) throws Refusal {
                return visitor.mayPublish(arguments.name("topic"));
            }
        },
        SUBSCRIBE {
            @Override
            boolean isMet(Visitor visitor, Arguments arguments) throws Refusal {
                return visitor.maySubscribe(arguments.name("topic"), arguments.name("channel"));
            }
        },
        ADMINISTER {
            @Override
            boolean isMet(Visitor visitor, Arguments arguments) {
                return visitor.administers();
            }
        };

        abstract boolean isMet(Visitor visitor, Arguments arguments) throws Refusal;
    }

    /** Does it, and says what the page is told beside that it was done. */
    @FunctionalInterface
    private interface Doing {
        Map<String, Object> on(Arguments arguments) throws Refusal;
    }

    private record Action(Needs needs, Doing doing) {}

    Actions(Nsqd nsqd, Clock clock) {
        this.nsqd = nsqd;
        this.clock = clock;
        actions = Map.ofEntries(
                entry("topic.create", new Action(Needs.PUBLISH, this::createTopic)),
                entry("topic.delete", new Action(Needs.PUBLISH, this::deleteTopic)),
                entry("topic.empty", onTopic(Topic::empty)),
                entry("topic.pause", onTopic(Topic::pause)),
                entry("topic.unpause", onTopic(Topic::unpause)),
                entry("channel.create", new Action(Needs.SUBSCRIBE, this::createChannel)),
                entry("channel.delete", new Action(Needs.SUBSCRIBE, this::deleteChannel)),
                entry("channel.empty", onChannel(Channel::empty)),
                entry("channel.pause", onChannel(Channel::pause)),
                entry("channel.unpause", onChannel(Channel::unpause)),
                entry("channel.rewind", new Action(Needs.SUBSCRIBE, this::rewind)),
                entry("message.publish", new Action(Needs.PUBLISH, this::publish)),
                entry("message.requeue", new Action(Needs.SUBSCRIBE, arguments -> {
                    channel(arguments).requeue(arguments.id());
                    return Map.of();
                })),
                entry("message.drop", new Action(Needs.SUBSCRIBE, arguments -> {
                    channel(arguments).drop(arguments.id());
                    return Map.of();
                })),
                entry("messages.move", new Action(Needs.ADMINISTER, this::move)),
                entry("policy.set", new Action(Needs.ADMINISTER, this::setPolicy)),
                entry("policy.delete", new Action(Needs.ADMINISTER, this::deletePolicy)),
                entry("option.set", new Action(Needs.ADMINISTER, this::setOption)),
                entry("log.level", new Action(Needs.ADMINISTER, arguments -> {
                    return change(Option.LOG_LEVEL, arguments.text("level"));
                })));
    }

    /** The names of all of them. */
    Set<String> names() {
        return actions.keySet();
    }

    /**
     * Does what a request asks for.
     *
     * @return what the page is told
     * @throws Refusal when it may not or cannot be done; nothing is half done then
     */
    Map<String, Object> run(String name, Visitor visitor, Arguments arguments) throws Refusal {
        Action action = actions.get(name);
        if (action == null) {
            throw Refusal.badRequest("there is no such action");
        }
        if (!action.needs().isMet(visitor, arguments)) {
            throw Refusal.notAllowed(
                    switch (action.needs()) {
                        case PUBLISH -> "you may not publish to this topic";
                        case SUBSCRIBE -> "you may not subscribe to this channel";
                        case ADMINISTER -> "you may not administer the daemon";
                    });
        }
        try {
            Map<String, Object> told = Json.object("ok", true);
            told.putAll(action.doing().on(arguments));
            return told;
        } catch (NsqdException e) {
            throw Refusal.of(e);
        }
    }

    /** On what it is to be done, for the audit log. */
    static String target(String action, Arguments arguments) {
        try {
            if (action.equals("option.set") || action.equals("log.level")) {
                boolean level = action.equals("log.level");
                String name =
                        level ? "log-level" : arguments.optionalText("name").orElse("");
                String value = arguments.optionalText(level ? "level" : "value").orElse("");
                return name + "=" + NodeView.shown(value);
            }
            if (action.equals("messages.move")) {
                return arguments.optionalText("from").orElse("") + " to "
                        + arguments.optionalText("to").orElse("");
            }
            String topic = arguments.optionalText("topic").orElse("");
            Optional<String> channel = arguments.optionalText("channel");
            String id = arguments.optionalText("id").map(some -> " " + some).orElse("");
            return topic + channel.map(some -> ":" + some).orElse("") + id;
        } catch (Refusal e) {
            return "";
        }
    }

    // ---- topics

    private Action onTopic(Consumer<Topic> doing) {
        return new Action(Needs.PUBLISH, arguments -> {
            doing.accept(topic(arguments));
            return Map.of();
        });
    }

    private Topic topic(Arguments arguments) throws Refusal {
        String name = arguments.name("topic");
        return nsqd.existingTopic(name)
                .orElseThrow(() -> Refusal.notFound("TOPIC_NOT_FOUND", "there is no topic " + name));
    }

    private Map<String, Object> createTopic(Arguments arguments) throws Refusal {
        nsqd.topic(arguments.name("topic"));
        return Map.of();
    }

    private Map<String, Object> deleteTopic(Arguments arguments) throws Refusal {
        nsqd.deleteTopic(topic(arguments).name());
        return Map.of();
    }

    // ---- channels

    private Action onChannel(Consumer<Channel> doing) {
        return new Action(Needs.SUBSCRIBE, arguments -> {
            doing.accept(channel(arguments));
            return Map.of();
        });
    }

    private Channel channel(Arguments arguments) throws Refusal {
        String name = arguments.name("channel");
        return topic(arguments)
                .existingChannel(name)
                .orElseThrow(() -> Refusal.notFound("CHANNEL_NOT_FOUND", "there is no channel " + name));
    }

    private Map<String, Object> createChannel(Arguments arguments) throws Refusal {
        topic(arguments).channel(arguments.name("channel"));
        return Map.of();
    }

    private Map<String, Object> deleteChannel(Arguments arguments) throws Refusal {
        topic(arguments).deleteChannel(channel(arguments).name());
        return Map.of();
    }

    private Map<String, Object> rewind(Arguments arguments) throws Refusal {
        try {
            topic(arguments)
                    .rewind(channel(arguments).name(), PointInTime.parse(arguments.text("from"), clock.instant()));
        } catch (IllegalArgumentException e) {
            throw Refusal.badRequest(e.getMessage());
        }
        return Map.of();
    }

    // ---- messages

    private Map<String, Object> publish(Arguments arguments) throws Refusal {
        Topic topic = topic(arguments);
        byte[] body = body(arguments);
        long most = nsqd.options().integer(Option.MAX_MSG_SIZE);
        if (body.length == 0 || body.length > most) {
            throw Refusal.badRequest("a message has from 1 to " + most + " bytes, and this one " + body.length);
        }
        long longest = topic.maxDeferNanos() < 0 ? nsqd.options().maxDeferNanos() : topic.maxDeferNanos();
        long delay = arguments.number("deferMs", 0, 0, longest / NANOS_PER_MILLI) * NANOS_PER_MILLI;
        MessageBatch batch = MessageBatch.of(body);
        CompletableFuture<Void> published = delay == 0 ? topic.publish(batch) : topic.publishDeferred(batch, delay);
        long id = batch.id(0);
        try {
            // A copy, or the time-out would be the broker's.
            published.copy().orTimeout(PUBLISH_SECONDS, TimeUnit.SECONDS).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof NsqdException refusal) {
                throw Refusal.of(refusal);
            }
            throw new Refusal(503, "NOT_CONFIRMED", "it is not known whether it was kept - " + Errors.describe(e));
        }
        return Map.of("id", MessageId.toString(id));
    }

    private static byte[] body(Arguments arguments) throws Refusal {
        Optional<String> base64 = arguments.optionalText("base64");
        if (base64.isEmpty()) {
            return arguments.optionalText("body").orElse("").getBytes(StandardCharsets.UTF_8);
        }
        try {
            return Base64.getDecoder().decode(base64.get());
        } catch (IllegalArgumentException e) {
            throw Refusal.badRequest("base64 is none");
        }
    }

    private Map<String, Object> move(Arguments arguments) throws Refusal {
        long moved = nsqd.move(
                arguments.name("from"),
                arguments.optionalName("channel"),
                arguments.name("to"),
                arguments.number("count", Long.MAX_VALUE, 1, Long.MAX_VALUE));
        return Map.of("moved", moved);
    }

    // ---- the daemon

    private static Optional<String> channelPattern(Arguments arguments) throws Refusal {
        boolean ofChannels =
                switch (arguments.text("scope")) {
                    case "topic" -> false;
                    case "channel" -> true;
                    default -> throw Refusal.badRequest("scope must be topic or channel");
                };
        return ofChannels ? Optional.of(arguments.text("channel")) : Optional.empty();
    }

    private Map<String, Object> setPolicy(Arguments arguments) throws Refusal {
        nsqd.policies()
                .set(PolicyRule.of(arguments.text("topic"), channelPattern(arguments), arguments.texts("values"), ""));
        return Map.of();
    }

    private Map<String, Object> deletePolicy(Arguments arguments) throws Refusal {
        if (!nsqd.policies().remove(arguments.text("topic"), channelPattern(arguments), "")) {
            throw Refusal.notFound("POLICY_NOT_FOUND", "there is no such policy that was said here");
        }
        return Map.of();
    }

    private Map<String, Object> setOption(Arguments arguments) throws Refusal {
        String name = arguments.text("name");
        Option option = Option.byFlag(name)
                .filter(some -> some.change() == Option.Change.RUNTIME)
                .orElseThrow(() -> Refusal.badRequest("there is no option of that name that may change now"));
        return change(option, arguments.optionalText("value").orElse(""));
    }

    private Map<String, Object> change(Option option, String text) {
        nsqd.reconfigure(Map.of(option, option.parse(text)));
        return Map.of("value", option.format(nsqd.options().value(option)));
    }
}
