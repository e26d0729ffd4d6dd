package io.nsqd.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.nsqd.launcher.Daemon;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The TCP protocol over a unix socket. */
@Timeout(60)
class UnixSocketIT extends DaemonCase {
    @TempDir
    Path directory;

    private Daemon.Setup setUp(Path socket) {
        return Daemon.of(directory).flags("--tcp-address=" + socket);
    }

    private Daemon start(Path socket) throws IOException {
        Daemon daemon = setUp(socket).launch();
        daemon.awaitLog(" INFO: TCP: listening on " + socket + "$");
        use(daemon);
        return daemon;
    }

    private V2Client connect(Path socket) throws IOException {
        return keep(V2Client.connect(socket)).send(V2Client.MAGIC);
    }

    @Test
    @Tag("H-93")
    @Tag("P-7")
    void messagesGoBothWays() throws Exception {
        Path socket = directory.resolve("nsqd.sock");
        try (Daemon daemon = start(socket)) {
            V2Client client =
                    connect(socket).line("SUB " + topic + " c").answersOk().line("RDY 1");
            connect(socket).line("PUB " + topic, "x").answersOk();
            Delivery delivery = client.delivery();
            assertEquals("x", delivery.body());
            client.line("FIN " + delivery.id());
            client.line("NONSENSE").refuses("E_INVALID invalid command NONSENSE");
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    @Tag("H-93")
    @Tag("P-36")
    @Tag("P-39")
    void connectionsAreUpgraded() throws Exception {
        Path socket = directory.resolve("nsqd.sock");
        try (Daemon daemon = start(socket)) {
            V2Client client = connect(socket).line("IDENTIFY", "{\"feature_negotiation\":true,\"deflate\":true}");
            assertTrue(client.frame().data().contains("\"deflate\":true"));
            client.startDeflate(6).answersOk().line("PUB " + topic, "x").answersOk();
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    @Tag("H-93")
    void statsTellOfAClientWithoutAnAddress() throws Exception {
        Path socket = directory.resolve("nsqd.sock");
        try (Daemon daemon = start(socket)) {
            connect(socket).line("SUB " + topic + " c").answersOk();
            JsonNode stats = clientStats("c");
            assertEquals("@", stats.path("remote_address").asText());
            assertEquals("", stats.path("client_id").asText("missing"));
            assertEquals(0, daemon.stop());
        }
    }

    @Test
    @Tag("H-93")
    void theFileIsOpenToWhoMayAndGoneAfterwards() throws Exception {
        Path socket = directory.resolve("nsqd.sock");
        try (Daemon daemon = start(socket)) {
            String permissions = PosixFilePermissions.toString(Files.getPosixFilePermissions(socket));
            // All but what the mask takes away.
            assertTrue(permissions.startsWith("rwx"), permissions);
            assertEquals(0, daemon.stop());
        }
        assertFalse(Files.exists(socket));
    }

    @Test
    @Tag("H-93")
    void aFileThatIsThereIsNotReplaced() throws Exception {
        Path socket = Files.createFile(directory.resolve("nsqd.sock"));
        try (Daemon daemon = setUp(socket).launch()) {
            use(daemon);
            assertEquals(1, daemon.awaitExit());
            daemon.awaitLog("listen unix " + socket + ": bind: address already in use");
        }
        assertTrue(Files.isRegularFile(socket));
    }
}
