package io.nsqd.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nsqd.launcher.Daemon;
import java.io.IOException;
import java.io.InputStream;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses of IPv6 as people and tools read them: short, and with their zone. */
class Ipv6IT {
    private static final String SECRET = "opensesame";

    @TempDir
    private Path data;

    private static Socket connect(InetAddress address, int port, String bytes) throws IOException {
        Socket socket = new Socket(address, port);
        socket.setSoTimeout(20_000);
        socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
        return socket;
    }

    private static String http(InetAddress address, int port, String path) throws IOException {
        try (Socket socket = connect(address, port, "GET " + path + " HTTP/1.0\r\n\r\n")) {
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return answer.substring(answer.indexOf("\r\n\r\n") + 4);
        }
    }

    private static void readFrame(InputStream in) throws IOException {
        int size = 0;
        for (byte b : in.readNBytes(Integer.BYTES)) {
            size = size << 8 | b & 0xff;
        }
        assertEquals(size, in.readNBytes(size).length);
    }

    /** An address that binds and connects here, by how Go writes it. */
    private static Inet6Address local(String kind) throws IOException {
        if (kind.equals("loopback")) {
            byte[] bytes = new byte[16];
            bytes[15] = 1;
            InetAddress loopback = InetAddress.getByAddress(bytes);
            Assumptions.assumeTrue(NetworkInterface.getByInetAddress(loopback) != null, "there is no IPv6 here");
            return (Inet6Address) loopback;
        }
        List<Inet6Address> found = new ArrayList<>();
        NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> address instanceof Inet6Address && address.isLinkLocalAddress())
                .forEach(address -> found.add((Inet6Address) address));
        Assumptions.assumeFalse(found.isEmpty(), "there is no link-local address here");
        return found.get(0);
    }

    @ParameterizedTest
    @Tag("H-30")
    @Tag("O-33")
    @Tag("P-71")
    @ValueSource(strings = {"loopback", "link-local"})
    void theyAreShort(String kind) throws Exception {
        Inet6Address address = local(kind);
        String zone = address.getScopedInterface() == null
                ? ""
                : "%" + address.getScopedInterface().getName();
        try (AuthServer server = new AuthServer();
                Daemon daemon = Daemon.of(data)
                        .flags("--tcp-address=[::]:0", "--http-address=[" + address.getHostAddress() + "]:0")
                        .flags("--auth-http-address=" + server.address())
                        .start()) {
            server.permits(SECRET, 60, ".*", ".*", "publish");
            String ip;
            try (Socket socket = connect(address, daemon.tcpPort(), "  V2AUTH\n\0\0\0\12" + SECRET)) {
                ip = shortened((Inet6Address) socket.getLocalAddress()) + zone;
                String remote = "[" + ip + "]:" + socket.getLocalPort();
                readFrame(socket.getInputStream());
                socket.getOutputStream().write("PUB t\n\0\0\0\1x".getBytes(StandardCharsets.US_ASCII));
                readFrame(socket.getInputStream());

                daemon.awaitLog("TCP: new client\\(" + Pattern.quote(remote) + "\\)$");
                String question = server.questions(SECRET).get(0);
                String asked = "remote_ip=" + URLEncoder.encode(ip, StandardCharsets.UTF_8) + "&";
                assertTrue(question.contains(asked), question);

                JsonNode producer = new ObjectMapper()
                        .readTree(http(address, daemon.httpPort(), "/stats?format=json"))
                        .path("producers")
                        .path(0);
                assertEquals(remote, producer.path("remote_address").asText());
                assertEquals(ip, producer.path("client_id").asText());
                assertEquals(ip, producer.path("hostname").asText());
            }
            daemon.awaitLog("TCP: listening on \\[::\\]:\\d+$");
            daemon.awaitLog("HTTP: listening on " + Pattern.quote("[" + ip + "]:") + "\\d+$");
            daemon.awaitLog("GET /stats\\?format=json \\(" + Pattern.quote("[" + ip + "]:") + "\\d+\\) ");
            assertTrue(
                    daemon.log().stream().noneMatch(line -> line.contains(":0:0:") || line.contains("%0")),
                    () -> String.join("\n", daemon.log()));
            assertEquals(0, daemon.stop());
        }
    }

    /** Those that are there have one run of zeros that is the longest. */
    private static String shortened(Inet6Address address) {
        String whole = address.getHostAddress().replaceFirst("%.*", "");
        for (int zeros = 7; zeros > 1; zeros--) {
            String run = "(^|:)0(:0){" + (zeros - 1) + "}(:|$)";
            String shorter = whole.replaceFirst(run, "::");
            if (!shorter.equals(whole)) {
                return shorter;
            }
        }
        return whole;
    }

    @Test
    @Tag("O-25")
    void anAddressInUseIsSaidInShort() throws Exception {
        Inet6Address address = local("loopback");
        assertTrue(address.isLoopbackAddress());
        Path other = Files.createDirectory(data.resolve("other"));
        try (Daemon one = Daemon.of(data).flags("--tcp-address=[::1]:0").start();
                Daemon two = Daemon.of(other)
                        .flags("--tcp-address=[0:0:0:0:0:0:0:1]:" + one.tcpPort())
                        .launch()) {
            assertEquals(1, two.awaitExit());
            two.awaitLog(" FATAL: failed to instantiate nsqd - listen \\(\\[0:0:0:0:0:0:0:1]:" + one.tcpPort()
                    + "\\) failed - listen tcp \\[::1]:" + one.tcpPort() + ": bind: address already in use$");
            assertEquals(0, one.stop());
        }
    }
}
