package io.nsqd.websocket;

import io.nsqd.api.Names;
import io.nsqd.api.Nsqd;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import io.nsqd.api.Reason;
import io.nsqd.api.SubscribeOptions;
import io.nsqd.spi.HttpEndpoint;
import io.nsqd.spi.RequestOrigins;
import java.util.Locale;
import java.util.Optional;

/**
 * {@code GET /sub?topic=&channel=&max=&fin=}: the messages of a channel as server-sent events. Without {@code fin=manual} each counts as
 * processed when it is sent, so that it is delivered at most once; with it {@code max} messages are in flight at a time, each to be
 * settled with {@code POST /fin?id=} or {@code POST /req?id=}.
 */
final class SubEndpoint implements HttpEndpoint {
    private static final int MAX_WITHOUT = 100;

    private final Nsqd nsqd;
    private final EventStreams streams;
    private final RequestOrigins origins;

    SubEndpoint(Nsqd nsqd, EventStreams streams, RequestOrigins origins) {
        this.nsqd = nsqd;
        this.streams = streams;
        this.origins = origins;
    }

    @Override
    public Response handle(Request request) {
        if (!request.method().equals("GET")) {
            return Answers.error(405, "METHOD_NOT_ALLOWED").with("Allow", "GET");
        }
        if (!origins.isOwn(request)) {
            return Answers.error(403, "FORBIDDEN_ORIGIN");
        }
        return Answers.readableBy(origins.allowed(request), subscribe(request));
    }

    private Response subscribe(Request request) {
        Optional<String> wrong = wrong(request);
        if (wrong.isPresent()) {
            return Answers.error(400, wrong.get());
        }
        EventStream stream = new EventStream(
                streams,
                request.parameter("topic").orElseThrow(),
                request.parameter("channel").orElseThrow(),
                request.parameter("fin").orElse("").equals("manual"),
                max(request).orElseThrow(),
                request.client().address());
        try {
            stream.subscribe(nsqd, new SubscribeOptions(nsqd.options().nanos(Option.MSG_TIMEOUT), 0));
        } catch (NsqdException e) {
            return Answers.error(e.reason() == Reason.TOO_MANY_CONSUMERS ? 429 : 503, "SUB_FAILED");
        }
        return Response.stream(200, "text/event-stream; charset=utf-8", stream).with("Cache-Control", "no-store");
    }

    /** What is wrong with a request, in the words of the daemon's own endpoints. */
    private Optional<String> wrong(Request request) {
        for (String name : new String[] {"topic", "channel"}) {
            String word = name.toUpperCase(Locale.ROOT);
            Optional<String> value = request.parameter(name);
            if (value.isEmpty()) {
                return Optional.of("MISSING_ARG_" + word);
            }
            if (!Names.isValid(value.get())) {
                return Optional.of("INVALID_" + word);
            }
        }
        if (max(request).isEmpty()) {
            return Optional.of("INVALID_MAX");
        }
        boolean known = request.parameter("fin")
                .filter(fin -> !fin.equals("manual") && !fin.equals("auto"))
                .isEmpty();
        return known ? Optional.empty() : Optional.of("INVALID_FIN");
    }

    /** How many may be in flight; nothing for what is no such number. */
    private Optional<Integer> max(Request request) {
        Optional<String> text = request.parameter("max");
        if (text.isEmpty()) {
            return Optional.of(MAX_WITHOUT);
        }
        try {
            long number = Long.parseLong(text.get());
            long most = nsqd.options().integer(Option.MAX_RDY_COUNT);
            return number >= 1 && number <= most
                    ? Optional.of((int) Math.min(Integer.MAX_VALUE, number))
                    : Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
