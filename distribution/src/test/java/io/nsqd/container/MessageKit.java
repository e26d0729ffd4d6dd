package io.nsqd.container;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * What is tried of the daemon in every container: messages go in over TCP and HTTP, one by one and in batches, are delivered,
 * requeued and deferred, and the figures are right. Needs nothing but the JDK, so that it runs inside a container as well.
 */
public final class MessageKit {
    private static final int PATIENCE_MILLIS = 30_000;
    private static final int MESSAGE = 2;

    private final int tcpPort;
    private final int httpPort;

    /** For a daemon at these ports of 127.0.0.1. */
    public MessageKit(int tcpPort, int httpPort) {
        this.tcpPort = tcpPort;
        this.httpPort = httpPort;
    }

    /** A message. */
    private record Message(int attempts, String id, String body) {}

    /** Runs all of it on a topic of its own. */
    public void run(String topic) throws IOException {
        check("OK", http("GET", "/ping", ""));
        check("", http("POST", "/topic/create?topic=" + topic, ""));
        check("", http("POST", "/channel/create?topic=" + topic + "&channel=c", ""));
        try (Connection connection = new Connection()) {
            check("OK", connection.command("PUB " + topic, "one"));
            check("OK", connection.command("MPUB " + topic, batch("two", "three")));
            check("OK", connection.command("DPUB " + topic + " 50", "deferred"));
        }
        check("OK", http("POST", "/pub?topic=" + topic, "four"));
        check("OK", http("POST", "/mpub?topic=" + topic, "five\nsix"));
        List<Message> messages = new ArrayList<>();
        try (Connection connection = new Connection()) {
            connection.send("SUB " + topic + " c\n");
            check("OK", connection.response());
            connection.send("RDY 10\n");
            boolean requeued = false;
            while (messages.size() < 7) {
                Message message = connection.message();
                if (message.body().equals("one") && !requeued) {
                    requeued = true;
                    connection.send("REQ " + message.id() + " 0\n");
                } else {
                    connection.send("FIN " + message.id() + "\n");
                    messages.add(message);
                }
            }
        }
        TreeSet<String> bodies = new TreeSet<>();
        for (Message message : messages) {
            bodies.add(message.body());
            check(message.body().equals("one") ? 2 : 1, message.attempts());
        }
        check("[deferred, five, four, one, six, three, two]", bodies.toString());
        String stats = http("GET", "/stats?format=json&include_mem=false&topic=" + topic, "");
        if (!stats.contains("\"message_count\":7,") || !stats.contains("\"requeue_count\":1,")) {
            throw new AssertionError(stats);
        }
        check("", http("POST", "/topic/delete?topic=" + topic, ""));
    }

    /** Publishes a message over TCP. */
    public void publish(String topic, String body) throws IOException {
        try (Connection connection = new Connection()) {
            check("OK", connection.command("PUB " + topic, body));
        }
    }

    /** Takes the next message of a channel and finishes it. */
    public String take(String topic, String channel) throws IOException {
        try (Connection connection = new Connection()) {
            connection.send("SUB " + topic + " " + channel + "\n");
            check("OK", connection.response());
            connection.send("RDY 1\n");
            Message message = connection.message();
            connection.send("FIN " + message.id() + "\nCLS\n");
            check("CLOSE_WAIT", connection.response());
            return message.body();
        }
    }

    /** Takes as many messages of a channel as there are to be, and finishes them. */
    public List<String> take(String topic, String channel, int count) throws IOException {
        List<String> bodies = new ArrayList<>();
        try (Connection connection = new Connection()) {
            connection.send("SUB " + topic + " " + channel + "\n");
            check("OK", connection.response());
            connection.send("RDY 100\n");
            while (bodies.size() < count) {
                Message message = connection.message();
                connection.send("FIN " + message.id() + "\n");
                bodies.add(message.body());
            }
        }
        return bodies;
    }

    /** Whether somebody listens at the TCP port. */
    public boolean acceptsTcp() throws IOException {
        return accepts(tcpPort);
    }

    /** Whether somebody listens at the HTTP port. */
    public boolean acceptsHttp() throws IOException {
        return accepts(httpPort);
    }

    private static boolean accepts(int port) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (ConnectException e) {
            return false;
        }
    }

    /** The body of an answer 200. */
    public String http(String method, String path, String body) throws IOException {
        HttpURLConnection connection = (HttpURLConnection)
                URI.create("http://127.0.0.1:" + httpPort + path).toURL().openConnection();
        connection.setRequestMethod(method);
        connection.setReadTimeout(PATIENCE_MILLIS);
        if (method.equals("POST")) {
            connection.setDoOutput(true);
            connection.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
        }
        check(200, connection.getResponseCode());
        return new String(connection.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static void check(Object expected, Object actual) {
        if (!expected.equals(actual)) {
            throw new AssertionError("expected " + expected + " but was " + actual);
        }
    }

    private static String batch(String... bodies) {
        StringBuilder batch = new StringBuilder(int32(bodies.length));
        for (String body : bodies) {
            batch.append(int32(body.length())).append(body);
        }
        return batch.toString();
    }

    private static String int32(int number) {
        byte[] bytes = {(byte) (number >> 24), (byte) (number >> 16), (byte) (number >> 8), (byte) number};
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** A client of the V2 protocol. */
    private final class Connection implements AutoCloseable {
        private final Socket socket = new Socket(InetAddress.getLoopbackAddress(), tcpPort);
        private final DataInputStream in = new DataInputStream(socket.getInputStream());
        private final DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        private int type;

        Connection() throws IOException {
            socket.setSoTimeout(PATIENCE_MILLIS);
            send("  V2");
        }

        void send(String text) throws IOException {
            out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        }

        String command(String line, String body) throws IOException {
            send(line + "\n" + int32(body.length()) + body);
            return response();
        }

        String response() throws IOException {
            int size = in.readInt();
            type = in.readInt();
            return new String(in.readNBytes(size - 4), StandardCharsets.ISO_8859_1);
        }

        Message message() throws IOException {
            String data = response();
            check(MESSAGE, type);
            return new Message(data.charAt(8) << 8 | data.charAt(9), data.substring(10, 26), data.substring(26));
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
