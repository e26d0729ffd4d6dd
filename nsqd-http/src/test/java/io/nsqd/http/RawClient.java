package io.nsqd.http;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** A client that sends what it is told, well-formed or not. */
final class RawClient implements Closeable {
    private static final int TIMEOUT_MILLIS = 10_000;

    private final Socket socket;
    private final InputStream in;

    /** An answer; header names are in lower case. */
    record Answer(String version, int status, Map<String, String> headers, String body) {
        String header(String name) {
            return headers.getOrDefault(name, "");
        }
    }

    RawClient(int port) throws IOException {
        this(new Socket(InetAddress.getLoopbackAddress(), port));
    }

    RawClient(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream());
    }

    Answer exchange(String method, String path, String body) throws IOException {
        send(method, path, body);
        return read(!method.equals("HEAD"));
    }

    void send(String method, String path, String body) throws IOException {
        String length = body.isEmpty() && method.equals("GET") ? "" : "Content-Length: " + body.length() + "\r\n";
        send(method + " " + path + " HTTP/1.1\r\nHost: test\r\n" + length + "\r\n" + body);
    }

    void send(String bytes) throws IOException {
        socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
    }

    void shutdownOutput() throws IOException {
        socket.shutdownOutput();
    }

    Answer read() throws IOException {
        return read(true);
    }

    Answer read(boolean withBody) throws IOException {
        String[] status = line().split(" ", 3);
        Map<String, String> headers = new TreeMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(java.util.Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        if (withBody && headers.getOrDefault("transfer-encoding", "").equals("chunked")) {
            return new Answer(status[0], Integer.parseInt(status[1]), headers, chunks());
        }
        String length = headers.getOrDefault("content-length", "0");
        String body = withBody ? new String(bytes(Integer.parseInt(length)), StandardCharsets.UTF_8) : "";
        return new Answer(status[0], Integer.parseInt(status[1]), headers, body);
    }

    private String chunks() throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int length = chunk(); length > 0; length = chunk()) {
            all.write(bytes(length));
            line();
        }
        line();
        return all.toString(StandardCharsets.UTF_8);
    }

    private int chunk() throws IOException {
        return Integer.parseInt(line(), 16);
    }

    /** Whether an answer has begun to come. */
    boolean hasAnswer() throws IOException {
        return in.available() > 0;
    }

    /** So many bytes, or less at the end. */
    byte[] bytes(int count) throws IOException {
        return in.readNBytes(count);
    }

    /** How many bytes come until the connection ends, in whatever way. */
    long countToEnd() {
        long count = 0;
        byte[] piece = new byte[64 * 1024];
        try {
            for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                count += read;
            }
        } catch (IOException e) {
            // Reset.
            return count;
        }
        return count;
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("closed after: " + line);
            }
            line.write(b);
        }
        return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
    }

    /** Whether the server closes the connection now, without another byte. */
    boolean isClosed() throws IOException {
        return in.read() < 0;
    }

    /** Everything up to the close. */
    String readAll() throws IOException {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
