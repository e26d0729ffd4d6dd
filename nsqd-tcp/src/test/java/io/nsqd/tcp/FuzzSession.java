package io.nsqd.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.compression.SnappyFrameDecoder;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.spi.Authentication;
import io.nsqd.spi.Authenticator;
import io.nsqd.spi.Authorization;
import io.nsqd.spi.Authorization.Permission;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** One connection from its first byte to its last, on one thread and with a clock that stands still. */
final class FuzzSession implements AutoCloseable {
    private static final int RESPONSE = 0;
    private static final int ERROR = 1;
    private static final int MESSAGE = 2;
    private static final String HEARTBEAT = "_heartbeat_";

    /** All codes that there are, and of those that leave the connection open each form. */
    private static final Pattern FATAL = Pattern.compile(
            "E_BAD_PROTOCOL|(E_INVALID|E_BAD_BODY|E_BAD_TOPIC|E_BAD_CHANNEL"
                    + "|E_BAD_MESSAGE|E_IDENTIFY_FAILED|E_SUB_FAILED|E_PUB_FAILED|E_MPUB_FAILED|E_DPUB_FAILED|E_AUTH_DISABLED"
                    + "|E_AUTH_FAILED|E_AUTH_FIRST|E_UNAUTHORIZED) .*",
            Pattern.DOTALL);

    private static final Pattern NOT_FATAL = Pattern.compile(
            "E_(FIN|REQ|TOUCH)_FAILED \\1 .{16} failed (ID not in flight|client does not own message)", Pattern.DOTALL);

    /** Small, so that short inputs reach them. */
    private static final Map<Option, Object> LIMITS = Map.of(
            Option.MAX_MSG_SIZE, 200L,
            Option.MAX_BODY_SIZE, 400L,
            Option.MAX_RDY_COUNT, 20L);

    /** Made once, as it takes longer than a session: without and with authentication, without and with compression. */
    private static final Limits[] ALL_LIMITS = {
        limits(false, false), limits(false, true), limits(true, false), limits(true, true)
    };

    private final ScriptedNsqd nsqd = new ScriptedNsqd();
    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, false);
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final ClientConnection connection;
    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
    private int flushes;

    private static Limits limits(boolean authenticated, boolean compression) {
        Options options =
                Options.defaults().with(LIMITS).with(Map.of(Option.DEFLATE, compression, Option.SNAPPY, compression));
        Optional<Authenticator> authenticator = authenticated ? Optional.of(authenticator()) : Optional.empty();
        return Limits.of(options, Authentication.of(() -> authenticated, () -> authenticator));
    }

    /** @param compression whether clients may have it */
    FuzzSession(boolean authenticated, boolean compression) {
        channel.config().setAllocator(allocator);
        channel.freezeTime();
        Limits limits = ALL_LIMITS[(authenticated ? 2 : 0) + (compression ? 1 : 0)];
        LoopState loop = new LoopState(channel.eventLoop());
        connection = new ClientConnection(channel, nsqd, limits, loop, Optional::empty);
        loop.add(connection);
        channel.closeFuture().addListener(closed -> loop.remove(connection));
        channel.pipeline().addLast(new FlushCounter(), new CommandDecoder(connection, loop));
    }

    /** Secrets with {@code n} are nobody's, with {@code x} cannot be asked about; all others may use topics with {@code t}. */
    private static Authenticator authenticator() {
        return credentials -> {
            String secret = credentials.secretText();
            if (secret.startsWith("x")) {
                return CompletableFuture.failedFuture(new IllegalStateException("no answer"));
            }
            List<Authorization.Entry> entries = List.of(new Authorization.Entry(
                    Pattern.compile("^t"),
                    List.of(Pattern.compile("")),
                    Set.of(Permission.PUBLISH, Permission.SUBSCRIBE)));
            return CompletableFuture.completedFuture(
                    new Authorization(secret, "", secret.startsWith("n") ? List.of() : entries, Duration.ofHours(1)));
        };
    }

    /** Stands where the socket would be: each flush is a system call at least. */
    private final class FlushCounter extends ChannelOutboundHandlerAdapter {
        @Override
        public void flush(ChannelHandlerContext context) {
            flushes++;
            context.flush();
        }
    }

    /** How often something was flushed since the last call. */
    int takeFlushes() {
        int taken = flushes;
        flushes = 0;
        return taken;
    }

    // ---- in

    /** Hands bytes in as one read, then lets everything happen that can. */
    void read(byte[] bytes) {
        if (channel.isOpen() && bytes.length > 0) {
            ByteBuf in = allocator.directBuffer(bytes.length).writeBytes(bytes);
            channel.writeInbound(in);
            settle();
        }
    }

    /** Whether the client reads its answers. */
    void writable(boolean writable) {
        var outbound = channel.unsafe().outboundBuffer();
        if (outbound != null) {
            outbound.setUserDefinedWritability(1, writable);
            settle();
        }
    }

    private void settle() {
        channel.runPendingTasks();
        while (connection.isSuspended() && channel.isOpen()) {
            if (!nsqd.completePending()) {
                // For a SUB that asks again after some time.
                channel.advanceTimeBy(100, TimeUnit.MILLISECONDS);
            }
            channel.runPendingTasks();
        }
        collect();
    }

    /** The disk is through with everything: how much was answered before that depends on the pieces, and what is answered in the end does not. */
    private void completeAll() {
        while (nsqd.completePending()) {
            settle();
        }
    }

    private void collect() {
        for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            try {
                out.readBytes(sent, out.readableBytes());
            } catch (java.io.IOException e) {
                throw new AssertionError(e);
            } finally {
                out.release();
            }
        }
    }

    /** The client says no more. */
    void endInput() {
        if (channel.isOpen()) {
            channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
            settle();
            completeAll();
        }
    }

    /** A loop's tick, so long from now. */
    void tickIn(long millis) {
        if (channel.isOpen()) {
            connection.tick(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis));
            settle();
            completeAll();
        }
    }

    /** Whether the daemon's side of the connection is open. */
    boolean isOpen() {
        return channel.isOpen();
    }

    // ---- out

    byte[] sent() {
        return sent.toByteArray();
    }

    /** What was sent, without its compression. */
    static byte[] inflated(byte[] bytes) {
        Inflater inflater = new Inflater(true);
        inflater.setInput(bytes);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] piece = new byte[4096];
        try {
            for (int n = inflater.inflate(piece); n > 0; n = inflater.inflate(piece)) {
                out.write(piece, 0, n);
            }
        } catch (DataFormatException e) {
            throw new AssertionError(e);
        } finally {
            inflater.end();
        }
        return out.toByteArray();
    }

    /** What was sent, without its framing. */
    static byte[] unsnappied(byte[] bytes) {
        EmbeddedChannel decoder = new EmbeddedChannel(new SnappyFrameDecoder(true));
        decoder.writeInbound(Unpooled.wrappedBuffer(bytes));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (ByteBuf piece = decoder.readInbound(); piece != null; piece = decoder.readInbound()) {
            byte[] copy = new byte[piece.readableBytes()];
            piece.readBytes(copy);
            piece.release();
            out.writeBytes(copy);
        }
        decoder.finishAndReleaseAll();
        return out.toByteArray();
    }

    /**
     * The answers in what was sent, without the heartbeats; sees that everything sent is as the protocol has it.
     *
     * @param bytes all that was sent
     */
    List<String> answers(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        List<String> answers = new ArrayList<>();
        long lastId = 0;
        boolean over = false;
        while (in.hasRemaining()) {
            int size = in.getInt();
            int type = in.getInt();
            byte[] data = new byte[size - Integer.BYTES];
            in.get(data);
            String text = new String(data, StandardCharsets.ISO_8859_1);
            assertTrue(!over, () -> "after the last words came " + text);
            switch (type) {
                case RESPONSE -> {
                    if (!text.equals(HEARTBEAT)) {
                        answers.add(text);
                    }
                }
                case ERROR -> {
                    over = !NOT_FATAL.matcher(text).matches();
                    assertTrue(!over || FATAL.matcher(text).matches(), text);
                    answers.add(text);
                }
                case MESSAGE -> lastId = message(data, lastId);
                default -> throw new AssertionError("frame of type " + type);
            }
        }
        if (over) {
            assertTrue(connection.hasEnded(), "open after " + answers);
        }
        return answers;
    }

    private long message(byte[] data, long lastId) {
        String id = new String(data, 10, 16, StandardCharsets.US_ASCII);
        long number = Long.parseUnsignedLong(id, 16);
        assertEquals(lastId + 1, number, "messages come in order");
        byte[] body = Arrays.copyOfRange(data, 26, data.length);
        assertTrue(
                nsqd.accepted.stream().anyMatch(accepted -> Arrays.equals(accepted, body)), "a body is not as it was");
        return number;
    }

    boolean hasEnded() {
        return connection.hasEnded();
    }

    /** Messages that the broker was given, by all kinds of publishing. */
    int accepted() {
        return nsqd.accepted.size();
    }

    /** Closes the connection if it is open, and sees that all memory was given back. */
    @Override
    public void close() {
        settle();
        channel.close();
        channel.runPendingTasks();
        // Timers of what is gone.
        channel.advanceTimeBy(1, TimeUnit.HOURS);
        channel.runScheduledPendingTasks();
        collect();
        channel.finishAndReleaseAll();
        channel.checkException();
        assertEquals(0, allocator.metric().usedDirectMemory(), "direct memory is missing");
        assertEquals(0, allocator.metric().usedHeapMemory(), "heap memory is missing");
        assertEquals(List.of(), TestLog.failures());
    }
}
