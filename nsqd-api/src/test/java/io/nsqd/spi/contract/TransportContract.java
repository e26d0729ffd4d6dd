package io.nsqd.spi.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.spi.Transport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link Transport} over TCP must do. */
public abstract class TransportContract {
    private static final int PATIENCE_MILLIS = 20_000;

    /** Clients that do nothing while another is served. */
    private static final int IDLE_CLIENTS = 50;

    private Transport transport;

    /** For those who extend it. */
    protected TransportContract() {}

    /**
     * Starts the transport as its activator does when the daemon is there, with a daemon that the test makes.
     *
     * @param port the port of 127.0.0.1 that it listens on; 0 for any
     * @throws Exception when it cannot listen there
     */
    protected abstract Transport start(int port) throws Exception;

    /** Stops the transport as its activator does when the daemon leaves. */
    protected abstract void stop(Transport started) throws Exception;

    /** Does something by which a client sees that it is served, and fails where it is not; the connection stays open. */
    protected abstract void exchange(Socket socket) throws Exception;

    /** Starts the transport. */
    @BeforeEach
    public final void startTransport() throws Exception {
        transport = start(0);
    }

    /** Stops the transport, if the test has not. */
    @AfterEach
    public final void stopTransport() throws Exception {
        if (transport != null) {
            stop(transport);
        }
    }

    private Socket connect() throws IOException {
        return connect(transport.port());
    }

    private static Socket connect(int port) throws IOException {
        Socket socket = new Socket();
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MILLIS);
        socket.setSoTimeout(PATIENCE_MILLIS);
        return socket;
    }

    private void assertServes() throws Exception {
        try (Socket socket = connect()) {
            exchange(socket);
            exchange(socket);
        }
    }

    @Test
    public void itIsBoundAndSaysWhere() throws Exception {
        assertFalse(transport.protocol().isBlank());
        assertTrue(transport.port() > 0, "port " + transport.port());
        assertTrue(transport.address().endsWith(":" + transport.port()), transport.address());
        assertEquals(List.of(), transport.producers());
        assertServes();
    }

    @Test
    public void itServesSeveralClientsAtOnce() throws Exception {
        try (Socket one = connect();
                Socket other = connect()) {
            exchange(one);
            exchange(other);
            exchange(one);
        }
    }

    @Test
    public void silentClientsKeepNobodyFromBeingServed() throws Exception {
        List<Socket> silent = new ArrayList<>();
        try {
            for (int i = 0; i < IDLE_CLIENTS; i++) {
                silent.add(connect());
            }
            assertServes();
            exchange(silent.get(0));
        } finally {
            for (Socket socket : silent) {
                socket.close();
            }
        }
    }

    @Test
    public void clientsThatBreakOffHurtNobody() throws Exception {
        try (Socket steady = connect()) {
            exchange(steady);
            for (int i = 0; i < 20; i++) {
                try (Socket socket = connect()) {
                    if (i % 2 == 0) {
                        exchange(socket);
                    }
                    // A reset instead of a polite end.
                    socket.setSoLinger(true, 0);
                }
            }
            exchange(steady);
        }
        assertServes();
    }

    @Test
    public void nonsenseHurtsNobody() throws Exception {
        Random random = new Random(7);
        try (Socket steady = connect()) {
            for (int i = 0; i < 20; i++) {
                byte[] nonsense = new byte[1 + random.nextInt(5_000)];
                random.nextBytes(nonsense);
                try (Socket socket = connect()) {
                    socket.getOutputStream().write(nonsense);
                    socket.shutdownOutput();
                } catch (IOException e) {
                    // To close the connection is an answer, too.
                }
            }
            exchange(steady);
        }
        assertServes();
    }

    @Test
    public void aStopDisconnectsAndRefuses() throws Exception {
        try (Socket served = connect();
                Socket silent = connect()) {
            exchange(served);
            int port = transport.port();
            stop(transport);
            transport = null;
            assertEnds(served);
            assertEnds(silent);
            assertThrows(IOException.class, () -> connect(port).close(), "it still accepts");
        }
    }

    /** The other side must end the connection; what it still had to say does not matter. */
    private static void assertEnds(Socket socket) {
        try {
            socket.getInputStream().readAllBytes();
        } catch (SocketTimeoutException e) {
            throw new AssertionError("the connection was left open", e);
        } catch (IOException e) {
            assertTrue(socket.isConnected(), "a reset is an end");
        }
    }

    @Test
    public void startedAgainItListensAgain() throws Exception {
        int port = transport.port();
        for (int i = 0; i < 3; i++) {
            try (Socket socket = connect()) {
                exchange(socket);
            }
            stop(transport);
            transport = null;
            transport = start(port);
            assertEquals(port, transport.port());
        }
        assertServes();
    }

    @Test
    public void aPortThatIsTakenIsAFailureAtOnceAndLeavesNothingBehind() throws Exception {
        stop(transport);
        transport = null;
        int port;
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = other.getLocalPort();
            assertThrows(Exception.class, () -> transport = start(port));
        }
        transport = start(port);
        assertServes();
    }
}
