package io.nsqd.launcher;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** What a user does to a daemon that has plug-ins, over TCP and HTTP. */
final class PluginUser {
    private static final int PATIENCE_MILLIS = 30_000;

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private PluginUser() {}

    /** A V2 command with a body. */
    static byte[] command(String line, String body) {
        return ByteBuffer.allocate(line.length() + 1 + Integer.BYTES + body.length())
                .put((line + "\n").getBytes(StandardCharsets.US_ASCII))
                .putInt(body.length())
                .put(body.getBytes(StandardCharsets.US_ASCII))
                .array();
    }

    /** A connection to the TCP transport. */
    static Socket connect(Daemon daemon) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), daemon.tcpPort());
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.getOutputStream().write("  V2".getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    /** The last of the answers to some V2 commands; of a message its body. */
    static String tcp(Daemon daemon, byte[]... commands) throws IOException {
        try (Socket socket = connect(daemon)) {
            OutputStream out = socket.getOutputStream();
            DataInputStream in = new DataInputStream(socket.getInputStream());
            String answer = "";
            for (byte[] command : commands) {
                out.write(command);
                answer = frame(in);
            }
            return answer;
        }
    }

    /** Subscribes by TCP, and takes and finishes one message; returns its body. */
    static String consume(Daemon daemon, String topic, String channel) throws IOException {
        try (Socket socket = connect(daemon)) {
            OutputStream out = socket.getOutputStream();
            out.write(("SUB " + topic + " " + channel + "\nRDY 1\n").getBytes(StandardCharsets.US_ASCII));
            DataInputStream in = new DataInputStream(socket.getInputStream());
            frame(in);
            // Timestamp, attempts, id, body.
            String message = frame(in);
            String id = message.substring(10, 26);
            out.write(("FIN " + id + "\nCLS\n").getBytes(StandardCharsets.US_ASCII));
            frame(in);
            return message.substring(26);
        }
    }

    /** What comes next on a connection. */
    static String frame(Socket socket) throws IOException {
        return frame(new DataInputStream(socket.getInputStream()));
    }

    private static String frame(DataInputStream in) throws IOException {
        int size = in.readInt();
        in.readInt();
        return new String(in.readNBytes(size - Integer.BYTES), StandardCharsets.ISO_8859_1);
    }

    /** The status and the body of an answer over HTTP; a POST where there is a body. */
    static String http(Daemon daemon, String pathAndQuery, String body) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + daemon.httpPort() + pathAndQuery))
                .timeout(Duration.ofMillis(PATIENCE_MILLIS));
        if (!body.isEmpty()) {
            request.POST(HttpRequest.BodyPublishers.ofString(body));
        }
        HttpResponse<String> response = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
        return response.statusCode() + " " + response.body();
    }
}
