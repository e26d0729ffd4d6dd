package io.nsqd.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Requests that are not what a browser sends, what the Go daemon 1.3.0 answered, and what ours answers where that is another thing,
 * with the reason. Behind each an ordinary request is sent, whose answer shows that the connection has stayed open and where the
 * daemon saw the end of the odd one.
 */
public final class OddRequests {
    private static final int TIMEOUT_MILLIS = 20_000;
    private static final String NEXT = "GET /ping HTTP/1.1\r\nHost: t\r\n\r\n";

    /** Something that is repeated, such as {@code {a*100000}}. */
    private static final Pattern REPEATED = Pattern.compile("\\{(.)\\*(\\d+)}");

    private static final Pattern HEADERS = Pattern.compile("\\{headers\\*(\\d+)}");
    private static final Pattern HEAD =
            Pattern.compile("HTTP/(\\d\\.\\d) (\\d+)[^\\r\\n]*\\r\\n((?:[^\\r\\n]+\\r\\n)*)\\r\\n");
    private static final Pattern LENGTH = Pattern.compile("(?im)^content-length: *(\\d+)");
    private static final Pattern CHUNKED = Pattern.compile("(?im)^transfer-encoding: *chunked");
    private static final Pattern CONNECTION = Pattern.compile("(?im)^connection: *([^\\r\\n]*)");

    private OddRequests() {}

    /**
     * A request.
     *
     * @param go the Go daemon's answers, to the request and to the one behind it: statuses, a version that is not 1.1, and what is
     *     said of the connection
     * @param ours ours
     * @param why why they are not the same; empty where they are
     */
    public record OddRequest(String name, String bytes, String go, String ours, String why) {}

    /** All of them. */
    public static List<OddRequest> all() throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        List<OddRequest> all = new ArrayList<>();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                OddRequests.class.getResourceAsStream("/golden/odd-requests-1.3.0.jsonl"), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                JsonNode row = mapper.readTree(line);
                String go = row.get("go").asText();
                all.add(new OddRequest(
                        row.get("name").asText(),
                        expanded(row.get("request").asText()) + NEXT,
                        go,
                        row.path("ours").asText(go),
                        row.path("why").asText()));
            }
        }
        return all;
    }

    private static String expanded(String request) {
        String text = HEADERS.matcher(request).replaceAll(found -> headers(Integer.parseInt(found.group(1))));
        return REPEATED.matcher(text).replaceAll(found -> found.group(1).repeat(Integer.parseInt(found.group(2))));
    }

    private static String headers(int count) {
        StringBuilder headers = new StringBuilder();
        for (int i = 0; i < count; i++) {
            headers.append('X').append(i).append(": a\r\n");
        }
        return headers.toString();
    }

    /** What a daemon answers. */
    public static String ask(int port, String bytes) throws IOException {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            send(socket, bytes);
            InputStream in = socket.getInputStream();
            for (int b = in.read(); b >= 0; b = in.read()) {
                answer.write(b);
            }
        } catch (SocketException e) {
            // A reset ends the answer as well.
            return answers(answer.toString(StandardCharsets.ISO_8859_1), bytes.startsWith("HEAD"));
        }
        return answers(answer.toString(StandardCharsets.ISO_8859_1), bytes.startsWith("HEAD"));
    }

    private static void send(Socket socket, String bytes) {
        try {
            socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
            socket.shutdownOutput();
        } catch (IOException e) {
            // It has heard enough; the answer says why.
            return;
        }
    }

    private static String answers(String text, boolean toHead) {
        List<String> answers = new ArrayList<>();
        int at = 0;
        Matcher head = HEAD.matcher(text);
        while (at < text.length()) {
            if (!head.find(at) || head.start() != at) {
                answers.add("? " + text.substring(at, Math.min(text.length(), at + 40)));
                break;
            }
            String version = head.group(1).equals("1.1") ? "" : "/" + head.group(1);
            Matcher connection = CONNECTION.matcher(head.group(3));
            answers.add(head.group(2) + version + (connection.find() ? " " + connection.group(1) : ""));
            boolean bodiless = head.group(2).equals("100") || toHead && answers.size() == 1;
            at = bodiless ? head.end() : bodyEnd(text, head);
        }
        return String.join(", ", answers);
    }

    private static int bodyEnd(String text, Matcher head) {
        Matcher length = LENGTH.matcher(head.group(3));
        if (length.find()) {
            return head.end() + Integer.parseInt(length.group(1));
        }
        int last = CHUNKED.matcher(head.group(3)).find() ? text.indexOf("\r\n0\r\n\r\n", head.end() - 2) : -1;
        return last < 0 ? text.length() : last + "\r\n0\r\n\r\n".length();
    }
}
