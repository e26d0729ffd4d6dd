package io.nsqd.examples.texttransport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.net.NetSubsystem;
import io.nsqd.spi.Transport;
import io.nsqd.testing.FakeNsqd;
import io.nsqd.testing.FakeServices;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the kit does for a simple transport. */
@Timeout(120)
final class TextSessionTest {
    private final AtomicBoolean required = new AtomicBoolean();
    private final FakeNsqd nsqd = new FakeNsqd() {
        @Override
        public boolean requiresAuthentication(String protocol) {
            return required.get();
        }
    };
    private final FakeServices services = new FakeServices();
    private final List<Socket> sockets = new ArrayList<>();
    private AutoCloseable net;
    private AutoCloseable text;

    @BeforeEach
    void start() throws Exception {
        services.register(Nsqd.class, nsqd);
        net = new NetSubsystem().start(services);
        text = new TextSubsystem().start(services);
    }

    @AfterEach
    void stop() throws Exception {
        for (Socket socket : sockets) {
            socket.close();
        }
        text.close();
        net.close();
    }

    /** A client, which has a line to say and one to read. */
    private final class User {
        private final Socket socket = new Socket(
                InetAddress.getLoopbackAddress(), services.get(Transport.class).port());
        private final BufferedReader in =
                new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));

        User() throws IOException {
            sockets.add(socket);
            socket.setSoTimeout(60_000);
        }

        String say(String line) throws IOException {
            socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
            return in.readLine();
        }
    }

    @Test
    void whoWasLetInBeforeThereWasAnAuthenticatorIsSentAway() throws Exception {
        User consumer = new User();
        User stranger = new User();
        assertEquals("OK", consumer.say("SUB t c"));
        required.set(true);
        assertEquals("ERROR clients must authenticate first", stranger.say("PUB t x"));
        assertEquals("ERROR clients must authenticate first", consumer.in.readLine());
        assertEquals(null, consumer.in.readLine());
    }

    @Test
    void aCommandWithoutAnEndIsRefusedOnce() throws Exception {
        nsqd.with(Option.MAX_MSG_SIZE, 100L);
        User endless = new User();
        String answer = endless.say("PUB t " + "x".repeat(5_000));
        assertTrue(answer.equals("OK") || answer.startsWith("ERROR "), answer);
        endless = new User();
        endless.socket.getOutputStream().write(new byte[5_000]);
        assertEquals("ERROR the command is too long", endless.in.readLine());
        assertEquals(null, endless.in.readLine());
    }

    @Test
    void aCommandThatFailsIsAnsweredAndTheNextOneIsCarriedOut() throws Exception {
        User user = new User();
        user.socket.getOutputStream().write("WHAT\nPUB t\nPUB t x\n".getBytes(StandardCharsets.UTF_8));
        assertEquals("ERROR unknown command", user.in.readLine());
        assertTrue(user.in.readLine().startsWith("ERROR "));
        assertEquals("OK", user.in.readLine());
    }
}
