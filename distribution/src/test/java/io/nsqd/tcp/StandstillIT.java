package io.nsqd.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.launcher.Daemon;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that stood still, as in a paused container, judges no client by the time in which it did not listen. */
class StandstillIT {
    private static final int CLIENTS = 200;

    @TempDir
    Path directory;

    private static void standStill(Daemon daemon, Runnable meanwhile) throws Exception {
        daemon.signal("STOP");
        meanwhile.run();
        // Longer than any of the time-outs: this is the time that passes for the daemon, not for the test.
        LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(3));
        daemon.signal("CONT");
    }

    @Test
    @Tag("B-21")
    void whatWasFinishedMeanwhileIsNotDeliveredAgain() throws Exception {
        try (Daemon daemon = Daemon.of(directory).start();
                V2Client client = V2Client.connect(daemon.tcpPort())) {
            client.send(V2Client.MAGIC);
            client.line("IDENTIFY", "{\"msg_timeout\":2000,\"heartbeat_interval\":60000}")
                    .answersOk();
            client.line("SUB t c");
            assertEquals(Frame.OK, client.frame());
            try (V2Client producer = V2Client.connect(daemon.tcpPort())) {
                producer.send(V2Client.MAGIC);
                for (int i = 0; i < CLIENTS; i++) {
                    producer.line("PUB t", "m" + i);
                    assertEquals(Frame.OK, producer.frame());
                }
            }
            client.line("RDY " + CLIENTS);
            List<String> ids = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                ids.add(client.frame().delivery().id());
            }
            standStill(daemon, () -> ids.forEach(id -> finish(client, id)));
            client.line("CLS");
            assertEquals("CLOSE_WAIT", client.frame().data(), "and no message before");
        }
    }

    private static void finish(V2Client client, String id) {
        try {
            client.line("FIN " + id);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    @Tag("P-46")
    void whoAnsweredMeanwhileIsNotDisconnected() throws Exception {
        try (Daemon daemon = Daemon.of(directory).start()) {
            List<V2Client> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                V2Client client = V2Client.connect(daemon.tcpPort());
                client.send(V2Client.MAGIC);
                client.line("IDENTIFY", "{\"heartbeat_interval\":1000}").answersOk();
                clients.add(client);
            }
            standStill(daemon, () -> clients.forEach(StandstillIT::nop));
            for (V2Client client : clients) {
                client.line("PUB t", "still here");
                Frame answer = client.frame();
                while (answer.equals(Frame.HEARTBEAT)) {
                    answer = client.frame();
                }
                assertEquals(Frame.OK, answer);
                client.close();
            }
            assertTrue(daemon.log().stream().noneMatch(line -> line.contains("nothing heard")));
        }
    }

    @Test
    @Tag("X-14")
    void aRequestWhoseRestCameMeanwhileIsAnswered() throws Exception {
        try (Daemon daemon =
                Daemon.of(directory).flags("--http-request-timeout=1s").start()) {
            List<Socket> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                Socket client = new Socket(InetAddress.getLoopbackAddress(), daemon.httpPort());
                // Half of them in the head, half in the body.
                write(
                        client,
                        i % 2 == 0
                                ? "GET /ping HTTP/1.1\r\n"
                                : "POST /pub?topic=t HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx");
                clients.add(client);
            }
            standStill(daemon, () -> {
                for (int i = 0; i < CLIENTS; i++) {
                    write(clients.get(i), i % 2 == 0 ? "Host: a\r\n\r\n" : "y");
                }
            });
            for (Socket client : clients) {
                client.setSoTimeout((int) DaemonCase.PATIENCE.toMillis());
                byte[] start = client.getInputStream().readNBytes("HTTP/1.1 200".length());
                assertEquals("HTTP/1.1 200", new String(start, StandardCharsets.US_ASCII));
                client.close();
            }
        }
    }

    private static void write(Socket client, String text) {
        try {
            client.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void nop(V2Client client) {
        try {
            client.line("NOP");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
