package io.nsqd.websocket;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A client that speaks V2 over a WebSocket, that of the JDK. */
public final class Frames implements WebSocket.Listener, AutoCloseable {
    private static final long PATIENCE_SECONDS = 30;

    private final BlockingQueue<Frame> frames = new LinkedBlockingQueue<>();
    private final CompletableFuture<Integer> closed = new CompletableFuture<>();
    private final CompletableFuture<String> pong = new CompletableFuture<>();
    private final ByteArrayOutputStream pending = new ByteArrayOutputStream();
    private WebSocket socket;

    /** What the daemon sends (P-2); of a message the data is id, attempts and body. */
    public record Frame(int type, String data) {
        String id() {
            return data.substring(10, 26);
        }

        int attempts() {
            return data.charAt(8) << 8 | data.charAt(9);
        }

        String body() {
            return data.substring(26);
        }
    }

    /** Connects to the HTTP port of a daemon. */
    public static Frames connect(int port) {
        return connect("ws", port, HttpClient.newHttpClient());
    }

    static Frames connect(String scheme, int port, HttpClient http) {
        Frames client = new Frames();
        client.socket = http.newWebSocketBuilder()
                .subprotocols("nsq.v2")
                .buildAsync(URI.create(scheme + "://127.0.0.1:" + port + "/ws"), client)
                .join();
        client.send("  V2");
        return client;
    }

    String subprotocol() {
        return socket.getSubprotocol();
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Sends bytes, each a character, as one message. */
    public Frames send(String bytes) {
        return send(bytes, true);
    }

    Frames send(String bytes, boolean last) {
        socket.sendBinary(bytes(bytes), last).join();
        return this;
    }

    /** Sends what the daemon will not read to its end. */
    void flood(String bytes) {
        var unused = socket.sendBinary(bytes(bytes), true);
    }

    /** Sends a command with a body. */
    public Frames line(String line, String body) {
        int length = body.length();
        String size = "" + (char) (length >>> 24) + (char) (length >>> 16 & 255) + (char) (length >>> 8 & 255)
                + (char) (length & 255);
        return send(line + "\n" + size + body);
    }

    void text(String text) {
        socket.sendText(text, true).join();
    }

    String ping(String text) throws Exception {
        socket.sendPing(bytes(text)).join();
        return pong.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** The next frame that is no heartbeat. */
    public Frame next() throws InterruptedException {
        Frame frame = frames.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (frame == null) {
            throw new AssertionError("nothing came; closed: " + closed.getNow(0));
        }
        return frame;
    }

    /** The code with which the daemon has closed it. */
    public int closeCode() throws Exception {
        return closed.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    boolean isClosed() {
        return closed.isDone();
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket from, ByteBuffer piece, boolean last) {
        while (piece.hasRemaining()) {
            pending.write(piece.get());
        }
        byte[] all = pending.toByteArray();
        pending.reset();
        ByteBuffer in = ByteBuffer.wrap(all);
        while (in.remaining() >= 8 && in.remaining() >= 4 + in.getInt(in.position())) {
            byte[] data = new byte[in.getInt() - 4];
            int type = in.getInt();
            in.get(data);
            Frame frame = new Frame(type, new String(data, StandardCharsets.ISO_8859_1));
            if (!frame.data().equals("_heartbeat_")) {
                frames.add(frame);
            }
        }
        pending.write(all, in.position(), in.remaining());
        from.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onPong(WebSocket from, ByteBuffer message) {
        pong.complete(StandardCharsets.ISO_8859_1.decode(message).toString());
        from.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
        closed.complete(code);
        return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
        closed.completeExceptionally(error);
    }

    @Override
    public void close() {
        socket.abort();
    }
}
