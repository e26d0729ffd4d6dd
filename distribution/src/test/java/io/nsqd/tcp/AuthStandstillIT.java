package io.nsqd.tcp;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nsqd.launcher.Daemon;
import io.nsqd.testing.ScriptedServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The daemon stands still for longer than an auth server has time, and the answer comes meanwhile. */
class AuthStandstillIT {
    private static final String ANSWER = "{\"ttl\":60,\"identity\":\"a\",\"identity_url\":\"\",\"authorizations\":"
            + "[{\"topic\":\".*\",\"channels\":[\".*\"],\"permissions\":[\"publish\"]}]}";

    private static final Duration TIMEOUT = Duration.ofMillis(1500);

    @TempDir
    Path data;

    @Test
    @Tag("P-75")
    void whatCameMeanwhileIsReadBeforeTimeIsUp() throws Exception {
        CountDownLatch stopped = new CountDownLatch(1);
        try (ScriptedServer server = new ScriptedServer((target, self) -> {
                    waitFor(stopped);
                    return ScriptedServer.answer("200 OK", "", ANSWER);
                });
                Daemon daemon = Daemon.of(data)
                        .flags(
                                "--auth-http-address=" + server.address(),
                                "--http-client-request-timeout=" + TIMEOUT.toMillis() + "ms")
                        .start();
                V2Client client = V2Client.connect(daemon.tcpPort())) {
            client.send(V2Client.MAGIC).line("AUTH", "secret");
            await().until(() -> !server.targets().isEmpty());
            daemon.signal("STOP");
            try {
                stopped.countDown();
                // Time passes for everybody but the daemon.
                await().pollDelay(TIMEOUT.plusMillis(500)).until(() -> true);
            } finally {
                daemon.signal("CONT");
            }
            assertEquals(
                    "{\"identity\":\"a\",\"identity_url\":\"\",\"permission_count\":1}",
                    client.frame().data());
        }
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
