package io.nsqd.http;

import io.nsqd.api.Names;
import io.nsqd.api.Nsqd;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Topic;

/** {@code /topic/*} (H-60 to H-62, H-66, H-67). The broker's part is done by a worker, for it may block. */
final class TopicEndpoint {
    private final Nsqd nsqd;

    TopicEndpoint(Nsqd nsqd) {
        this.nsqd = nsqd;
    }

    /** Something done to a topic. */
    @FunctionalInterface
    private interface Action {
        void on(String topic) throws HttpException;
    }

    void create(Exchange exchange) throws HttpException {
        run(exchange, validName(exchange), nsqd::topic);
    }

    void delete(Exchange exchange) throws HttpException {
        run(exchange, name(exchange), name -> {
            existing(name);
            nsqd.deleteTopic(name);
        });
    }

    void empty(Exchange exchange) throws HttpException {
        run(exchange, validName(exchange), name -> existing(name).empty());
    }

    void pause(Exchange exchange) throws HttpException {
        run(exchange, name(exchange), name -> existing(name).pause());
    }

    void unpause(Exchange exchange) throws HttpException {
        run(exchange, name(exchange), name -> existing(name).unpause());
    }

    /** Names are not checked here: one that is invalid cannot exist (H-62). */
    private static String name(Exchange exchange) throws HttpException {
        return exchange.query().value("topic").orElseThrow(() -> new HttpException(400, "MISSING_ARG_TOPIC"));
    }

    private static String validName(Exchange exchange) throws HttpException {
        String name = name(exchange);
        if (!Names.isValid(name)) {
            throw new HttpException(400, "INVALID_TOPIC");
        }
        return name;
    }

    private Topic existing(String name) throws HttpException {
        return nsqd.existingTopic(name).orElseThrow(() -> new HttpException(404, "TOPIC_NOT_FOUND"));
    }

    private static void run(Exchange exchange, String name, Action action) {
        exchange.work(() -> {
            try {
                action.on(name);
            } catch (NsqdException e) {
                throw Refusals.of(e);
            }
            return Response.EMPTY;
        });
    }
}
