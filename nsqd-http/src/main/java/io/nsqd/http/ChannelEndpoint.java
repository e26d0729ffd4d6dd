package io.nsqd.http;

import io.nsqd.api.Channel;
import io.nsqd.api.Names;
import io.nsqd.api.Nsqd;
import io.nsqd.api.NsqdException;
import io.nsqd.api.PointInTime;
import io.nsqd.api.Topic;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;

/** {@code /channel/*} (H-63 to H-67). The broker's part is done by a worker, for it may block. */
final class ChannelEndpoint {
    private final Nsqd nsqd;
    private final Clock clock;

    ChannelEndpoint(Nsqd nsqd, Clock clock) {
        this.nsqd = nsqd;
        this.clock = clock;
    }

    /** Something done to a channel, or with its name. */
    @FunctionalInterface
    private interface Action {
        void on(Topic topic, String channel) throws HttpException;
    }

    /** With {@code from} the channel begins in the past, as far as the topic has retained it. */
    void create(Exchange exchange) throws HttpException {
        Optional<Instant> from = time(exchange.query(), "from");
        run(exchange, (topic, name) -> {
            if (from.isPresent()) {
                topic.channel(name, from.get());
            } else {
                topic.channel(name);
            }
        });
    }

    void rewind(Exchange exchange) throws HttpException {
        Instant to = time(exchange.query(), "to").orElseThrow(() -> new HttpException(400, "MISSING_ARG_TO"));
        run(exchange, (topic, name) -> {
            existing(topic, name);
            topic.rewind(name, to);
        });
    }

    private Optional<Instant> time(QueryString query, String name) throws HttpException {
        Optional<String> text = query.value(name);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(PointInTime.parse(text.get(), clock.instant()));
        } catch (IllegalArgumentException e) {
            throw Refusals.said(400, name + ": " + e.getMessage());
        }
    }

    void delete(Exchange exchange) throws HttpException {
        run(exchange, (topic, name) -> {
            existing(topic, name);
            topic.deleteChannel(name);
        });
    }

    void empty(Exchange exchange) throws HttpException {
        run(exchange, (topic, name) -> existing(topic, name).empty());
    }

    void pause(Exchange exchange) throws HttpException {
        run(exchange, (topic, name) -> existing(topic, name).pause());
    }

    void unpause(Exchange exchange) throws HttpException {
        run(exchange, (topic, name) -> existing(topic, name).unpause());
    }

    private static Channel existing(Topic topic, String name) throws HttpException {
        return topic.existingChannel(name).orElseThrow(() -> new HttpException(404, "CHANNEL_NOT_FOUND"));
    }

    private void run(Exchange exchange, Action action) throws HttpException {
        QueryString query = exchange.query();
        String topicName = argument(query, "topic");
        String channelName = argument(query, "channel");
        exchange.work(() -> {
            Topic topic = nsqd.existingTopic(topicName).orElseThrow(() -> new HttpException(404, "TOPIC_NOT_FOUND"));
            try {
                action.on(topic, channelName);
            } catch (NsqdException e) {
                throw Refusals.of(e);
            }
            return Response.EMPTY;
        });
    }

    private static String argument(QueryString query, String name) throws HttpException {
        String upper = name.equals("topic") ? "ARG_TOPIC" : "ARG_CHANNEL";
        String value = query.value(name).orElseThrow(() -> new HttpException(400, "MISSING_" + upper));
        if (!Names.isValid(value)) {
            throw new HttpException(400, "INVALID_" + upper);
        }
        return value;
    }
}
