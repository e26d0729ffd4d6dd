package io.nsqd.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.compression.SnappyFrameEncoder;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.Deflater;

/**
 * Whatever a client sends, and in whatever pieces it comes: no exception, no leak, only frames of the protocol, and the same
 * answers as if it came in one piece. The first byte of an input says what is done with the others; see {@link #play}.
 *
 * <p>As an ordinary test it plays the seeds; the build also runs it as a fuzzer.
 */
class ProtocolFuzzTest {
    private static final AtomicLong PLAYED = new AtomicLong();

    /** What an input's first byte chooses. */
    private static final int AUTHENTICATED = 0x04;

    /** Longer inputs find no more, and take their time. */
    private static final int MAX_BYTES = 320;

    private static final int MAX_PIECES = 24;

    private static final long MUCH_LATER_MILLIS = 3_600_000;

    private static final int SILENT_END = 0x08;
    private static final int UNWRITABLE = 0x10;

    static {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(() -> System.out.println("fuzz: " + PLAYED + " inputs were played")));
    }

    private enum Kind {
        PLAIN,
        DEFLATE,
        SNAPPY,
        /** After the upgrade the bytes are sent as they are. */
        RUBBISH
    }

    @FuzzTest(maxDuration = "1h", maxExecutions = Long.MAX_VALUE)
    void play(byte[] input) {
        PLAYED.incrementAndGet();
        if (input.length < 2) {
            return;
        }
        int choice = input[0];
        int cut = input[1] & 0xff;
        byte[] bytes = Arrays.copyOfRange(input, 2, Math.min(input.length, MAX_BYTES));
        Kind kind = Kind.values()[choice & 3];
        if (kind == Kind.RUBBISH) {
            rubbish(bytes, choice, cut);
            return;
        }
        Outcome whole = plain(bytes, choice, bytes.length, false);
        Outcome pieces = kind == Kind.PLAIN
                ? plain(bytes, choice, 1 + cut % 64, true)
                : compressed(kind, bytes, choice, 1 + cut);
        assertEquals(whole, pieces);
    }

    /** What must not depend on the pieces. */
    private record Outcome(List<String> answers, int accepted, boolean ended) {}

    private static FuzzSession session(int choice, boolean compression) {
        return new FuzzSession((choice & AUTHENTICATED) != 0, compression);
    }

    private static void feed(FuzzSession session, byte[] bytes, int leastPieceLength, boolean unwritable) {
        int pieceLength = Math.max(leastPieceLength, bytes.length / MAX_PIECES);
        for (int at = 0; at < bytes.length; at += pieceLength) {
            if (unwritable) {
                session.writable(false);
            }
            session.read(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + pieceLength)));
            if (unwritable) {
                session.writable(true);
            }
        }
    }

    private static void end(FuzzSession session, int choice) {
        if ((choice & SILENT_END) != 0) {
            session.tickIn(MUCH_LATER_MILLIS);
        } else {
            session.endInput();
        }
    }

    private static Outcome plain(byte[] bytes, int choice, int pieceLength, boolean mayBeUnwritable) {
        try (FuzzSession session = session(choice, false)) {
            session.read("  V2".getBytes(StandardCharsets.US_ASCII));
            feed(session, bytes, pieceLength, mayBeUnwritable && (choice & UNWRITABLE) != 0);
            end(session, choice);
            return new Outcome(session.answers(session.sent()), session.accepted(), session.hasEnded());
        }
    }

    private static Outcome compressed(Kind kind, byte[] bytes, int choice, int pieceLength) {
        byte[] sent = kind == Kind.DEFLATE ? deflated(bytes) : snappied(bytes);
        try (FuzzSession session = session(choice, true)) {
            upgrade(session, kind == Kind.DEFLATE);
            feed(session, sent, pieceLength, (choice & UNWRITABLE) != 0);
            end(session, choice);
            byte[] all = session.sent();
            // The answer to IDENTIFY is plain.
            int jsonEnd = Integer.BYTES + ByteBuffer.wrap(all).getInt();
            byte[] answered = Arrays.copyOfRange(all, jsonEnd, all.length);
            byte[] plain = kind == Kind.DEFLATE ? FuzzSession.inflated(answered) : FuzzSession.unsnappied(answered);
            // The first is the OK of the upgrade.
            List<String> answers = session.answers(plain);
            return new Outcome(answers.subList(1, answers.size()), session.accepted(), session.hasEnded());
        }
    }

    private static void upgrade(FuzzSession session, boolean deflate) {
        session.read("  V2".getBytes(StandardCharsets.US_ASCII));
        byte[] body = ("{\"feature_negotiation\":true,\"" + (deflate ? "deflate" : "snappy") + "\":true}")
                .getBytes(StandardCharsets.US_ASCII);
        session.read(("IDENTIFY\n\0\0\0" + (char) body.length).getBytes(StandardCharsets.US_ASCII));
        session.read(body);
    }

    private static void rubbish(byte[] bytes, int choice, int cut) {
        try (FuzzSession session = session(choice, true)) {
            upgrade(session, (choice & 0x20) != 0);
            feed(session, bytes, 1 + cut, (choice & UNWRITABLE) != 0);
            end(session, choice);
        }
    }

    static byte[] deflated(byte[] bytes) {
        Deflater deflater = new Deflater(6, true);
        deflater.setInput(bytes);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] piece = new byte[4096];
        int n;
        do {
            n = deflater.deflate(piece, 0, piece.length, Deflater.SYNC_FLUSH);
            out.write(piece, 0, n);
        } while (n == piece.length);
        deflater.end();
        return out.toByteArray();
    }

    static byte[] snappied(byte[] bytes) {
        EmbeddedChannel encoder = new EmbeddedChannel(new SnappyFrameEncoder());
        encoder.writeOutbound(Unpooled.wrappedBuffer(bytes));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (ByteBuf piece = encoder.readOutbound(); piece != null; piece = encoder.readOutbound()) {
            byte[] copy = new byte[piece.readableBytes()];
            piece.readBytes(copy);
            piece.release();
            out.writeBytes(copy);
        }
        encoder.finishAndReleaseAll();
        return out.toByteArray();
    }
}
