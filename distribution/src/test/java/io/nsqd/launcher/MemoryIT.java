package io.nsqd.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A heap that is far too small for what comes: nothing is lost, nobody is cut off; and when it is too small for one message, one line. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class MemoryIT {
    private static final String SMALL_HEAP = "-Xmx64m";
    private static final int MEGABYTE = 1 << 20;

    /** Ten times the heap; the property has it be more. */
    private static final int BIG_MESSAGES = Integer.getInteger("nsqd.test.bigMessages", 640);

    @TempDir
    private Path data;

    private Daemon.Setup daemon(String... flags) {
        return Daemon.of(data).flags(flags).environment("NSQD_JAVA_OPTS", SMALL_HEAP);
    }

    /** A client of the protocol. */
    private static final class Client implements Closeable {
        private final Socket socket;
        private final DataInputStream in;
        private final OutputStream out;

        Client(int port) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(60_000);
            in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), MEGABYTE));
            out = socket.getOutputStream();
            send("  V2");
        }

        void send(String text) throws IOException {
            out.write(text.getBytes(StandardCharsets.US_ASCII));
        }

        void send(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
        }

        /** The next frame that is no heartbeat, without its size: type, then data. */
        byte[] frame() throws IOException {
            while (true) {
                byte[] frame = new byte[in.readInt()];
                in.readFully(frame);
                if (frame[3] == 0 && text(frame).equals("_heartbeat_")) {
                    send("NOP\n");
                } else {
                    return frame;
                }
            }
        }

        static String text(byte[] frame) {
            return new String(frame, 4, frame.length - 4, StandardCharsets.ISO_8859_1);
        }

        void awaitOk() throws IOException {
            assertEquals("OK", text(frame()));
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    /** A command with a body. */
    private static byte[] command(String line, byte[] body) {
        byte[] head = (line + "\n").getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(head.length + Integer.BYTES + body.length)
                .put(head)
                .putInt(body.length)
                .put(body)
                .array();
    }

    /** The body of an MPUB of one message. */
    private static byte[] batchOfOne(int bytes) {
        return ByteBuffer.allocate(2 * Integer.BYTES + bytes)
                .putInt(1)
                .putInt(bytes)
                .array();
    }

    @Test
    @Tag("B-14")
    void tenTimesTheHeapIsTakenAndDelivered() throws Exception {
        try (Daemon daemon = daemon().start();
                Client publisher = new Client(daemon.tcpPort());
                Client consumer = new Client(daemon.tcpPort())) {
            // Two channels, one of which nobody reads: it is full, of memory as well as of messages.
            consumer.send("SUB big idle\n");
            consumer.awaitOk();
            try (Client reader = new Client(daemon.tcpPort())) {
                reader.send("SUB big read\n");
                reader.awaitOk();
                for (int i = 0; i < BIG_MESSAGES; i++) {
                    byte[] body = new byte[MEGABYTE];
                    ByteBuffer.wrap(body).putInt(i);
                    byte[] pub = command("PUB big", body);
                    publisher.send(pub, 0, pub.length);
                    publisher.awaitOk();
                }
                reader.send("RDY 500\n");
                boolean[] seen = new boolean[BIG_MESSAGES];
                for (int i = 0; i < BIG_MESSAGES; i++) {
                    byte[] frame = reader.frame();
                    assertEquals(2, frame[3], Client.text(frame));
                    seen[ByteBuffer.wrap(frame).getInt(4 + 8 + 2 + 16)] = true;
                    reader.send("FIN " + new String(frame, 4 + 8 + 2, 16, StandardCharsets.US_ASCII) + "\n");
                }
                for (int i = 0; i < BIG_MESSAGES; i++) {
                    assertTrue(seen[i], "message " + i + " has not come");
                }
            }
            assertEquals(0, daemon.stop(), () -> String.join("\n", daemon.log()));
        }
    }

    /** Each sends five megabytes, a piece at a time, all of them at the same time, to more event loops than the heap is made for. */
    @ParameterizedTest
    @ValueSource(strings = {"memory", "synced"})
    @Tag("P-68")
    void whatManyConnectionsAreSendingIsTakenOneAfterTheOther(String durability) throws Exception {
        byte[] mpub = command("MPUB big", batchOfOne(5 * MEGABYTE - 100));
        try (Daemon daemon = daemon("--max-msg-size=5242880", "--max-body-size=5242880", "--durability=" + durability)
                .environment("NSQD_JAVA_OPTS", SMALL_HEAP + " -XX:ActiveProcessorCount=4")
                .start()) {
            List<Thread> threads = new ArrayList<>();
            List<String> answers = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                int kind = i % 4;
                Thread thread = new Thread(() -> {
                    String answer;
                    try {
                        answer = switch (kind) {
                            case 0 -> post(daemon.httpPort(), "pub");
                            case 1 -> post(daemon.httpPort(), "mpub");
                            default -> publish(daemon.tcpPort(), mpub);
                        };
                    } catch (IOException | RuntimeException | Error e) {
                        answer = e.toString();
                    }
                    synchronized (answers) {
                        answers.add(answer);
                    }
                });
                threads.add(thread);
                thread.start();
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertEquals(40, answers.size());
            assertTrue(answers.stream().allMatch("OK"::equals), () -> answers + "\n" + String.join("\n", daemon.log()));
            assertEquals(0, daemon.stop(), () -> String.join("\n", daemon.log()));
        }
    }

    private static String publish(int port, byte[] mpub) throws IOException {
        try (Client client = new Client(port)) {
            int piece = 100_000;
            for (int sent = 0; sent < mpub.length; sent += piece) {
                client.send(mpub, sent, Math.min(piece, mpub.length - sent));
                LockSupport.parkNanos(1);
            }
            return Client.text(client.frame());
        }
    }

    private static String post(int port, String how) throws IOException {
        byte[] piece = new byte[100_000];
        Arrays.fill(piece, (byte) 'x');
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(60_000);
            OutputStream out = socket.getOutputStream();
            out.write(("POST /" + how + "?topic=big HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: "
                            + 50 * piece.length + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            for (int i = 0; i < 50; i++) {
                out.write(piece);
            }
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            return answer.startsWith("HTTP/1.1 200") && answer.endsWith("OK") ? "OK" : answer;
        }
    }

    /** Where even one body is too much, the process ends, and says why. */
    @Test
    void withoutMemoryItEndsWithOneLine() throws Exception {
        try (Daemon daemon = daemon("--max-msg-size=500000000", "--max-body-size=500000000")
                        .start();
                Client client = new Client(daemon.tcpPort())) {
            byte[] head = ByteBuffer.allocate(12)
                    .put("PUB big\n".getBytes(StandardCharsets.US_ASCII))
                    .putInt(400_000_000)
                    .array();
            client.send(head, 0, head.length);
            byte[] megabyte = new byte[MEGABYTE];
            try {
                for (int i = 0; i < 300; i++) {
                    client.send(megabyte, 0, megabyte.length);
                }
            } catch (IOException e) {
                // It has ended.
            }
            assertEquals(1, daemon.awaitExit(), () -> String.join("\n", daemon.log()));
            List<String> about = daemon.log().stream()
                    .filter(line -> line.contains("memory"))
                    .toList();
            assertEquals(1, about.size(), daemon.log()::toString);
            assertTrue(about.get(0).matches(".* FATAL: out of memory, ending - Java heap space"), about.get(0));
            assertEquals(about.get(0), daemon.log().get(daemon.log().size() - 1));
        }
    }
}
