package io.nsqd.console;

import io.nsqd.api.Errors;
import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.spi.HttpEndpoint.Request;
import io.nsqd.spi.HttpEndpoint.Response;
import io.nsqd.stats.ChannelStats;
import io.nsqd.stats.NsqdStats;
import io.nsqd.stats.StatsFilter;
import io.nsqd.stats.TopicStats;
import java.io.IOException;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** The table of what the pages ask for, and what each answers. Called on threads that may block. */
final class ConsoleApi {
    private static final int AUDIT_COUNT = 200;
    private static final int MOST_AUDIT = 20_000;

    private final Nsqd nsqd;
    private final Gate gate;
    private final Parts parts;
    private final Clock clock;
    private final Map<String, Door> doors = new HashMap<>();

    /** What the answers come from. */
    record Parts(
            Live live,
            History history,
            Actions actions,
            MessageView messages,
            PolicyView policies,
            NodeView node,
            AuditLog audit,
            ClusterView cluster,
            BundleApi bundles) {}

    /**
     * A request that has come in.
     *
     * @param body what it says, empty where that is in the query
     */
    record Visit(Gate.Entry entry, Request request, Map<String, Object> body) {
        Visitor visitor() {
            return entry.visitor();
        }

        /** What it says in its query, as far as the names are known. */
        Arguments query() {
            Map<String, String> values = new HashMap<>();
            for (String name : List.of("topic", "channel", "state", "count", "id", "name", "dry")) {
                request.parameter(name).ifPresent(value -> values.put(name, value));
            }
            return new Arguments(values);
        }

        Arguments arguments() {
            return new Arguments(body);
        }
    }

    /** Answers a request that has come in. */
    @FunctionalInterface
    interface Door {
        CompletableFuture<Response> open(Visit visit) throws Refusal;
    }

    /** The same for what is known at once. */
    @FunctionalInterface
    private interface View {
        Object of(Visit visit) throws Refusal;
    }

    ConsoleApi(Nsqd nsqd, Gate gate, Parts parts, Clock clock) {
        this.nsqd = nsqd;
        this.gate = gate;
        this.parts = parts;
        this.clock = clock;
        get("session", visit -> session(visit.visitor()));
        doors.put("GET events", this::events);
        get("topic", this::topic);
        get("channel", this::channel);
        get("history", this::history);
        get("messages", visit -> parts.messages().list(visit.visitor(), visit.query()));
        doors.put("GET message", visit -> done(parts.messages().download(visit.visitor(), visit.query())));
        get("policies", this::policies);
        get("node", visit -> parts.node().view());
        get("audit", this::audit);
        doors.put(
                "GET cluster",
                visit -> parts.cluster().view(visit.visitor()).thenApply(view -> Responses.json(200, view)));
        get("bundles", visit -> parts.bundles().list());
        post("action", this::act);
        post("bundle", visit -> parts.bundles().change(visit.visitor(), visit.arguments()));
        doors.put("PUT bundle", visit -> parts.bundles().update(visit.visitor(), visit.query(), visit.request()));
        doors.put("POST logout", this::logout);
        doors.put("POST login", visit -> {
            throw new IllegalStateException("who logs in has not come in yet");
        });
    }

    private void get(String name, View view) {
        doors.put("GET " + name, visit -> done(Responses.json(200, view.of(visit))));
    }

    private void post(String name, View view) {
        doors.put("POST " + name, visit -> done(Responses.json(200, view.of(visit))));
    }

    private static CompletableFuture<Response> done(Response response) {
        return CompletableFuture.completedFuture(response);
    }

    /** What answers a method and a name. */
    Optional<Door> door(String method, String name) {
        return Optional.ofNullable(doors.get(method + " " + name));
    }

    /** Whether there is something of that name, with whatever method. */
    boolean knows(String name) {
        return doors.keySet().stream().anyMatch(door -> door.endsWith(" " + name));
    }

    // ---- who it is

    private Map<String, Object> session(Visitor visitor) {
        return Json.object(
                "daemon", nsqd.name(),
                "version", Nsqd.VERSION,
                "product", "nsqd for the JVM",
                "authentication", gate.requiresLogin(),
                "user", visitor.name(),
                "may",
                        Json.object(
                                "read", true,
                                "administer", visitor.administers(),
                                "bundles", parts.bundles().isOpenTo(visitor)),
                "csrf", visitor.csrf(),
                "files", PageVersion.CURRENT);
    }

    Response loggedIn(Visitor visitor) {
        parts.audit().add(visitor.name(), visitor.address(), "login", "", "ok");
        return Responses.json(200, session(visitor));
    }

    void loginFailed(String address, Optional<Refusal> refusal) {
        parts.audit().add("", address, "login", "", refusal.map(Refusal::code).orElse("failed"));
    }

    private CompletableFuture<Response> logout(Visit visit) {
        gate.logout(visit.entry());
        parts.audit().add(visit.visitor().name(), visit.visitor().address(), "logout", "", "ok");
        return done(Gate.withoutCookie(
                Responses.json(200, Json.object("ok", true)),
                visit.request().client().tls()));
    }

    // ---- figures

    private CompletableFuture<Response> events(Visit visit) throws Refusal {
        EventStream stream = parts.live()
                .open(visit.visitor(), () -> gate.isGood(visit.entry()))
                .orElseThrow(() ->
                        new Refusal(503, "TOO_MANY_PAGES", "there are " + Live.MOST_PAGES + " pages open: close one"));
        // The header keeps proxies from collecting what is to be there at once.
        return done(Responses.guarded(Response.stream(200, "text/event-stream", stream))
                .with("X-Accel-Buffering", "no"));
    }

    private TopicStats stats(String topic, Visitor visitor) throws Refusal {
        NsqdStats stats = nsqd.stats(new StatsFilter(Optional.of(topic), Optional.empty(), true, false));
        return stats.topics().stream()
                .filter(found -> found.name().equals(topic))
                .filter(found -> visitor.mayPublish(topic)
                        || found.channels().stream().anyMatch(channel -> visitor.sees(topic, channel.name())))
                .findFirst()
                .orElseThrow(() -> Refusal.notFound("TOPIC_NOT_FOUND", "there is no topic " + topic));
    }

    private Map<String, Object> topic(Visit visit) throws Refusal {
        String topic = visit.query().name("topic");
        Visitor visitor = visit.visitor();
        TopicStats stats = stats(topic, visitor);
        return Json.object(
                "topic", StatsView.topic(stats, channel -> visitor.sees(topic, channel)),
                "policies", parts.policies().effective(topic, Optional.empty()),
                "may",
                        Json.object(
                                "publish", visitor.mayPublish(topic),
                                "change",
                                        stats.channels().stream()
                                                .map(ChannelStats::name)
                                                .collect(Collectors.toMap(
                                                        name -> name, name -> visitor.maySubscribe(topic, name)))));
    }

    private Map<String, Object> channel(Visit visit) throws Refusal {
        String topic = visit.query().name("topic");
        String name = visit.query().name("channel");
        Visitor visitor = visit.visitor();
        ChannelStats channel = stats(topic, visitor).channels().stream()
                .filter(found -> found.name().equals(name) && visitor.sees(topic, name))
                .findFirst()
                .orElseThrow(() -> Refusal.notFound("CHANNEL_NOT_FOUND", "there is no channel " + name));
        return Json.object(
                "channel", StatsView.channel(channel),
                "policies", parts.policies().effective(topic, Optional.of(name)),
                "deadLetterTopic", parts.policies().deadLetterTopic(topic, name),
                "may",
                        Json.object(
                                "publish", visitor.mayPublish(topic),
                                "change", visitor.maySubscribe(topic, name)));
    }

    private Map<String, Object> history(Visit visit) throws Refusal {
        Optional<String> topic = visit.query().optionalName("topic");
        Optional<String> channel = visit.query().optionalName("channel");
        if (topic.isEmpty() && channel.isPresent()) {
            throw Refusal.badRequest("a channel has a topic");
        }
        if (topic.isPresent()) {
            TopicStats stats = stats(topic.get(), visit.visitor());
            if (channel.isPresent()
                    && (!visit.visitor().sees(topic.get(), channel.get())
                            || stats.channels().stream()
                                    .noneMatch(found -> found.name().equals(channel.get())))) {
                throw Refusal.notFound("CHANNEL_NOT_FOUND", "there is no channel " + channel.get());
            }
        }
        return parts.history().view(topic, channel, clock.millis());
    }

    // ---- policies, audit

    private Map<String, Object> policies(Visit visit) throws Refusal {
        Optional<String> topic = visit.query().optionalName("topic");
        Map<String, Object> view = Json.object("rules", parts.policies().rules());
        if (topic.isPresent()) {
            view.put(
                    "values",
                    parts.policies().effective(topic.get(), visit.query().optionalName("channel")));
        }
        return view;
    }

    private Object audit(Visit visit) throws Refusal {
        if (!visit.visitor().administers()) {
            throw Refusal.notAllowed("who has done what is for those who administer the daemon");
        }
        int count = (int) visit.query().number("count", AUDIT_COUNT, 1, MOST_AUDIT);
        try {
            return parts.audit().newest(count);
        } catch (IOException e) {
            throw new Refusal(503, "NOT_READ", "the audit log cannot be read - " + Errors.describe(e));
        }
    }

    // ---- changes

    private Map<String, Object> act(Visit visit) throws Refusal {
        Visitor visitor = visit.visitor();
        Arguments arguments = visit.arguments();
        String action = arguments.text("action");
        String target = Actions.target(action, arguments);
        String outcome = "failed";
        try {
            Map<String, Object> told = parts.actions().run(action, visitor, arguments);
            outcome = "ok";
            return told;
        } catch (Refusal e) {
            outcome = e.code() + " - " + e.getMessage();
            throw e;
        } finally {
            parts.audit().add(visitor.name(), visitor.address(), action, target, outcome);
        }
    }

    /** Bytes of the longest body that is no jar: a message in base64, and what is around it. */
    static long mostBytes(Nsqd nsqd) {
        return Math.min(Integer.MAX_VALUE / 2, Math.max(0, nsqd.options().integer(Option.MAX_MSG_SIZE)) * 2 + 65_536);
    }
}
