package io.nsqd.examples.texttransport;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Nsqd;
import io.nsqd.api.Options;
import io.nsqd.spi.Authentication;
import io.nsqd.spi.Transport;
import io.nsqd.spi.contract.TransportContract;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The transport keeps the contract. */
final class TextTransportTest extends TransportContract {
    /** Has options and nothing else. */
    private static Nsqd daemon() {
        return (Nsqd) Proxy.newProxyInstance(
                Nsqd.class.getClassLoader(), new Class<?>[] {Nsqd.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("options")) {
                        return Options.defaults();
                    }
                    throw new IllegalStateException("there is no broker");
                });
    }

    @Override
    protected Transport start(int port) throws IOException {
        ServerSocket server = new ServerSocket(port, 0, InetAddress.getLoopbackAddress());
        return new TextTransport(daemon(), server, Authentication.of(() -> false, Optional::empty));
    }

    @Override
    protected void stop(Transport started) throws Exception {
        ((TextTransport) started).close();
    }

    @Override
    protected void exchange(Socket socket) throws IOException {
        socket.getOutputStream().write("PUB topic hello\n".getBytes(StandardCharsets.UTF_8));
        BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        String answer = in.readLine();
        assertTrue("ERROR there is no broker".equals(answer), answer);
    }
}
