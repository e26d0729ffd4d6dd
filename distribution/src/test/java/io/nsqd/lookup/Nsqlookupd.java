package io.nsqd.lookup;

import com.sun.net.httpserver.HttpServer;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A nsqlookupd that notes what it is told, knows the same channels of every topic, and answers as the real one. */
public final class Nsqlookupd implements AutoCloseable {
    private final ServerSocket tcp;
    private final HttpServer http;
    private final List<Producer> producers = new CopyOnWriteArrayList<>();

    public Nsqlookupd(String... knownChannels) throws IOException {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        tcp = new ServerSocket(0, 50, loopback);
        http = HttpServer.create(new InetSocketAddress(loopback, 0), 0);
        byte[] channels = ("{\"channels\":["
                        + (knownChannels.length == 0 ? "" : "\"" + String.join("\",\"", knownChannels) + "\"") + "]}")
                .getBytes(StandardCharsets.UTF_8);
        http.createContext("/channels", exchange -> {
            exchange.sendResponseHeaders(200, channels.length);
            exchange.getResponseBody().write(channels);
            exchange.close();
        });
        http.start();
        start(this::accept);
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task, "nsqlookupd");
        thread.setDaemon(true);
        thread.start();
    }

    public String address() {
        return "127.0.0.1:" + tcp.getLocalPort();
    }

    /** Every connection that was ever made. */
    public List<Producer> producers() {
        return producers;
    }

    /** The latest connection. */
    public Producer producer() {
        return producers.get(producers.size() - 1);
    }

    private void accept() {
        while (!tcp.isClosed()) {
            try {
                Producer producer = new Producer(tcp.accept());
                producers.add(producer);
                start(producer::serve);
            } catch (IOException e) {
                return;
            }
        }
    }

    @Override
    public void close() throws IOException {
        tcp.close();
        http.stop(0);
        for (Producer producer : producers) {
            producer.disconnect();
        }
    }

    /** One connection of a nsqd. */
    public final class Producer {
        private final Socket socket;
        private final List<String> commands = new CopyOnWriteArrayList<>();
        private volatile String identification = "";
        private volatile boolean gone;

        private Producer(Socket socket) {
            this.socket = socket;
        }

        private void serve() {
            try (socket) {
                DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
                DataOutputStream out = new DataOutputStream(socket.getOutputStream());
                // Length and text go in two writes; the second must not wait until the first has been acknowledged.
                socket.setTcpNoDelay(true);
                if (!new String(in.readNBytes(4), StandardCharsets.US_ASCII).equals("  V1")) {
                    throw new IOException("wrong magic");
                }
                while (true) {
                    String command = line(in);
                    String reply = "OK";
                    if (command.equals("IDENTIFY")) {
                        identification = new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
                        reply = "{\"broadcast_address\":\"127.0.0.1\",\"hostname\":\"h\",\"http_port\":"
                                + http.getAddress().getPort() + ",\"tcp_port\":" + tcp.getLocalPort()
                                + ",\"version\":\"1.3.0\"}";
                    } else {
                        commands.add(command);
                    }
                    byte[] bytes = reply.getBytes(StandardCharsets.UTF_8);
                    out.writeInt(bytes.length);
                    out.write(bytes);
                }
            } catch (IOException e) {
                gone = true;
            }
        }

        private static String line(DataInputStream in) throws IOException {
            StringBuilder line = new StringBuilder();
            for (int b = in.read(); b != '\n'; b = in.read()) {
                if (b < 0) {
                    throw new EOFException();
                }
                line.append((char) b);
            }
            return line.toString();
        }

        public String identification() {
            return identification;
        }

        /** All but IDENTIFY. */
        public List<String> commands() {
            return commands;
        }

        public boolean isGone() {
            return gone;
        }

        void disconnect() throws IOException {
            socket.close();
        }
    }
}
