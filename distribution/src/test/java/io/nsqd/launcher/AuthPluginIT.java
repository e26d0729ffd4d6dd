package io.nsqd.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nsqd.launcher.plugin.Doorman;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An authenticator may be a plug-in. */
@Tag("P-70")
class AuthPluginIT {
    private static final int PATIENCE_MILLIS = 20_000;

    @TempDir
    Path directory;

    private DistributionCopy distribution;

    @BeforeEach
    void copyDistribution() throws IOException {
        distribution = new DistributionCopy(directory.resolve("home"));
    }

    private Daemon.Setup setup() throws IOException {
        return Daemon.of(Files.createDirectories(directory.resolve("data"))).home(distribution.home());
    }

    private void dropDoorman() throws IOException {
        distribution.drop("doorman.jar", "1.0.0", Doorman.class, "Import-Package: org.osgi.framework,io.nsqd.spi");
    }

    /** A command with a body. */
    private static byte[] command(String line, String body) {
        return ByteBuffer.allocate(line.length() + 1 + Integer.BYTES + body.length())
                .put((line + "\n").getBytes(StandardCharsets.US_ASCII))
                .putInt(body.length())
                .put(body.getBytes(StandardCharsets.US_ASCII))
                .array();
    }

    /** The last of the answers to some commands. */
    private static String answer(Daemon daemon, byte[]... commands) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), daemon.tcpPort())) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            OutputStream out = socket.getOutputStream();
            out.write("  V2".getBytes(StandardCharsets.US_ASCII));
            DataInputStream in = new DataInputStream(socket.getInputStream());
            String answer = "";
            for (byte[] command : commands) {
                out.write(command);
                int size = in.readInt();
                in.readInt();
                answer = new String(in.readNBytes(size - Integer.BYTES), StandardCharsets.UTF_8);
            }
            return answer;
        }
    }

    @Test
    void itTurnsAuthOnAndWhenItLeavesTheDoorStaysShut() throws Exception {
        byte[] sesame = command("AUTH", "sesame");
        try (Daemon daemon = setup().start()) {
            assertEquals("OK", answer(daemon, command("PUB cave", "x")));
            assertEquals("E_AUTH_DISABLED AUTH disabled", answer(daemon, sesame));
            dropDoorman();
            daemon.awaitLog(" INFO: PLUGIN\\(doorman\\.jar\\): started$");
            assertEquals("E_AUTH_FIRST AUTH required before PUB", answer(daemon, command("PUB cave", "x")));
            assertEquals("{\"identity\":\"ali\",\"identity_url\":\"\",\"permission_count\":1}", answer(daemon, sesame));
            assertEquals("OK", answer(daemon, sesame, command("PUB cave", "x")));
            assertEquals(
                    "E_UNAUTHORIZED AUTH failed for PUB on \"caves\" \"\"",
                    answer(daemon, sesame, command("PUB caves", "x")));
            assertEquals("E_AUTH_FAILED AUTH failed", answer(daemon, command("AUTH", "thunder")));
            daemon.awaitLog(" WARNING: PROTOCOL\\(V2\\): \\[.*\\] AUTH failed struck$");
            assertEquals("E_AUTH_FAILED AUTH failed", answer(daemon, command("AUTH", "nothing")));
            Files.delete(distribution.plugin("doorman.jar"));
            daemon.awaitLog(" INFO: PLUGIN\\(doorman\\.jar\\): removed$");
            assertEquals("E_AUTH_FIRST AUTH required before PUB", answer(daemon, command("PUB cave", "x")));
            assertEquals("E_AUTH_FAILED AUTH failed", answer(daemon, sesame));
            daemon.awaitLog("AUTH failed there is no authenticator$");
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    void itIsPreferredToTheServers() throws Exception {
        dropDoorman();
        try (Daemon daemon = setup().flags("--auth-http-address=127.0.0.1:1").start()) {
            daemon.awaitLog(" INFO: PLUGIN\\(doorman\\.jar\\): started$");
            assertEquals("OK", answer(daemon, command("AUTH", "sesame"), command("PUB cave", "x")));
            Files.delete(distribution.plugin("doorman.jar"));
            daemon.awaitLog(" INFO: PLUGIN\\(doorman\\.jar\\): removed$");
            assertEquals("E_AUTH_FAILED AUTH failed", answer(daemon, command("AUTH", "sesame")));
            daemon.awaitLog("AUTH failed 127\\.0\\.0\\.1:1: ");
            assertEquals(0, daemon.stop());
        }
    }
}
