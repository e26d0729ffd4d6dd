package io.nsqd.statsd;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Opens a UDP socket for each round, its address resolved anew (D-2). Owned by {@code nsqd-statsd}. */
final class StatsdSocket implements AutoCloseable {
    private static final int MAX_PORT = 65_535;
    private static final long RESOLVE_SECONDS = 1;
    private static final long KEEP_SECONDS = 10;

    /** One thread, there only while a name is asked for: the JDK cannot give up on a name server by itself. */
    private final ThreadPoolExecutor resolver =
            new ThreadPoolExecutor(0, 1, KEEP_SECONDS, TimeUnit.SECONDS, new ArrayBlockingQueue<>(1), task -> {
                Thread thread = new Thread(task, "nsqd-statsd-resolver");
                thread.setDaemon(true);
                return thread;
            });

    /** A socket to an address of the form {@code host:port}. */
    DatagramSocket open(String address) throws IOException {
        int colon = address.lastIndexOf(':');
        if (colon < 0) {
            throw new IOException("missing port in address");
        }
        int port = port(address.substring(colon + 1));
        String host = address.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        InetAddress ip = resolve(bracketed ? host.substring(1, host.length() - 1) : host);
        DatagramSocket socket = new DatagramSocket();
        try {
            // Connected, so that the kernel looks up the route once.
            socket.connect(new InetSocketAddress(ip, port));
            return socket;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    private static int port(String digits) throws IOException {
        try {
            int port = Integer.parseInt(digits);
            if (port > 0 && port <= MAX_PORT) {
                return port;
            }
        } catch (NumberFormatException e) {
            throw new IOException("invalid port", e);
        }
        throw new IOException("invalid port");
    }

    private InetAddress resolve(String host) throws IOException {
        try {
            Callable<InetAddress> question = () -> InetAddress.getByName(host);
            Future<InetAddress> answer = resolver.submit(question);
            return answer.get(RESOLVE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IOException("unknown host " + host, e.getCause());
        } catch (TimeoutException | RejectedExecutionException e) {
            // Rejected: the questions of the last rounds are still not answered.
            throw new IOException("the name service does not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Sends a packet; that it may get lost is in the nature of UDP (D-6). */
    static void send(DatagramSocket socket, byte[] packet) {
        try {
            socket.send(new DatagramPacket(packet, packet.length));
        } catch (IOException e) {
            // Such as the answer to an earlier packet that nobody listens there.
            return;
        }
    }

    @Override
    public void close() {
        resolver.shutdownNow();
    }
}
