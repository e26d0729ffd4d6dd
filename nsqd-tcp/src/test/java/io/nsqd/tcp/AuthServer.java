package io.nsqd.tcp;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server that the daemon asks about clients. It knows secrets, and what to answer; other secrets get 403. */
public final class AuthServer implements AutoCloseable {
    private static final Pattern SECRET = Pattern.compile("secret=([^&]*)");

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, String> answers = new ConcurrentHashMap<>();
    private final List<String> questions = new CopyOnWriteArrayList<>();
    private final CountDownLatch awake = new CountDownLatch(1);

    public AuthServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/auth", this::handle);
        server.setExecutor(threads);
        server.start();
    }

    private void handle(HttpExchange exchange) throws IOException {
        String query = exchange.getRequestURI().getRawQuery();
        questions.add(query);
        Matcher secret = SECRET.matcher(query);
        String answer = secret.find() ? answers.get(secret.group(1)) : null;
        if (answer != null && answer.isEmpty()) {
            sleep();
            answer = answers.get(secret.group(1));
        }
        // What is kept open for the next question, for as long as client and server please, would look like a leak.
        exchange.getResponseHeaders().set("Connection", "close");
        byte[] bytes = (answer == null ? "{}" : answer).getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(answer == null ? 403 : 200, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private void sleep() {
        try {
            awake.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    public String address() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    /** Answers a secret with this body from now on. */
    public void knows(String secret, String answer) {
        answers.put(secret, answer);
    }

    /** Answers a secret with one entry from now on. */
    public void permits(String secret, int ttlSeconds, String topic, String channel, String permission) {
        knows(
                secret,
                "{\"ttl\":" + ttlSeconds + ",\"identity\":\"" + secret + "\",\"identity_url\":\"http://id/?a&b\","
                        + "\"authorizations\":[{\"topic\":\"" + topic + "\",\"channels\":[\"" + channel
                        + "\"],\"permissions\":[\"" + permission + "\"]}]}");
    }

    /** Wakes up, and answers what it has ignored as it is to be answered now. */
    public void wakes() {
        awake.countDown();
    }

    /** Does not answer a secret from now on, until it wakes up. */
    public void ignores(String secret) {
        answers.put(secret, "");
    }

    void forgets(String secret) {
        answers.remove(secret);
    }

    /** The queries about a secret so far. */
    public List<String> questions(String secret) {
        return questions.stream()
                .filter(query -> query.contains("secret=" + secret + "&"))
                .toList();
    }

    @Override
    public void close() {
        wakes();
        server.stop(0);
        threads.shutdownNow();
    }
}
