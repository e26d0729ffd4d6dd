package io.nsqd.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nsqd.lookup.Nsqlookupd;
import io.nsqd.tcp.Frame;
import io.nsqd.tcp.V2Client;
import java.io.IOException;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.awaitility.Awaitility;
import org.osgi.framework.BundleException;

/** A platform and those that its bundles talk to, each of which tells whether the bundle serves. One thread. */
final class World implements AutoCloseable {
    private final Nsqlookupd lookupd = new Nsqlookupd();
    private final DatagramSocket statsd = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    private final Platform platform;

    World(Path directory, Map<String, String> options) throws Exception {
        Map<String, String> all = new HashMap<>(Map.of(
                "lookupd-tcp-address",
                lookupd.address(),
                "statsd-address",
                "127.0.0.1:" + statsd.getLocalPort(),
                "statsd-interval",
                "100ms"));
        all.putAll(options);
        platform = new Platform(directory, all);
    }

    Platform platform() {
        return platform;
    }

    Nsqlookupd lookupd() {
        return lookupd;
    }

    /** Waits until a bundle serves, as those see it who use it, or does not. */
    void await(String bundle, boolean serving) throws IOException {
        if (bundle.equals(Platform.STATSD)) {
            forgetPackets();
        }
        Awaitility.await(bundle)
                .atMost(Platform.PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(2))
                .until(() -> serves(bundle) == serving);
    }

    private boolean serves(String bundle) throws IOException {
        return switch (bundle) {
            case Platform.TCP -> answersOverTcp();
            case Platform.HTTP -> "OK".equals(get("/ping"));
            case Platform.LOOKUP ->
                !lookupd.producers().isEmpty()
                        && !lookupd.producer().isGone()
                        && !lookupd.producer().identification().isEmpty();
            case Platform.STATSD -> pushes();
            case Platform.METRICS -> get("/metrics").contains("nsqd_");
            default -> throw new IllegalArgumentException(bundle);
        };
    }

    private boolean answersOverTcp() throws IOException {
        try (V2Client client = V2Client.connect(platform.tcpPort())) {
            client.send(V2Client.MAGIC);
            client.line("PUB t", "x");
            assertEquals(Frame.OK, client.frame());
            return true;
        } catch (ConnectException e) {
            return false;
        }
    }

    /** The text of an answer 200, else an empty one. */
    private String get(String path) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) URI.create("http://127.0.0.1:" + platform.httpPort() + path)
                .toURL()
                .openConnection();
        connection.setReadTimeout((int) Platform.PATIENCE.toMillis());
        try {
            return connection.getResponseCode() == 200
                    ? new String(connection.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                    : "";
        } catch (ConnectException e) {
            return "";
        }
    }

    private boolean pushes() throws IOException {
        try {
            // Three intervals: whoever pushes does it in between.
            statsd.setSoTimeout(300);
            statsd.receive(new DatagramPacket(new byte[65_536], 65_536));
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    private void forgetPackets() throws IOException {
        statsd.setSoTimeout(1);
        try {
            while (true) {
                statsd.receive(new DatagramPacket(new byte[65_536], 65_536));
            }
        } catch (SocketTimeoutException e) {
            return;
        }
    }

    @Override
    public void close() throws BundleException, IOException {
        platform.close();
        statsd.close();
        lookupd.close();
    }
}
