package io.nsqd.console;

import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.spi.LookupPeers;
import io.nsqd.stats.ChannelStats;
import io.nsqd.stats.NsqdStats;
import io.nsqd.stats.PolicyStats;
import io.nsqd.stats.TopicStats;
import java.io.File;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds what an operator should look at, in what is now and in the last minute. Confined to the console's thread.
 *
 * <p>A channel grows where it has become deeper from sample to sample for a minute, by a hundred messages and a tenth at least; a consumer is
 * stuck where messages have waited and none has gone for a minute although somebody is there to take them.
 */
final class Problems {
    /** What may be shown: with more than these there is one problem, not thousands. */
    private static final int MOST = 200;

    private static final int MINUTE = 60 / History.STEP_SECONDS;
    private static final long LEAST_GROWTH = 100;
    private static final double LEAST_SHARE = 0.1;
    private static final double SCARCE = 0.05;

    private final Nsqd nsqd;
    private final History history;

    /** By topic or channel: what policies had done up to the last sample. */
    private Map<String, Long> harm = new HashMap<>();

    /** By topic or channel: the step at which they did more. */
    private final Map<String, Long> harmed = new HashMap<>();

    Problems(Nsqd nsqd, History history) {
        this.nsqd = nsqd;
        this.history = history;
    }

    /** Those that are seen at once. */
    List<Problem> sudden(List<LookupPeers.Peer> peers) {
        List<Problem> found = new ArrayList<>();
        String health = nsqd.health();
        if (!health.equals("OK")) {
            found.add(new Problem("health", true, "", "", health));
        }
        for (LookupPeers.Peer peer : peers) {
            if (!peer.connected()) {
                found.add(new Problem(
                        "lookupd",
                        false,
                        "",
                        "",
                        "nsqlookupd " + peer.address()
                                + " is not connected: consumers that ask it do not find this node"));
            }
        }
        return found;
    }

    /** Those that are seen over a time. Called after each sample. */
    List<Problem> lasting(long step, NsqdStats stats) {
        List<Problem> found = new ArrayList<>();
        disk().ifPresent(found::add);
        Map<String, Long> now = new HashMap<>();
        for (TopicStats topic : stats.topics()) {
            policy(step, topic.name(), "", topic.policy(), now).ifPresent(found::add);
            for (ChannelStats channel : topic.channels()) {
                policy(step, topic.name(), channel.name(), channel.policy(), now)
                        .ifPresent(found::add);
                if (channel.depth() > 0 && !channel.paused() && !topic.paused()) {
                    flow(topic.name(), channel).ifPresent(found::add);
                }
            }
        }
        harm = now;
        harmed.keySet().retainAll(now.keySet());
        found.sort(Comparator.comparing(Problem::severe).reversed());
        return List.copyOf(found.subList(0, Math.min(MOST, found.size())));
    }

    private Optional<Problem> disk() {
        File path = new File(nsqd.options().string(Option.DATA_PATH)).getAbsoluteFile();
        long total = path.getTotalSpace();
        boolean scarce = total > 0 && path.getUsableSpace() < total * SCARCE;
        return scarce
                ? Optional.of(new Problem(
                        "disk", false, "", "", "less than a twentieth of the disk with the data path is free"))
                : Optional.empty();
    }

    private Optional<Problem> flow(String topic, ChannelStats channel) {
        long[] depth = history.newest(topic, channel.name(), History.Figure.DEPTH, MINUTE);
        long[] out = history.newest(topic, channel.name(), History.Figure.OUT, MINUTE);
        if (depth.length < MINUTE) {
            return Optional.empty();
        }
        boolean nothingGoes = out.length == MINUTE && Arrays.stream(out).allMatch(count -> count == 0);
        if (channel.clientCount() > 0 && nothingGoes && Arrays.stream(depth).allMatch(waiting -> waiting > 0)) {
            return Optional.of(new Problem(
                    "stuck",
                    true,
                    topic,
                    channel.name(),
                    "messages wait, consumers are there, and none has been finished for a minute"));
        }
        long growth = depth[MINUTE - 1] - depth[0];
        boolean rising = growth >= Math.max(LEAST_GROWTH, depth[0] * LEAST_SHARE);
        for (int i = 1; i < MINUTE; i++) {
            rising &= depth[i] >= depth[i - 1];
        }
        if (!rising) {
            return Optional.empty();
        }
        String why = channel.clientCount() == 0
                ? "more messages wait from sample to sample, and there is no consumer"
                : "more messages come than its consumers finish, for a minute now";
        return Optional.of(new Problem("growing", false, topic, channel.name(), why));
    }

    private Optional<Problem> policy(
            long step, String topic, String channel, Optional<PolicyStats> policy, Map<String, Long> now) {
        if (policy.isEmpty()) {
            return Optional.empty();
        }
        String key = topic + ":" + channel;
        long done = policy.get().dropped() + policy.get().rejected();
        now.put(key, done);
        Long before = harm.get(key);
        if (before != null && done > before) {
            harmed.put(key, step);
        }
        Long since = harmed.get(key);
        return since != null && step - since < MINUTE
                ? Optional.of(new Problem(
                        "policy",
                        true,
                        topic,
                        channel,
                        "a policy has dropped or refused messages within the last minute"))
                : Optional.empty();
    }
}
