package io.nsqd.shell;

import io.nsqd.api.Channel;
import io.nsqd.api.GoDuration;
import io.nsqd.api.Message;
import io.nsqd.api.MessageId;
import io.nsqd.api.PeekedMessage;
import io.nsqd.api.Printable;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Shows messages of a channel without delivering them. */
final class PeekCommand {
    /** Bytes of a body that are shown. */
    private static final int SHOWN = 80;

    private PeekCommand() {}

    static String run(Channel channel, String state, int count) {
        PeekedMessage.State wanted = Arrays.stream(PeekedMessage.State.values())
                .filter(one -> word(one).equals(state))
                .findFirst()
                .orElseThrow(() -> new Refused(
                        Printable.of("'" + state + "' is not one of " + states().collect(Collectors.joining(", ")))));
        List<PeekedMessage> messages = channel.peek(wanted, count);
        return messages.isEmpty()
                ? "no messages"
                : messages.stream().map(PeekCommand::line).collect(Collectors.joining("\n"));
    }

    private static String word(PeekedMessage.State state) {
        return state.name().toLowerCase(Locale.ROOT);
    }

    static Stream<String> states() {
        return Arrays.stream(PeekedMessage.State.values()).map(PeekCommand::word);
    }

    private static String line(PeekedMessage peeked) {
        Message message = peeked.message();
        int length = Math.min(SHOWN, message.length());
        String body = new String(message.block(), message.offset(), length, StandardCharsets.UTF_8);
        String due = peeked.state() == PeekedMessage.State.WAITING
                ? ""
                : ", due in " + GoDuration.toString(peeked.dueNanos() / 1_000_000 * 1_000_000);
        String whose = peeked.consumer().isEmpty() ? "" : ", at " + peeked.consumer();
        String letter = peeked.letter()
                .map(from -> ", dead by " + from.reason() + " in " + from.topic() + ":" + from.channel() + " after "
                        + from.attempts() + " attempts")
                .orElse("");
        return Printable.of(MessageId.toString(message.id()) + "  attempts " + message.attempts() + due + whose + letter
                + ", " + message.length() + " bytes: " + body);
    }
}
