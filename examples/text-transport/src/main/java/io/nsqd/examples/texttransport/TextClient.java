package io.nsqd.examples.texttransport;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.nsqd.api.Channel;
import io.nsqd.api.Consumer;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.MessageId;
import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.api.SubscribeOptions;
import io.nsqd.api.Subscription;
import io.nsqd.stats.ClientStats;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.Socket;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** Takes {@code PUB topic text}, {@code SUB topic channel} and {@code FIN id}; sends {@code MSG id text}. */
final class TextClient implements Consumer {
    private static final int WINDOW = 16;

    private final TextTransport transport;
    private final Nsqd nsqd;
    private final Socket socket;
    private final PrintStream out;
    private final Instant since = Instant.now();
    private final AtomicBoolean woken = new AtomicBoolean();
    private volatile Optional<Subscription> subscription = Optional.empty();

    TextClient(TextTransport transport, Socket socket) throws IOException {
        this.transport = transport;
        this.nsqd = transport.nsqd();
        this.socket = socket;
        out = new PrintStream(socket.getOutputStream(), false, UTF_8);
        transport.clients().add(this);
    }

    void read() {
        try (InputStream in = new BufferedInputStream(socket.getInputStream())) {
            for (String line = line(in); line != null; line = line(in)) {
                answer(line.split(" ", 3));
            }
        } catch (IOException e) {
            // The client has broken off.
        }
        transport.clients().remove(this);
        subscription.ifPresent(Subscription::close);
    }

    /** A line; {@code null} at the end, and where it is too long: no client may fill the memory. */
    private String line(InputStream in) throws IOException {
        long limit = nsqd.options().integer(Option.MAX_MSG_SIZE);
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int b = in.read();
        for (; b >= 0 && b != '\n' && line.size() < limit; b = in.read()) {
            line.write(b);
        }
        return b == '\n' ? line.toString(UTF_8) : null;
    }

    /** Synchronized, as a subscription is for one thread at a time. */
    private synchronized void answer(String[] words) {
        try {
            if (transport.authentication().isRequired()) {
                throw new IllegalStateException("clients must authenticate, and cannot do so here");
            }
            switch (words[0]) {
                case "PUB" ->
                    nsqd.topic(words[1])
                            .publish(MessageBatch.of(words[2].getBytes(UTF_8)))
                            .join();
                case "SUB" -> subscribe(nsqd.topic(words[1]).channel(words[2]));
                case "FIN" -> finish(Long.parseUnsignedLong(words[1], 16));
                default -> throw new IllegalArgumentException("unknown command");
            }
            out.print("OK\n");
        } catch (RuntimeException e) {
            out.print("ERROR " + e.getMessage() + "\n");
        }
        deliver();
    }

    private void subscribe(Channel channel) {
        if (subscription.isPresent()) {
            throw new IllegalStateException("subscribed already");
        }
        long timeout = nsqd.options().nanos(Option.MSG_TIMEOUT);
        subscription = Optional.of(channel.subscribe(this, new SubscribeOptions(timeout, 0)));
    }

    private void finish(long message) {
        subscription.orElseThrow().finish(new long[] {message}, 1, (id, why) -> {
            throw new IllegalArgumentException(why.toString());
        });
    }

    /** Any number of wake-ups is one delivery, and whoever wakes does not wait for it. */
    @Override
    public void wakeUp() {
        if (woken.compareAndSet(false, true)) {
            transport.threads().execute(this::deliver);
        }
    }

    private synchronized void deliver() {
        woken.set(false);
        subscription.ifPresent(s -> s.poll(WINDOW - s.inFlight(), Long.MAX_VALUE, m -> {
            String text = new String(m.block(), m.offset(), m.length(), UTF_8);
            out.print("MSG " + MessageId.toString(m.id()) + " " + text.replace("\n", "\\n") + "\n");
        }));
        out.flush();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // It is closed in any case.
        }
    }

    @Override
    public ClientStats stats() {
        String address = socket.getRemoteSocketAddress().toString().substring(1);
        return subscription.orElseThrow().stats("TEXT", address, since, WINDOW);
    }
}
