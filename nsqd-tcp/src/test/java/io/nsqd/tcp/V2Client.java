package io.nsqd.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * A raw client: sends whatever it is told, and reads frames. Strings stand for bytes, a character for each. No read waits
 * for ever.
 */
public final class V2Client implements AutoCloseable {
    public static final String MAGIC = "  V2";

    /** Far longer than any answer takes; only a missing one takes so long. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private Socket socket;
    private DataInputStream in;
    private OutputStream out;

    private V2Client(Socket socket) throws IOException {
        this.socket = socket;
        over(socket.getInputStream(), socket.getOutputStream());
        // Each write is to arrive as it was written.
        socket.setTcpNoDelay(true);
        socket.setSoTimeout((int) PATIENCE.toMillis());
    }

    /** Connects and says nothing. */
    public static V2Client connect(int port) throws IOException {
        return new V2Client(new Socket(InetAddress.getLoopbackAddress(), port));
    }

    /** Connects to a unix socket and says nothing. */
    static V2Client connect(Path socket) throws IOException {
        return new V2Client(new UnixSocket(socket));
    }

    /** Connects and says nothing; takes only so much before it is read from. */
    public static V2Client connect(int port, int receiveBufferBytes) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(receiveBufferBytes);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return new V2Client(socket);
    }

    private void over(InputStream input, OutputStream output) {
        in = new DataInputStream(new BufferedInputStream(input));
        out = output;
    }

    // ---- upgrades (P-36)

    /** Shakes hands as a TLS client. */
    V2Client startTls(SSLContext context) throws IOException {
        return startTls(context, "");
    }

    /** Shakes hands as a TLS client with one version, and with certain suites. */
    V2Client startTls(SSLContext context, String protocol, String... suites) throws IOException {
        SSLSocket tls =
                (SSLSocket) context.getSocketFactory().createSocket(socket, "localhost", socket.getPort(), true);
        if (!protocol.isEmpty()) {
            tls.setEnabledProtocols(new String[] {protocol});
        }
        if (suites.length > 0) {
            tls.setEnabledCipherSuites(suites);
        }
        tls.startHandshake();
        socket = tls;
        over(tls.getInputStream(), tls.getOutputStream());
        return this;
    }

    /** Whose certificate the daemon has shown. */
    String peer() throws IOException {
        return ((SSLSocket) socket).getSession().getPeerPrincipal().getName();
    }

    /** Speaks deflate from now on, the start of which may have come already; each write is flushed. */
    V2Client startDeflate(int level) throws IOException {
        DeflaterOutputStream deflated =
                new DeflaterOutputStream(socket.getOutputStream(), new Deflater(level, true), 512, true);
        over(new InflaterInputStream(in, new Inflater(true)), new FilterOutputStream(deflated) {
            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                deflated.write(bytes, offset, length);
                deflated.flush();
            }
        });
        return this;
    }

    /** Reads deflate from now on; what is sent goes out as it is. */
    V2Client readDeflated() {
        in = new DataInputStream(new BufferedInputStream(new InflaterInputStream(in, new Inflater(true))));
        return this;
    }

    /** Speaks snappy from now on. */
    SnappyStreams.Input startSnappy() throws IOException {
        SnappyStreams.Input input = new SnappyStreams.Input(in);
        over(input, new SnappyStreams.Output(socket.getOutputStream()));
        return input;
    }

    int localPort() {
        return socket.getLocalPort();
    }

    // ---- out

    /** Sends bytes. */
    public V2Client send(String bytes) throws IOException {
        return send(bytes.getBytes(StandardCharsets.ISO_8859_1));
    }

    V2Client send(byte[] bytes) throws IOException {
        out.write(bytes);
        return this;
    }

    /** Sends bytes in writes of so many. */
    V2Client send(String bytes, int pieceLength) throws IOException {
        for (int at = 0; at < bytes.length(); at += pieceLength) {
            send(bytes.substring(at, Math.min(at + pieceLength, bytes.length())));
        }
        return this;
    }

    /** Sends a line. */
    public V2Client line(String line) throws IOException {
        return send(line + "\n");
    }

    /** Sends a line with a body (P-17). */
    public V2Client line(String line, String body) throws IOException {
        return send(command(line, body));
    }

    /** Says that no more will be sent. */
    V2Client shutdownOutput() throws IOException {
        socket.shutdownOutput();
        return this;
    }

    /** A number as four bytes. */
    static String int32(int number) {
        return new String(ByteBuffer.allocate(Integer.BYTES).putInt(number).array(), StandardCharsets.ISO_8859_1);
    }

    /** Something with its size before it. */
    static String sized(String body) {
        return int32(body.length()) + body;
    }

    /** A line with a body. */
    public static String command(String line, String body) {
        return line + "\n" + sized(body);
    }

    /** The body of an MPUB, without its size (P-68). */
    public static String batch(String... messages) {
        StringBuilder batch = new StringBuilder(int32(messages.length));
        for (String message : messages) {
            batch.append(sized(message));
        }
        return batch.toString();
    }

    // ---- in

    /** The next frame. */
    public Frame frame() throws IOException {
        int size = in.readInt();
        int type = in.readInt();
        return new Frame(type, new String(in.readNBytes(size - Integer.BYTES), StandardCharsets.ISO_8859_1));
    }

    /** The next so many bytes. */
    String bytes(int count) throws IOException {
        byte[] bytes = new byte[count];
        in.readFully(bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** The next frame, which is a message. */
    Delivery delivery() throws IOException {
        return frame().delivery();
    }

    /** The next frame is this one. */
    V2Client answersWith(Frame expected) throws IOException {
        assertEquals(expected, frame());
        return this;
    }

    /** The next frame is this response. */
    V2Client answers(String response) throws IOException {
        return answersWith(Frame.response(response));
    }

    V2Client answersOk() throws IOException {
        return answers("OK");
    }

    /** The next frame is this error. */
    V2Client complains(String error) throws IOException {
        return answersWith(Frame.error(error));
    }

    /** The next frame is this error, and the last thing that comes. */
    void refuses(String error) throws IOException {
        complains(error);
        closes();
    }

    /** Reads heartbeats until something else comes, or nothing any more. */
    public void skipHeartbeats() throws IOException {
        // A heartbeat is told by its size, which is looked at before anything is taken.
        while (peek(Integer.BYTES)
                .equals(int32(Integer.BYTES + Frame.HEARTBEAT.data().length()))) {
            answersWith(Frame.HEARTBEAT);
        }
    }

    /** Reads errors until there is nothing more. */
    void skipErrors() throws IOException {
        while (hearsMore()) {
            assertEquals(Frame.ERROR, frame().type());
        }
    }

    private boolean hearsMore() throws IOException {
        return next(PATIENCE) >= 0;
    }

    private String peek(int count) throws IOException {
        in.mark(count);
        byte[] bytes = in.readNBytes(count);
        in.reset();
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** Nothing comes any more: the daemon has closed its side, or reset the connection (P-6). */
    public void closes() throws IOException {
        assertEquals(-1, next(PATIENCE), "neither closed nor silent");
    }

    /** Nothing comes for a while, and the connection is open. */
    void isSilentFor(Duration time) throws IOException {
        if (hearsWithin(time)) {
            fail("came " + frame());
        }
    }

    /** Whether something comes within a time; that the connection is closed is something too. */
    public boolean hearsWithin(Duration time) throws IOException {
        try {
            return next(time) >= -1;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    /** The next byte, which is left where it is, or -1 when there is none. */
    private int next(Duration patience) throws IOException {
        socket.setSoTimeout((int) patience.toMillis());
        in.mark(1);
        try {
            int next = in.read();
            if (next >= 0) {
                in.reset();
            }
            return next;
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            return -1;
        } finally {
            socket.setSoTimeout((int) PATIENCE.toMillis());
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** Goes without a word: what it has not read makes it a reset. */
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }
}
