package io.nsqd.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/** An HTTP server that answers each request with the bytes that a script has for it, and closes. */
public final class ScriptedServer implements AutoCloseable {
    /** What is answered. Called on a thread for each request. */
    public interface Script {
        /**
         * The bytes of an answer; none for one that never comes.
         *
         * @param target what is asked for, path and query
         * @param address the server's own
         */
        byte[] answer(String target, String address);
    }

    private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final Script script;
    private final List<String> heads = new CopyOnWriteArrayList<>();
    private final CountDownLatch end = new CountDownLatch(1);

    public ScriptedServer(Script script) throws IOException {
        this.script = script;
        Thread thread = new Thread(this::serve, "scripted-server");
        thread.setDaemon(true);
        thread.start();
    }

    /** An answer with a status, header lines and a body. */
    public static byte[] answer(String status, String headers, byte[] body) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        String head =
                "HTTP/1.1 " + status + "\r\nContent-Length: " + body.length + "\r\nConnection: close\r\n" + headers;
        bytes.writeBytes((head + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        bytes.writeBytes(body);
        return bytes.toByteArray();
    }

    public static byte[] answer(String status, String headers, String body) {
        return answer(status, headers, body.getBytes(StandardCharsets.UTF_8));
    }

    public String address() {
        return "127.0.0.1:" + socket.getLocalPort();
    }

    /** What was asked, from request line to blank line. */
    public List<String> heads() {
        return heads;
    }

    /** What was asked for, with queries. */
    public List<String> targets() {
        return heads.stream().map(head -> head.split(" ", 3)[1]).toList();
    }

    /** The values that a header had, one a request; nothing where it had none. */
    public List<String> header(String name) {
        return heads.stream()
                .map(head -> head.lines()
                        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ":"))
                        .map(line -> line.substring(name.length() + 1).strip())
                        .findFirst()
                        .orElse(""))
                .toList();
    }

    private void serve() {
        while (true) {
            Socket client;
            try {
                client = socket.accept();
            } catch (IOException e) {
                // Closed.
                return;
            }
            new Thread(() -> serve(client), "scripted-answer").start();
        }
    }

    private void serve(Socket client) {
        try (client) {
            String head = head(client.getInputStream());
            heads.add(head);
            byte[] answer = script.answer(head.split(" ", 3)[1], address());
            if (answer.length == 0) {
                end.await();
            }
            client.getOutputStream().write(answer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) in.read());
        }
        return head.toString();
    }

    @Override
    public void close() throws IOException {
        end.countDown();
        socket.close();
    }
}
