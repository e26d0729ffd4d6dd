package io.nsqd.tcp;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Consumer;
import io.nsqd.api.MessageBatch;
import io.nsqd.testing.FakeChannel;
import io.nsqd.testing.FakeNsqd;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What has arrived is read first, wherever the loop is when it is asked: before it reads, or among its tasks. */
final class AfterInputTest {
    private final FakeNsqd nsqd = new FakeNsqd();
    private ServedNsqd served;
    private Socket client;
    private DataInputStream in;

    @BeforeEach
    void listen() throws Exception {
        served = new ServedNsqd(nsqd);
        client = new Socket(InetAddress.getLoopbackAddress(), served.port());
        in = new DataInputStream(client.getInputStream());
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        served.close();
    }

    private void send(String commands) throws IOException {
        OutputStream out = client.getOutputStream();
        out.write(commands.getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }

    private byte[] frame() throws IOException {
        byte[] frame = new byte[in.readInt()];
        in.readFully(frame);
        return frame;
    }

    @Test
    @Tag("B-21")
    void alsoWhatArrivesWhileTheLoopIsAmongItsTasks() throws Exception {
        nsqd.topic("t").channel("c");
        send("  V2SUB t c\nRDY 1\n");
        frame();
        nsqd.topic("t").publish(MessageBatch.of(new byte[] {1})).get();
        byte[] message = frame();
        String id = new String(message, 4 + 8 + 2, 16, StandardCharsets.US_ASCII);
        FakeChannel channel = nsqd.fake("t", "c");
        Consumer consumer = channel.consumer();

        CountDownLatch among = new CountDownLatch(1);
        CountDownLatch arrived = new CountDownLatch(1);
        CompletableFuture<Long> finished = new CompletableFuture<>();
        served.loop().execute(() -> {
            among.countDown();
            try {
                arrived.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            consumer.afterInput(() -> finished.complete(channel.finishCount()));
        });
        assertTrue(among.await(60, TimeUnit.SECONDS));
        send("FIN " + id + "\n");
        // It is in the daemon's socket once it has left the client's: both are on this machine.
        arrived.countDown();

        await().until(finished::isDone);
        assertEquals(1, finished.get());
    }
}
