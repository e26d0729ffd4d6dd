package io.nsqd.http;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Option;
import io.nsqd.spi.Transport;
import io.nsqd.spi.contract.TransportContract;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** HTTP keeps the contract of all transports. */
final class HttpTransportContractTest extends TransportContract {
    private static final int ANSWER_BYTES = "HTTP/1.1 200 OK".length();

    private TestServer server;

    @Override
    protected Transport start(int port) throws IOException {
        server = new TestServer(Map.of(Option.HTTP_ADDRESS, "127.0.0.1:" + port));
        return server.nsqd.transports().get(0);
    }

    @Override
    protected void stop(Transport started) {
        server.close();
    }

    @Override
    protected void exchange(Socket socket) throws IOException {
        socket.getOutputStream().write("GET /ping HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        InputStream in = socket.getInputStream();
        String status = new String(in.readNBytes(ANSWER_BYTES), StandardCharsets.US_ASCII);
        assertTrue(status.endsWith(" 200 OK"), status);
        StringBuilder rest = new StringBuilder();
        while (!rest.toString().endsWith("\r\n\r\nOK")) {
            int b = in.read();
            assertTrue(b >= 0, "an answer that does not end");
            rest.append((char) b);
        }
    }
}
