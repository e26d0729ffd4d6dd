package io.nsqd.console;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nsqd.spi.LookupPeers;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * All that the overview shows, of one moment. Immutable.
 *
 * @param time milliseconds since the epoch
 * @param summary what concerns the daemon as a whole
 * @param topics by name
 */
record Figures(long time, Summary summary, Map<String, Row> topics) {
    /**
     * What concerns the daemon as a whole.
     *
     * @param in messages published a second, times ten
     * @param out messages that leave channels a second, times ten
     * @param memoryUsed of the heap, as it was when it was news last: it changes all the time
     */
    record Summary(
            String health,
            long depth,
            long in,
            long out,
            long clients,
            long memoryUsed,
            long memoryMax,
            List<Problem> problems,
            List<LookupPeers.Peer> lookupds) {}

    /** The figures of a topic and of its channels, as the page gets them; rates are times ten. */
    static final class Row {
        static final int TOPIC_FIGURES = 6;
        static final int CHANNEL_FIGURES = 11;

        /** Which figure of a topic is a rate. */
        static final int TOPIC_RATE = 3;

        /** Which figure of a channel is a rate. */
        static final int CHANNEL_RATE = 8;

        private final long[] topic;
        private final Map<String, long[]> channels;

        Row(long[] topic, Map<String, long[]> channels) {
            this.topic = topic;
            this.channels = channels;
        }

        Set<String> channels() {
            return channels.keySet();
        }

        boolean hasTopic(long[] figures) {
            return Arrays.equals(topic, figures);
        }

        boolean hasChannel(String name, long[] figures) {
            return Arrays.equals(channels.get(name), figures);
        }

        /** Messages that were published so far. */
        long published() {
            return topic[2];
        }

        /** Messages that have left a channel so far; 0 where there was none. */
        long gone(String channel) {
            long[] figures = channels.get(channel);
            return figures == null ? 0 : Math.max(0, figures[4] - figures[0] - figures[2] - figures[3]);
        }

        /** Messages published a second, times ten. */
        long rate() {
            return topic[TOPIC_RATE];
        }

        /** Messages that left a channel a second, times ten. */
        long rate(String channel) {
            return channels.get(channel)[CHANNEL_RATE];
        }

        private void write(JsonGenerator json, String name, Sight sight) throws IOException {
            json.writeStartArray();
            for (int i = 0; i < topic.length; i++) {
                number(json, topic[i], i == TOPIC_RATE);
            }
            json.writeStartObject();
            for (Map.Entry<String, long[]> channel : channels.entrySet()) {
                if (sight.sees(name, channel.getKey())) {
                    json.writeArrayFieldStart(channel.getKey());
                    for (int i = 0; i < channel.getValue().length; i++) {
                        number(json, channel.getValue()[i], i == CHANNEL_RATE);
                    }
                    json.writeEndArray();
                }
            }
            json.writeEndObject();
            json.writeEndArray();
        }
    }

    /** What somebody is shown. */
    interface Sight {
        /** Sees all. */
        Sight ALL = new Sight() {
            @Override
            public boolean sees(String topic, Set<String> channels) {
                return true;
            }

            @Override
            public boolean sees(String topic, String channel) {
                return true;
            }
        };

        /** Whether a topic is shown that has these channels. */
        boolean sees(String topic, Set<String> channels);

        /** Whether a channel is shown. */
        boolean sees(String topic, String channel);
    }

    private static void number(JsonGenerator json, long value, boolean rate) throws IOException {
        if (rate) {
            Json.write(json, value / 10.0);
        } else {
            json.writeNumber(value);
        }
    }

    /** Whether anything is other than before. */
    boolean isNews(Figures before) {
        return !summary.equals(before.summary) || topics != before.topics && haveChanged(before.topics);
    }

    private boolean haveChanged(Map<String, Row> before) {
        return topics.size() != before.size()
                || topics.entrySet().stream().anyMatch(topic -> topic.getValue() != before.get(topic.getKey()));
    }

    /**
     * Writes what is other than before.
     *
     * @param before {@code null} for all that there is
     */
    void write(JsonGenerator json, Figures before, Sight sight) throws IOException {
        json.writeStartObject();
        json.writeNumberField("time", time);
        writeSummary(json, before == null ? null : before.summary, sight);
        json.writeObjectFieldStart("topics");
        for (Map.Entry<String, Row> topic : topics.entrySet()) {
            // Rows that have not changed are the same objects, see Sampler.
            boolean news = before == null || before.topics.get(topic.getKey()) != topic.getValue();
            if (news && sight.sees(topic.getKey(), topic.getValue().channels())) {
                json.writeFieldName(topic.getKey());
                topic.getValue().write(json, topic.getKey(), sight);
            }
        }
        json.writeEndObject();
        if (before != null) {
            Set<String> gone = gone(before, sight);
            if (!gone.isEmpty()) {
                json.writeFieldName("gone");
                Json.write(json, gone);
            }
        }
        json.writeEndObject();
    }

    private void writeSummary(JsonGenerator json, Summary before, Sight sight) throws IOException {
        if (before == null || !summary.health.equals(before.health)) {
            json.writeStringField("health", Json.wellFormed(summary.health));
        }
        if (before == null || summary.depth != before.depth) {
            json.writeNumberField("depth", summary.depth);
        }
        if (before == null || summary.in != before.in || summary.out != before.out) {
            json.writeObjectFieldStart("rates");
            json.writeFieldName("in");
            Json.write(json, summary.in / 10.0);
            json.writeFieldName("out");
            Json.write(json, summary.out / 10.0);
            json.writeEndObject();
        }
        if (before == null || summary.clients != before.clients) {
            json.writeNumberField("clients", summary.clients);
        }
        if (before == null || summary.memoryUsed != before.memoryUsed || summary.memoryMax != before.memoryMax) {
            json.writeObjectFieldStart("memory");
            json.writeNumberField("used", summary.memoryUsed);
            json.writeNumberField("max", summary.memoryMax);
            json.writeEndObject();
        }
        if (before == null || !summary.problems.equals(before.problems)) {
            json.writeFieldName("problems");
            Json.write(
                    json,
                    summary.problems.stream()
                            .filter(problem -> isShown(problem, sight))
                            .map(Problem::view)
                            .toList());
        }
        if (before == null || !summary.lookupds.equals(before.lookupds)) {
            json.writeFieldName("lookupds");
            Json.write(
                    json,
                    summary.lookupds.stream()
                            .map(peer -> Json.object("address", peer.address(), "connected", peer.connected()))
                            .toList());
        }
    }

    private static boolean isShown(Problem problem, Sight sight) {
        if (problem.topic().isEmpty()) {
            return true;
        }
        return problem.channel().isEmpty()
                ? sight.sees(problem.topic(), Set.of())
                : sight.sees(problem.topic(), problem.channel());
    }

    private Set<String> gone(Figures before, Sight sight) {
        Set<String> gone = new TreeSet<>();
        for (Map.Entry<String, Row> topic : before.topics.entrySet()) {
            Row now = topics.get(topic.getKey());
            if (now == topic.getValue()) {
                continue;
            }
            if (now == null) {
                if (sight.sees(topic.getKey(), topic.getValue().channels())) {
                    gone.add(topic.getKey());
                }
                continue;
            }
            Set<String> channels = new HashSet<>(topic.getValue().channels());
            channels.removeAll(now.channels());
            channels.stream()
                    .filter(channel -> sight.sees(topic.getKey(), channel))
                    .forEach(channel -> gone.add(topic.getKey() + ":" + channel));
        }
        return gone;
    }
}
