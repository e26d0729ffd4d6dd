package io.nsqd.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nsqd.api.Channel;
import io.nsqd.api.Errors;
import io.nsqd.api.GoDuration;
import io.nsqd.api.Message;
import io.nsqd.api.MessageId;
import io.nsqd.api.Names;
import io.nsqd.api.Nsqd;
import io.nsqd.api.NsqdException;
import io.nsqd.api.PeekedMessage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * {@code /channel/peek}, {@code /channel/requeue}, {@code /channel/drop} and {@code /topic/move}: single messages, for people. The
 * broker's part is done by a worker.
 */
final class MessagesEndpoint {
    private static final int STANDARD_COUNT = 10;
    private static final int MOST = 1000;

    /** Bytes of a body that are shown. */
    private static final int SHOWN = 1024;

    private final Nsqd nsqd;
    private final Clock clock;

    MessagesEndpoint(Nsqd nsqd, Clock clock) {
        this.nsqd = nsqd;
        this.clock = clock;
    }

    /** Something done with a channel. */
    @FunctionalInterface
    private interface Action {
        Response on(Channel channel) throws HttpException;
    }

    private void run(Exchange exchange, Action action) throws HttpException {
        QueryString query = exchange.query();
        String topic = name(query, "topic", "TOPIC");
        String channel = name(query, "channel", "CHANNEL");
        exchange.work(() -> {
            try {
                return action.on(nsqd.existingTopic(topic)
                        .orElseThrow(() -> new HttpException(404, "TOPIC_NOT_FOUND"))
                        .existingChannel(channel)
                        .orElseThrow(() -> new HttpException(404, "CHANNEL_NOT_FOUND")));
            } catch (NsqdException e) {
                throw refusal(e);
            }
        });
    }

    private static HttpException refusal(NsqdException refusal) {
        return switch (refusal.reason()) {
            case MESSAGE_NOT_FOUND -> new HttpException(404, "MESSAGE_NOT_FOUND");
            case FULL -> said(507, refusal);
            case BAD_TOPIC, BAD_CHANNEL -> said(400, refusal);
            case BACKEND -> said(503, refusal);
            case EXITING -> said(409, refusal);
            default -> Refusals.of(refusal);
        };
    }

    private static HttpException said(int status, NsqdException refusal) {
        return new HttpException(Response.json(status, GoJson.bytes(json -> {
            json.writeStartObject();
            GoJson.writeString(json, "message", Errors.describe(refusal));
            json.writeEndObject();
        })));
    }

    // ---- peek

    void peek(Exchange exchange) throws HttpException {
        QueryString query = exchange.query();
        int count = (int) number(query, "count", STANDARD_COUNT, MOST);
        PeekedMessage.State state = state(query.value("state").orElse("waiting"));
        run(exchange, channel -> Response.json(200, GoJson.bytes(json -> write(json, channel.peek(state, count)))));
    }

    private static PeekedMessage.State state(String word) throws HttpException {
        return Arrays.stream(PeekedMessage.State.values())
                .filter(state -> word(state).equals(word))
                .findFirst()
                .orElseThrow(() -> new HttpException(400, "INVALID_STATE"));
    }

    private static String word(PeekedMessage.State state) {
        return state.name().toLowerCase(Locale.ROOT);
    }

    private void write(JsonGenerator json, List<PeekedMessage> messages) throws IOException {
        Instant now = clock.instant();
        long epochNanos = now.getEpochSecond() * 1_000_000_000L + now.getNano();
        json.writeStartObject();
        json.writeArrayFieldStart("messages");
        for (PeekedMessage peeked : messages) {
            write(json, peeked, epochNanos);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, PeekedMessage peeked, long epochNanos) throws IOException {
        Message message = peeked.message();
        json.writeStartObject();
        json.writeStringField("id", MessageId.toString(message.id()));
        json.writeNumberField("timestamp", message.timestampNanos());
        json.writeStringField("age", GoDuration.toString(Math.max(0, epochNanos - message.timestampNanos())));
        json.writeNumberField("attempts", message.attempts());
        json.writeStringField("state", word(peeked.state()));
        if (peeked.state() != PeekedMessage.State.WAITING) {
            json.writeStringField("due", GoDuration.toString(peeked.dueNanos()));
        }
        if (!peeked.consumer().isEmpty()) {
            GoJson.writeString(json, "consumer", peeked.consumer());
        }
        json.writeNumberField("size", message.length());
        writeBody(json, message);
        if (peeked.letter().isPresent()) {
            PeekedMessage.DeadLetter letter = peeked.letter().get();
            json.writeObjectFieldStart("dead_letter");
            json.writeStringField("reason", letter.reason());
            json.writeStringField("topic", letter.topic());
            json.writeStringField("channel", letter.channel());
            json.writeNumberField("attempts", letter.attempts());
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    /** Text as it is; what is no text, and what is cut in the middle of a character, in base64. */
    private static void writeBody(JsonGenerator json, Message message) throws IOException {
        int length = Math.min(SHOWN, message.length());
        ByteBuffer body = ByteBuffer.wrap(message.block(), message.offset(), length);
        try {
            String text =
                    StandardCharsets.UTF_8.newDecoder().decode(body.duplicate()).toString();
            GoJson.writeString(json, "body", text);
        } catch (CharacterCodingException e) {
            byte[] bytes = new byte[length];
            body.get(bytes);
            json.writeStringField("body_base64", Base64.getEncoder().encodeToString(bytes));
        }
        if (length < message.length()) {
            json.writeBooleanField("truncated", true);
        }
    }

    // ---- one message

    void requeue(Exchange exchange) throws HttpException {
        long id = id(exchange.query());
        run(exchange, channel -> {
            channel.requeue(id);
            return Response.EMPTY;
        });
    }

    void drop(Exchange exchange) throws HttpException {
        long id = id(exchange.query());
        run(exchange, channel -> {
            channel.drop(id);
            return Response.EMPTY;
        });
    }

    private static long id(QueryString query) throws HttpException {
        String text = query.value("id").orElseThrow(() -> new HttpException(400, "MISSING_ARG_ID"));
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length != MessageId.LENGTH || !MessageId.isValid(bytes, 0)) {
            throw new HttpException(400, "INVALID_ID");
        }
        return MessageId.parse(bytes, 0);
    }

    // ---- move

    void move(Exchange exchange) throws HttpException {
        QueryString query = exchange.query();
        String from = name(query, "from", "FROM");
        String to = name(query, "to", "TO");
        Optional<String> channel =
                query.value("channel").isEmpty() ? Optional.empty() : Optional.of(name(query, "channel", "CHANNEL"));
        long count = number(query, "count", Long.MAX_VALUE, Long.MAX_VALUE);
        exchange.work(() -> {
            try {
                long moved = nsqd.move(from, channel, to, count);
                return Response.json(200, GoJson.bytes(json -> {
                    json.writeStartObject();
                    json.writeNumberField("moved", moved);
                    json.writeEndObject();
                }));
            } catch (NsqdException e) {
                throw refusal(e);
            }
        });
    }

    // ---- parameters

    private static String name(QueryString query, String parameter, String word) throws HttpException {
        String value = query.value(parameter).orElseThrow(() -> new HttpException(400, "MISSING_ARG_" + word));
        if (!Names.isValid(value)) {
            throw new HttpException(400, "INVALID_ARG_" + word);
        }
        return value;
    }

    private static long number(QueryString query, String parameter, long otherwise, long most) throws HttpException {
        Optional<String> text = query.value(parameter);
        if (text.isEmpty()) {
            return otherwise;
        }
        try {
            long number = Long.parseLong(text.get());
            if (number > 0) {
                return Math.min(most, number);
            }
        } catch (NumberFormatException e) {
            // As bad as one that is out of range.
        }
        throw new HttpException(400, "INVALID_" + parameter.toUpperCase(Locale.ROOT));
    }
}
