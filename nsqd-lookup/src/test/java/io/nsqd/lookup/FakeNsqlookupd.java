package io.nsqd.lookup;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A nsqlookupd over a real socket: notes every command, answers as the real one or as the test wants. */
final class FakeNsqlookupd implements AutoCloseable {
    private final ServerSocket server;
    private final List<Connection> connections = new CopyOnWriteArrayList<>();
    private volatile Answers answers = (connection, command) -> {
        connection.reply(command.startsWith("IDENTIFY") ? info(1) : "OK");
    };

    /** What to do about a command. */
    interface Answers {
        void answer(Connection connection, String command) throws IOException;
    }

    FakeNsqlookupd() throws IOException {
        this(0);
    }

    FakeNsqlookupd(int port) throws IOException {
        server = new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task, "fake-nsqlookupd");
        thread.setDaemon(true);
        thread.start();
    }

    /** How the real one answers IDENTIFY. */
    static String info(int httpPort) {
        return "{\"broadcast_address\":\"127.0.0.1\",\"hostname\":\"h\",\"http_port\":" + httpPort
                + ",\"tcp_port\":1,\"version\":\"1.3.0\"}";
    }

    FakeNsqlookupd answering(Answers other) {
        answers = other;
        return this;
    }

    int port() {
        return server.getLocalPort();
    }

    String address() {
        return "127.0.0.1:" + port();
    }

    List<Connection> connections() {
        return connections;
    }

    /** The commands of the latest connection, without its IDENTIFY. */
    List<String> commands() {
        if (connections.isEmpty()) {
            return List.of();
        }
        List<String> commands = connections.get(connections.size() - 1).commands();
        return commands.isEmpty() ? commands : commands.subList(1, commands.size());
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Connection connection = new Connection(server.accept());
                connections.add(connection);
                start(connection::serve);
            } catch (IOException e) {
                return;
            }
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        connections.forEach(Connection::close);
    }

    /** One connection. */
    final class Connection {
        private final Socket socket;
        private final List<String> commands = new ArrayList<>();
        private volatile byte[] magic = {};
        private volatile boolean ended;
        private final AtomicInteger pieces = new AtomicInteger();

        /** Counts what comes in one piece. */
        private final class Pieces extends FilterInputStream {
            Pieces(InputStream in) {
                super(in);
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                int count = super.read(bytes, offset, length);
                pieces.addAndGet(count > 0 ? 1 : 0);
                return count;
            }
        }

        private Connection(Socket socket) {
            this.socket = socket;
        }

        private void serve() {
            try (socket) {
                DataInputStream in = new DataInputStream(new BufferedInputStream(new Pieces(socket.getInputStream())));
                magic = in.readNBytes(4);
                while (true) {
                    String command = line(in);
                    if (command.equals("IDENTIFY")) {
                        command += " " + new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
                    }
                    synchronized (commands) {
                        commands.add(command);
                    }
                    answers.answer(this, command);
                }
            } catch (IOException e) {
                ended = true;
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

        void reply(String text) throws IOException {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            raw(ByteBuffer.allocate(4 + bytes.length)
                    .putInt(bytes.length)
                    .put(bytes)
                    .array());
        }

        void raw(byte[] bytes) throws IOException {
            OutputStream out = socket.getOutputStream();
            out.write(bytes);
            out.flush();
        }

        List<String> commands() {
            synchronized (commands) {
                return List.copyOf(commands);
            }
        }

        byte[] magic() {
            return magic;
        }

        /** In how many pieces everything has come so far. */
        int pieces() {
            return pieces.get();
        }

        /** Whether the other side has closed it, or this one. */
        boolean ended() {
            return ended;
        }

        void close() {
            try {
                socket.close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }
}
