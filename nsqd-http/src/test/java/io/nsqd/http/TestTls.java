package io.nsqd.http;

import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.nsqd.testing.SelfSigned;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** A certificate, and clients that trust it. */
final class TestTls {
    private final KeyManagerFactory keys;
    private final SSLContext context;

    TestTls(Path folder) throws IOException, GeneralSecurityException, InterruptedException {
        keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(SelfSigned.make(folder), SelfSigned.password());
        context = SSLContext.getInstance("TLS");
        context.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
    }

    KeyManagerFactory keys() {
        return keys;
    }

    Socket dial(int port) throws IOException {
        Socket socket = new Socket();
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.setTcpNoDelay(true);
        return socket;
    }

    RawClient connect(int port) throws IOException {
        return wrap(dial(port));
    }

    RawClient wrap(Socket socket) throws IOException {
        return new RawClient(context.getSocketFactory().createSocket(socket, "localhost", socket.getPort(), true));
    }

    /** A client whose first bytes come in two parts. */
    Slow slow(Socket socket, int first) throws IOException {
        return new Slow(socket, first);
    }

    /** Between the client and the server there is a relay, which holds back what follows the first bytes until it is told to go on. */
    final class Slow implements AutoCloseable {
        private final ServerSocket relay = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        private final CountDownLatch open = new CountDownLatch(1);
        private final CountDownLatch begun = new CountDownLatch(1);
        private final CompletableFuture<RawClient> client;

        private Slow(Socket server, int first) throws IOException {
            client = CompletableFuture.supplyAsync(() -> handshake(relay.getLocalPort()));
            Socket accepted = relay.accept();
            relay(() -> {
                OutputStream out = server.getOutputStream();
                out.write(accepted.getInputStream().readNBytes(first));
                begun.countDown();
                open.await();
                accepted.getInputStream().transferTo(out);
            });
            relay(() -> {
                try (accepted) {
                    server.getInputStream().transferTo(accepted.getOutputStream());
                }
            });
        }

        private RawClient handshake(int port) {
            try {
                SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket();
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                socket.startHandshake();
                return new RawClient(socket);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Returns when the first bytes are out. */
        void begin() throws InterruptedException {
            begun.await();
        }

        void goOn() {
            open.countDown();
        }

        RawClient client() {
            return client.join();
        }

        @Override
        public void close() throws IOException {
            relay.close();
            client.join().close();
        }
    }

    private interface Task {
        void run() throws IOException, InterruptedException;
    }

    private static void relay(Task task) {
        Thread thread = new Thread(() -> {
            try {
                task.run();
            } catch (IOException e) {
                // One of the two has gone.
                return;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        thread.setDaemon(true);
        thread.start();
    }
}
