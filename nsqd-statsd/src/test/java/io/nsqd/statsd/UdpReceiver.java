package io.nsqd.statsd;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/** A statsd daemon that only listens. */
final class UdpReceiver implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 30_000;

    private final DatagramSocket socket;

    /** What came, from which port. */
    record Packet(int port, String text) {}

    UdpReceiver() throws IOException {
        socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    }

    String address() {
        return "127.0.0.1:" + socket.getLocalPort();
    }

    /** Waits for the next packet. */
    Packet next() throws IOException {
        socket.setSoTimeout(PATIENCE_MILLIS);
        return receive();
    }

    /** Whether a packet has come already. */
    boolean hasNext() throws IOException {
        socket.setSoTimeout(1);
        try {
            receive();
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    private Packet receive() throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[65_536], 65_536);
        socket.receive(packet);
        return new Packet(
                packet.getPort(), new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        socket.close();
    }
}
