package io.nsqd.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Somebody who uses the console, without a browser's restraint: with whatever headers a test likes. One thread. */
final class ConsoleClient {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int TIMEOUT_MILLIS = 30_000;

    private final InetAddress address;
    private final int port;
    private final Map<String, String> headers = new LinkedHashMap<>();
    private String cookie = "";
    private String csrf = "";

    ConsoleClient(InetAddress address, int port) {
        this.address = address;
        this.port = port;
        headers.put("Host", "localhost:" + port);
    }

    ConsoleClient(int port) {
        this(InetAddress.getLoopbackAddress(), port);
    }

    /** An answer; header names are in lower case. */
    static final class Answer {
        private final int status;
        private final Map<String, String> headers;
        private final byte[] bytes;

        Answer(int status, Map<String, String> headers, byte[] bytes) {
            this.status = status;
            this.headers = headers;
            this.bytes = bytes;
        }

        int status() {
            return status;
        }

        Map<String, String> headers() {
            return headers;
        }

        byte[] bytes() {
            return bytes;
        }

        String text() {
            return new String(bytes, StandardCharsets.UTF_8);
        }

        JsonNode json() throws IOException {
            return JSON.readTree(bytes);
        }

        /** What is wrong, as programs are told. */
        String code() throws IOException {
            return json().path("message").asText();
        }
    }

    /** Sends a header with each request from now on; an empty one no more. */
    ConsoleClient with(String name, String value) {
        if (value.isEmpty()) {
            headers.remove(name);
        } else {
            headers.put(name, value);
        }
        return this;
    }

    int port() {
        return port;
    }

    String cookie() {
        return cookie;
    }

    ConsoleClient cookie(String other) {
        cookie = other;
        return this;
    }

    /** Asks who it is, and keeps the token for what comes. */
    Answer session() throws IOException {
        Answer answer = get("api/session");
        csrf = answer.status() == 200 ? answer.json().path("csrf").asText() : csrf;
        return answer;
    }

    /** Logs in, and keeps the session. */
    Answer login(String secret) throws IOException {
        Answer answer = post("api/login", JSON.writeValueAsString(Map.of("secret", secret)));
        if (answer.status() == 200) {
            cookie = answer.headers().get("set-cookie").split(";", -1)[0];
            csrf = answer.json().path("csrf").asText();
        }
        return answer;
    }

    Answer get(String path) throws IOException {
        return exchange("GET", path, "", new byte[0]);
    }

    Answer post(String path, String json) throws IOException {
        return exchange("POST", path, "application/json", json.getBytes(StandardCharsets.UTF_8));
    }

    Answer act(String json) throws IOException {
        return post("api/action", json);
    }

    Answer put(String path, byte[] body) throws IOException {
        return exchange("PUT", path, "application/octet-stream", body);
    }

    Answer exchange(String method, String path, String type, byte[] body) throws IOException {
        try (Socket socket = send(method, path, type, body)) {
            return read(new BufferedInputStream(socket.getInputStream()), !method.equals("HEAD"));
        }
    }

    /** The status of what is streamed, which is not waited for. */
    int status(String path) throws IOException {
        try (Socket socket = send("GET", path, "", new byte[0])) {
            return Integer.parseInt(
                    line(new BufferedInputStream(socket.getInputStream())).substring(9, 12));
        }
    }

    private Socket send(String method, String path, String type, byte[] body) throws IOException {
        Socket socket = new Socket();
        socket.connect(new InetSocketAddress(address, port), TIMEOUT_MILLIS);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        StringBuilder head =
                new StringBuilder(method + " /console" + (path.isEmpty() ? "" : "/" + path) + " HTTP/1.1\r\n");
        headers.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        head.append("Connection: close\r\nContent-Length: ").append(body.length).append("\r\n");
        if (!type.isEmpty()) {
            head.append("Content-Type: ").append(type).append("\r\n");
        }
        if (!cookie.isEmpty()) {
            head.append("Cookie: other=1; ").append(cookie).append("\r\n");
        }
        if (!csrf.isEmpty()) {
            head.append("X-Nsqd-Console: ").append(csrf).append("\r\n");
        }
        head.append("\r\n");
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(head.toString().getBytes(StandardCharsets.ISO_8859_1));
        request.writeBytes(body);
        try {
            socket.getOutputStream().write(request.toByteArray());
        } catch (IOException e) {
            // Refused before all of the body was read: the answer says why.
            return socket;
        }
        return socket;
    }

    private static Answer read(InputStream in, boolean withBody) throws IOException {
        int status = Integer.parseInt(line(in).substring(9, 12));
        Map<String, String> headers = readHeaders(in);
        if (!withBody) {
            return new Answer(status, headers, new byte[0]);
        }
        boolean chunked = headers.getOrDefault("transfer-encoding", "").equals("chunked");
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        if (chunked) {
            for (byte[] chunk = chunk(in); chunk.length > 0; chunk = chunk(in)) {
                body.writeBytes(chunk);
            }
        } else {
            body.writeBytes(in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0"))));
        }
        return new Answer(status, headers, body.toByteArray());
    }

    private static Map<String, String> readHeaders(InputStream in) throws IOException {
        Map<String, String> headers = new TreeMap<>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        return headers;
    }

    private static byte[] chunk(InputStream in) throws IOException {
        byte[] chunk = in.readNBytes(Integer.parseInt(line(in), 16));
        line(in);
        return chunk;
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("closed after: " + line);
            }
            line.write(b);
        }
        return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
    }

    /** Opens the stream of events. */
    Events events() throws IOException {
        Socket socket = send("GET", "api/events", "", new byte[0]);
        InputStream in = new BufferedInputStream(socket.getInputStream());
        String status = line(in);
        Map<String, String> head = readHeaders(in);
        if (!status.contains(" 200 ") || !"chunked".equals(head.get("transfer-encoding"))) {
            socket.close();
            throw new IOException(status + " " + head);
        }
        return new Events(socket, in);
    }

    /** What an open page is told. */
    static final class Events implements AutoCloseable {
        private final Socket socket;
        private final InputStream in;
        private String text = "";

        private Events(Socket socket, InputStream in) {
            this.socket = socket;
            this.in = in;
        }

        /** The next event, name and data; comments are passed over. */
        Map.Entry<String, JsonNode> next() throws IOException {
            while (true) {
                String block = block();
                String name = field(block, "event: ");
                if (!name.isEmpty()) {
                    return Map.entry(name, JSON.readTree(field(block, "data: ")));
                }
            }
        }

        /** What comes until the next empty line; an exception when nothing has for so long. */
        String block() throws IOException {
            while (!text.contains("\n\n")) {
                byte[] chunk = chunk(in);
                if (chunk.length == 0) {
                    throw new EOFException("the stream has ended");
                }
                text += new String(chunk, StandardCharsets.UTF_8);
            }
            int end = text.indexOf("\n\n");
            String block = text.substring(0, end);
            text = text.substring(end + 2);
            return block;
        }

        private static String field(String block, String name) {
            return block.lines()
                    .filter(line -> line.startsWith(name))
                    .map(line -> line.substring(name.length()))
                    .findFirst()
                    .orElse("");
        }

        void patience(int millis) throws IOException {
            socket.setSoTimeout(millis);
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
