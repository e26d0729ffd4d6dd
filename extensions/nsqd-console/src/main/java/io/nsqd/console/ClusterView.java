package io.nsqd.console;

import io.nsqd.api.Addresses;
import io.nsqd.api.Errors;
import io.nsqd.api.Nsqd;
import io.nsqd.json.JsonException;
import io.nsqd.json.JsonObject;
import io.nsqd.peer.PeerHttp;
import io.nsqd.spi.LookupPeers;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * The nodes that the nsqlookupds know, each asked by HTTP for its figures: only addresses that an nsqlookupd names are asked, all at once, and
 * one that does not answer in the time that {@code http-client-request-timeout} gives is an error of its own. Any thread; nothing blocks.
 */
final class ClusterView implements AutoCloseable {
    /** A lookup service that is not sound may name anything: so many nodes are asked at the most. */
    private static final int MOST_NODES = 200;

    private final Supplier<List<LookupPeers.Peer>> peers;
    private final PeerHttp http;
    private final Executor workers;

    ClusterView(Nsqd nsqd, Supplier<List<LookupPeers.Peer>> peers, Executor workers) {
        this.peers = peers;
        this.workers = workers;
        http = PeerHttp.trustingThePlatform(nsqd.options(), workers);
    }

    /** A node, as an nsqlookupd names it. */
    private record Node(String broadcast, int httpPort, int tcpPort, String version) {
        String httpAddress() {
            return Addresses.withPort(broadcast, httpPort);
        }
    }

    /** What one of them said, or why not. */
    private record Answer(List<Node> nodes, String error) {}

    /** Completed with all that is known; never exceptionally. */
    CompletableFuture<Map<String, Object>> view(Visitor visitor) {
        List<CompletableFuture<Answer>> lookups = new ArrayList<>();
        List<String> errors = new ArrayList<>();
        for (LookupPeers.Peer peer : peers.get()) {
            if (peer.http().isEmpty()) {
                errors.add("nsqlookupd " + peer.address() + " has not said where it answers HTTP");
            } else {
                lookups.add(nodes(peer));
            }
        }
        return all(lookups)
                .thenComposeAsync(
                        answers -> {
                            Map<String, Node> nodes = new LinkedHashMap<>();
                            for (Answer answer : answers) {
                                answer.nodes().forEach(node -> nodes.putIfAbsent(node.httpAddress(), node));
                                if (!answer.error().isEmpty()) {
                                    errors.add(answer.error());
                                }
                            }
                            if (nodes.size() > MOST_NODES) {
                                errors.add("only " + MOST_NODES + " of " + nodes.size() + " nodes are shown");
                            }
                            return all(nodes.values().stream()
                                            .limit(MOST_NODES)
                                            .map(node -> figures(node, visitor))
                                            .toList())
                                    .thenApply(views -> Json.object("nodes", views, "errors", errors));
                        },
                        workers);
    }

    private static <T> CompletableFuture<List<T>> all(Collection<CompletableFuture<T>> several) {
        return CompletableFuture.allOf(several.toArray(new CompletableFuture<?>[0]))
                .thenApply(done -> several.stream().map(CompletableFuture::join).toList());
    }

    private CompletableFuture<Answer> nodes(LookupPeers.Peer peer) {
        return http.get("http://" + peer.http() + "/nodes")
                .thenApply(body -> {
                    try {
                        return new Answer(readNodes(body), "");
                    } catch (JsonException e) {
                        throw new CompletionException(e);
                    }
                })
                .exceptionally(failure -> new Answer(
                        List.of(), "nsqlookupd " + peer.address() + " does not answer - " + Errors.describe(failure)));
    }

    private static List<Node> readNodes(byte[] body) throws JsonException {
        JsonObject answer = JsonObject.read(body, "producers", "data");
        List<JsonObject> producers =
                answer.objects("producers", "broadcast_address", "http_port", "tcp_port", "version", "remote_address");
        List<Node> nodes = new ArrayList<>();
        for (JsonObject producer : producers) {
            String broadcast = producer.text("broadcast_address");
            if (broadcast.matches("[A-Za-z0-9_.:%-]{1,255}")) {
                nodes.add(new Node(
                        broadcast,
                        (int) producer.integer("http_port", 0, 65_535),
                        (int) producer.integer("tcp_port", 0, 65_535),
                        producer.text("version")));
            }
        }
        return nodes;
    }

    private CompletableFuture<Map<String, Object>> figures(Node node, Visitor visitor) {
        return http.get("http://" + node.httpAddress() + "/stats?format=json&include_clients=false&include_mem=false")
                .thenApply(body -> {
                    try {
                        return view(node, readStats(body, visitor), "");
                    } catch (JsonException e) {
                        throw new CompletionException(e);
                    }
                })
                .exceptionally(failure ->
                        view(node, Json.object("healthy", false, "topics", List.of()), Errors.describe(failure)));
    }

    private static Map<String, Object> view(Node node, Map<String, Object> stats, String error) {
        Map<String, Object> view = Json.object(
                "broadcast", node.broadcast(),
                "http", node.httpAddress(),
                "tcp", Addresses.withPort(node.broadcast(), node.tcpPort()),
                "version", node.version(),
                "error", error);
        view.putAll(stats);
        return view;
    }

    private static Map<String, Object> readStats(byte[] body, Visitor visitor) throws JsonException {
        JsonObject stats = JsonObject.read(body, "health", "topics");
        List<Map<String, Object>> topics = new ArrayList<>();
        for (JsonObject topic : stats.objects(
                "topics", "topic_name", "depth", "backend_depth", "message_count", "paused", "channels")) {
            String name = topic.text("topic_name");
            List<Map<String, Object>> channels = new ArrayList<>();
            for (JsonObject channel : topic.objects(
                    "channels",
                    "channel_name",
                    "depth",
                    "backend_depth",
                    "in_flight_count",
                    "deferred_count",
                    "message_count",
                    "requeue_count",
                    "timeout_count",
                    "client_count",
                    "paused")) {
                if (visitor.sees(name, channel.text("channel_name"))) {
                    channels.add(Json.object(
                            "name", channel.text("channel_name"),
                            "depth", channel.integer("depth"),
                            "inFlight", channel.integer("in_flight_count"),
                            "deferred", channel.integer("deferred_count"),
                            "messageCount", channel.integer("message_count"),
                            "requeues", channel.integer("requeue_count"),
                            "timeouts", channel.integer("timeout_count"),
                            "clients", channel.integer("client_count"),
                            "paused", channel.flag("paused")));
                }
            }
            if (visitor.mayPublish(name) || !channels.isEmpty()) {
                topics.add(Json.object(
                        "name", name,
                        "depth", topic.integer("depth"),
                        "messageCount", topic.integer("message_count"),
                        "paused", topic.flag("paused"),
                        "channels", channels));
            }
        }
        return Json.object("healthy", stats.text("health").equals("OK"), "topics", topics);
    }

    @Override
    public void close() {
        http.close();
    }
}
