package io.nsqd.http;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** An HTTP client that sends paths and methods as they are, which proper clients refuse to do. */
final class RawHttp implements Closeable {
    private static final int TIMEOUT_MILLIS = 20_000;

    private final Closeable connection;
    private final InputStream in;
    private final Output out;

    /** Where requests go. */
    private interface Output {
        void write(byte[] bytes) throws IOException;
    }

    /** An answer; header names are in lower case. */
    record Answer(int status, Map<String, String> headers, String body) {}

    private RawHttp(Closeable connection, InputStream in, Output out) {
        this.connection = connection;
        this.in = new BufferedInputStream(in);
        this.out = out;
    }

    static RawHttp connect(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        return over(socket);
    }

    static RawHttp over(Socket socket) throws IOException {
        return new RawHttp(socket, socket.getInputStream(), bytes -> socket.getOutputStream()
                .write(bytes));
    }

    static RawHttp connect(Path path) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(path));
        return new RawHttp(channel, Channels.newInputStream(channel), bytes -> {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        });
    }

    Answer exchange(String method, String path) throws IOException {
        return exchange(method, path, "");
    }

    Answer exchange(String method, String path, String body) throws IOException {
        return exchange(method, path, body.getBytes(StandardCharsets.UTF_8));
    }

    Answer exchange(String method, String path, byte[] body) throws IOException {
        String head = method + " " + path + " HTTP/1.1\r\nHost: test\r\nContent-Length: " + body.length + "\r\n\r\n";
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.write(head.getBytes(StandardCharsets.ISO_8859_1));
        request.write(body);
        out.write(request.toByteArray());
        return read(!method.equals("HEAD"));
    }

    private Answer read(boolean withBody) throws IOException {
        int status = Integer.parseInt(line().substring(9, 12));
        Map<String, String> headers = new TreeMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
        return new Answer(status, headers, withBody ? new String(in.readNBytes(length), StandardCharsets.UTF_8) : "");
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

    @Override
    public void close() throws IOException {
        connection.close();
    }
}
