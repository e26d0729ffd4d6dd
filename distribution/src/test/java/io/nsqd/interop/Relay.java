package io.nsqd.interop;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A network between one peer and a server of this machine that can be cut: then nothing arrives any more, and nobody is told. */
final class Relay implements AutoCloseable {
    private final ServerSocket listening;
    private final int target;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition mended = lock.newCondition();
    private boolean cut;

    /** One to a port of the loopback. */
    Relay(int target) throws IOException {
        this.target = target;
        listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    /** Where the server is found now. */
    int port() {
        return listening.getLocalPort();
    }

    void cut() {
        set(true);
    }

    /** Everything that was sent meanwhile arrives. */
    void mend() {
        set(false);
    }

    private void set(boolean value) {
        lock.lock();
        try {
            cut = value;
            mended.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void awaitWhole() throws InterruptedException {
        lock.lock();
        try {
            while (cut) {
                mended.await();
            }
        } finally {
            lock.unlock();
        }
    }

    /** What runs until something is closed. */
    @FunctionalInterface
    private interface Work {
        void run() throws IOException, InterruptedException;
    }

    private static void start(Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        // One side has ended, and so does the other.
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "relay");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() throws IOException, InterruptedException {
        while (true) {
            Socket client = listening.accept();
            open.add(client);
            start(() -> connect(client));
        }
    }

    private void connect(Socket client) throws IOException, InterruptedException {
        try {
            awaitWhole();
            Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
            open.add(server);
            start(() -> pass(server, client));
            pass(client, server);
        } finally {
            close(client);
        }
    }

    private void pass(Socket from, Socket to) throws IOException, InterruptedException {
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] bytes = new byte[64 * 1024];
            for (int read = in.read(bytes); read >= 0; read = in.read(bytes)) {
                awaitWhole();
                out.write(bytes, 0, read);
            }
            awaitWhole();
        } finally {
            close(from);
            close(to);
        }
    }

    private void close(Socket socket) throws IOException {
        open.remove(socket);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        listening.close();
        mend();
        for (Socket socket : open) {
            close(socket);
        }
    }
}
