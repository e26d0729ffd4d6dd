package io.nsqd.examples.texttransport;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nsqd.api.Nsqd;
import io.nsqd.net.NetSubsystem;
import io.nsqd.spi.Transport;
import io.nsqd.spi.contract.TransportContract;
import io.nsqd.testing.FakeNsqd;
import io.nsqd.testing.FakeServices;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** The transport keeps the contract. */
final class TextTransportTest extends TransportContract {
    private AutoCloseable net;
    private AutoCloseable text;

    @Override
    protected Transport start(int port) throws Exception {
        FakeServices services = new FakeServices().with("example.text.port", Integer.toString(port));
        services.register(Nsqd.class, new FakeNsqd());
        net = new NetSubsystem().start(services);
        try {
            text = new TextSubsystem().start(services);
        } catch (IOException e) {
            net.close();
            throw e;
        }
        return services.get(Transport.class);
    }

    @Override
    protected void stop(Transport started) throws Exception {
        text.close();
        net.close();
    }

    @Override
    protected void exchange(Socket socket) throws IOException {
        socket.getOutputStream().write("PUB topic hello\n".getBytes(StandardCharsets.UTF_8));
        BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        assertEquals("OK", in.readLine());
    }
}
