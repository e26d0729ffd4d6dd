package io.nsqd.examples.texttransport;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.nsqd.api.Message;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.MessageId;
import io.nsqd.api.Nsqd;
import io.nsqd.net.transport.ClientOutput;
import io.nsqd.net.transport.ClientSession;
import io.nsqd.spi.Authentication;
import io.nsqd.spi.Authorization.Permission;
import java.util.concurrent.CompletableFuture;

/**
 * Takes {@code AUTH secret}, {@code PUB topic text}, {@code SUB topic channel}, and {@code FIN id}, which has no answer unless it is
 * refused; sends {@code MSG id text}.
 */
final class TextClient extends ClientSession {
    private static final int WINDOW = 16;

    TextClient(Channel channel, Nsqd nsqd, Authentication authentication) {
        super(channel, nsqd, authentication, "TEXT", 1);
    }

    @Override
    protected boolean decode(ByteBuf in) throws Exception {
        int length = in.bytesBefore((byte) '\n');
        if (length < 0) {
            return false;
        }
        String[] words = in.readString(length, UTF_8).split(" ", 3);
        in.skipBytes(1);
        switch (words[0]) {
            case "AUTH" -> authenticate(words[1].getBytes(UTF_8), () -> say("OK"));
            case "PUB" -> whenAllowed(Permission.PUBLISH, words[1], "", () -> publish(words[1], words[2]));
            case "SUB" ->
                whenAllowed(Permission.SUBSCRIBE, words[1], words[2], () -> {
                    subscribe(words[1], words[2], WINDOW);
                    say("OK");
                });
            case "FIN" -> finish(Long.parseUnsignedLong(words[1], 16));
            default -> throw new IllegalArgumentException("unknown command");
        }
        return true;
    }

    private void publish(String topic, String text) throws Exception {
        CompletableFuture<Void> kept = nsqd().topic(topic).publish(MessageBatch.of(text.getBytes(UTF_8)));
        suspendUntil(kept, () -> {
            kept.join();
            say("OK");
        });
    }

    private void say(String line) {
        byte[] bytes = (line + "\n").getBytes(UTF_8);
        output().write(bytes, 0, bytes.length);
    }

    @Override
    protected void encode(Message message, ClientOutput out) {
        String text = new String(message.block(), message.offset(), message.length(), UTF_8);
        say("MSG " + MessageId.toString(message.id()) + " " + text.replace("\n", "\\n"));
    }

    @Override
    protected void failed(Exception failure) {
        say("ERROR " + failure.getMessage());
    }
}
