package io.nsqd.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A connection that speaks HTTP and is kept. It reads what an nsqd answers, which has a length, and nothing more general. */
final class HttpConnection extends Connection {
    private static final int STATUS_OFFSET = "HTTP/1.1 ".length();
    private static final int OK = 200;
    private static final byte[] LENGTH = "\r\ncontent-length:".getBytes(StandardCharsets.US_ASCII);

    /** More than the head of any answer of an nsqd. */
    private static final int MAX_HEAD_BYTES = 64 * 1024;

    /** Makes a letter a small one; what is compared with it has no other characters that it would change. */
    private static final int SMALL = 0x20;

    private final String host;

    /** Of the answer that was read last: bytes of the body, which is at the buffer's position. */
    private int length;

    HttpConnection(Address address) throws BenchException {
        super(address);
        host = address.toString();
    }

    @Override
    ByteBuffer pub(String topic, byte[] body) {
        return request("POST /pub?topic=" + topic, ByteBuffer.wrap(body));
    }

    @Override
    ByteBuffer mpub(String topic, byte[] body, int count) {
        ByteBuffer all = ByteBuffer.allocate(Integer.BYTES + count * (Integer.BYTES + body.length))
                .putInt(count);
        for (int i = 0; i < count; i++) {
            all.putInt(body.length).put(body);
        }
        return request("POST /mpub?binary=true&topic=" + topic, all.flip());
    }

    private ByteBuffer request(String line, ByteBuffer body) {
        // Topics of ours have no character that a query would need escaped but the number sign.
        String text = line.replace("#", "%23") + " HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: "
                + body.remaining() + "\r\n\r\n";
        byte[] head = text.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocateDirect(head.length + body.remaining())
                .put(head)
                .put(body);
    }

    @Override
    void awaitOk(int count) throws BenchException {
        for (int i = 0; i < count; i++) {
            int status = answer();
            if (status != OK) {
                throw BenchException.server(address(), "the server answers " + status + " " + body());
            }
            in().position(in().position() + length);
        }
    }

    /** Asks for a page; returns it. */
    String get(String path) throws BenchException {
        send(request("GET " + path, ByteBuffer.allocate(0)));
        int status = answer();
        String body = body();
        if (status != OK) {
            throw BenchException.server(address(), "the server answers " + status + " to " + path + ": " + body);
        }
        return body;
    }

    /** Asks that something be done; returns the status. */
    int post(String path) throws BenchException {
        send(request("POST " + path, ByteBuffer.allocate(0)));
        int status = answer();
        in().position(in().position() + length);
        return status;
    }

    private String body() {
        byte[] body = new byte[length];
        in().get(body);
        return new String(body, StandardCharsets.UTF_8).strip();
    }

    /** Waits for an answer with its body and goes to the body; returns the status. */
    private int answer() throws BenchException {
        int end = STATUS_OFFSET + 3;
        need(end);
        int status = number(in(), in().position() + STATUS_OFFSET);
        while (!isHeadEnd(in(), in().position() + end)) {
            end++;
            if (end > MAX_HEAD_BYTES) {
                throw BenchException.server(address(), "what comes is no answer to HTTP");
            }
            need(end);
        }
        ByteBuffer in = in();
        length = contentLength(in, in.position(), in.position() + end);
        if (length < 0) {
            throw BenchException.server(address(), "what comes is no answer of an nsqd: it has no length");
        }
        need(end + length);
        in().position(in().position() + end);
        return status;
    }

    private static boolean isHeadEnd(ByteBuffer in, int end) {
        return in.get(end - 1) == '\n' && in.get(end - 2) == '\r' && in.get(end - 3) == '\n';
    }

    private static int contentLength(ByteBuffer in, int from, int to) {
        for (int at = from; at < to - LENGTH.length; at++) {
            int i = 0;
            while (i < LENGTH.length && matches(in.get(at + i), LENGTH[i])) {
                i++;
            }
            if (i == LENGTH.length) {
                int value = at + i;
                while (in.get(value) == ' ') {
                    value++;
                }
                return number(in, value);
            }
        }
        return -1;
    }

    private static boolean matches(byte given, byte wanted) {
        return given == wanted || (wanted >= 'a' && (given | SMALL) == wanted);
    }

    /** The decimal number that begins there; -1 where none does. */
    private static int number(ByteBuffer in, int from) {
        int number = -1;
        for (int at = from; in.get(at) >= '0' && in.get(at) <= '9'; at++) {
            number = Math.max(0, number) * 10 + in.get(at) - '0';
        }
        return number;
    }
}
