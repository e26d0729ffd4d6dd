package io.nsqd.console;

import io.nsqd.api.Channel;
import io.nsqd.api.Message;
import io.nsqd.api.MessageId;
import io.nsqd.api.Nsqd;
import io.nsqd.api.PeekedMessage;
import io.nsqd.api.Topic;
import io.nsqd.spi.HttpEndpoint.Response;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Messages without consuming them. Called on threads that may block. */
final class MessageView {
    private static final int STANDARD_COUNT = 20;
    private static final int MOST = 500;

    /** Bytes of all bodies that one answer shows, and of each of them. */
    private static final int SHOWN = 4 << 20;

    private static final int SHOWN_OF_ONE = 64 << 10;

    /** Bytes of UTF-8 behind the first. */
    private static final int LONGEST_CHARACTER = 3;

    private static final long NANOS_PER_MILLI = 1_000_000;

    private final Nsqd nsqd;
    private final PolicyView policies;

    MessageView(Nsqd nsqd, PolicyView policies) {
        this.nsqd = nsqd;
        this.policies = policies;
    }

    private Optional<Channel> channel(String topic, String channel) {
        return nsqd.existingTopic(topic).flatMap(some -> some.existingChannel(channel));
    }

    private Channel existing(String topic, String channel) throws Refusal {
        return channel(topic, channel)
                .orElseThrow(() ->
                        Refusal.notFound("CHANNEL_NOT_FOUND", "there is no channel " + channel + " of topic " + topic));
    }

    /** Those in one state: {@code waiting}, {@code inflight}, {@code deferred} or {@code dead}. */
    Map<String, Object> list(Visitor visitor, Arguments arguments) throws Refusal {
        String topic = arguments.name("topic");
        String channel = arguments.name("channel");
        if (!visitor.maySubscribe(topic, channel)) {
            throw Refusal.notAllowed("you may not subscribe to this channel");
        }
        int count = (int) arguments.number("count", STANDARD_COUNT, 1, MOST);
        String state = arguments.optionalText("state").orElse("waiting");
        Channel there = existing(topic, channel);
        Optional<Place> letters = state.equals("dead") ? letters(topic, channel) : Optional.empty();
        List<PeekedMessage> found =
                switch (state) {
                    case "waiting" -> there.peek(PeekedMessage.State.WAITING, count);
                    case "inflight" -> there.peek(PeekedMessage.State.INFLIGHT, count);
                    case "deferred" -> there.peek(PeekedMessage.State.DEFERRED, count);
                    case "dead" ->
                        letters.map(place -> dead(place, topic, channel, count)).orElse(List.of());
                    default -> throw Refusal.badRequest("state must be waiting, inflight, deferred or dead");
                };
        List<Map<String, Object>> views = new ArrayList<>();
        int room = SHOWN;
        for (PeekedMessage one : found) {
            int shown = shown(one.message(), Math.min(SHOWN_OF_ONE, room));
            room -= shown;
            views.add(view(one, shown));
        }
        Map<String, Object> view = Json.object("messages", views);
        letters.ifPresent(place -> {
            view.put("topic", place.topic());
            view.put("channel", place.channel().name());
        });
        return view;
    }

    /** How many bytes of a body are shown: a text is cut between two characters, or it would be none any more. */
    private static int shown(Message message, int most) {
        int shown = Math.min(most, message.length());
        if (shown == message.length()) {
            return shown;
        }
        int cut = shown;
        while (cut > 0 && shown - cut < LONGEST_CHARACTER && isWithin(message.block()[message.offset() + cut])) {
            cut--;
        }
        return cut;
    }

    /** Whether a byte of UTF-8 goes on with the character of the one before. */
    private static boolean isWithin(byte next) {
        return (next & 0xc0) == 0x80;
    }

    /** A channel, and what it is a channel of. */
    private record Place(String topic, Channel channel) {}

    /** Where the dead letters of a channel wait: in the first channel of the topic that they go to. */
    private Optional<Place> letters(String topic, String channel) {
        String letters = policies.deadLetterTopic(topic, channel);
        Optional<Topic> there = letters.isEmpty() ? Optional.empty() : nsqd.existingTopic(letters);
        return there.stream()
                .flatMap(some -> some.channels().stream())
                .findFirst()
                .map(first -> new Place(letters, first));
    }

    /** What has died in a channel, as far as it waits where dead letters go. */
    private static List<PeekedMessage> dead(Place place, String topic, String channel, int count) {
        return place.channel().peek(PeekedMessage.State.WAITING, MOST).stream()
                .filter(message -> message.letter()
                        .filter(letter ->
                                letter.topic().equals(topic) && letter.channel().equals(channel))
                        .isPresent())
                .limit(count)
                .toList();
    }

    private static Map<String, Object> view(PeekedMessage peeked, int shown) {
        Message message = peeked.message();
        Map<String, Object> view = Json.object(
                "id", MessageId.toString(message.id()),
                "timestamp", message.timestampNanos() / NANOS_PER_MILLI,
                "attempts", message.attempts(),
                "dueMs", peeked.dueNanos() / NANOS_PER_MILLI,
                "consumer", peeked.consumer(),
                "bytes", message.length());
        ByteBuffer body = ByteBuffer.wrap(message.block(), message.offset(), shown);
        try {
            view.put(
                    "text",
                    StandardCharsets.UTF_8.newDecoder().decode(body.duplicate()).toString());
        } catch (CharacterCodingException e) {
            byte[] bytes = new byte[shown];
            body.get(bytes);
            view.put("base64", Base64.getEncoder().encodeToString(bytes));
        }
        if (shown < message.length()) {
            view.put("truncated", true);
        }
        peeked.letter()
                .ifPresent(letter -> view.put(
                        "letter",
                        Json.object(
                                "reason", letter.reason(),
                                "topic", letter.topic(),
                                "channel", letter.channel(),
                                "attempts", letter.attempts())));
        return view;
    }

    /** One body as a file. */
    Response download(Visitor visitor, Arguments arguments) throws Refusal {
        String topic = arguments.name("topic");
        String channel = arguments.name("channel");
        long id = arguments.id();
        if (!visitor.maySubscribe(topic, channel)) {
            throw Refusal.notAllowed("you may not subscribe to this channel");
        }
        Channel there = existing(topic, channel);
        for (PeekedMessage.State state : PeekedMessage.State.values()) {
            for (PeekedMessage peeked : there.peek(state, MOST)) {
                Message message = peeked.message();
                if (message.id() == id) {
                    byte[] body =
                            Arrays.copyOfRange(message.block(), message.offset(), message.offset() + message.length());
                    return Responses.guarded(new Response(200, "application/octet-stream", body))
                            .with("Content-Disposition", "attachment; filename=\"" + MessageId.toString(id) + ".bin\"");
                }
            }
        }
        throw Refusal.notFound("MESSAGE_NOT_FOUND", "the message is not here any more, or is behind many others");
    }
}
