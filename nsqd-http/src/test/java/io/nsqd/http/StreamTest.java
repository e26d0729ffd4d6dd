package io.nsqd.http;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.nsqd.spi.Authentication;
import io.nsqd.testing.FakeNsqd;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An answer that is sent a piece at a time, such as a recording. */
final class StreamTest {
    /** What no socket buffer takes. */
    private static final long HUGE = 200L * 1024 * 1024;

    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer server = new HttpServer(Clock.system(ZoneOffset.UTC), Runnable::run, 0);
    private final AtomicLong read = new AtomicLong();
    private Channel listener;

    @BeforeEach
    void listen() {
        Router root = new Router.Builder(
                        new HttpAuthorization(new FakeNsqd(), Authentication.of(() -> false, Optional::empty)))
                .unlogged("GET", "/stream", Endpoint.skipping(this::stream))
                .unlogged("GET", "/ping", Endpoint.skipping(exchange -> exchange.answer(Response.OK)))
                .build(path -> Optional.empty());
        listener = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        RequestDecoder decoder = new RequestDecoder();
                        channel.pipeline().addLast(decoder, new HttpHandler(server, root, decoder));
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .syncUninterruptibly()
                .channel();
    }

    @AfterEach
    void close() throws InterruptedException {
        listener.close().sync();
        threads.shutdownNow();
        loops.shutdownGracefully(0, 10, TimeUnit.SECONDS).await();
    }

    private void stream(Exchange exchange) throws HttpException {
        long length = Long.parseLong(exchange.query().value("length").orElseThrow());
        threads.execute(() -> {
            try {
                exchange.stream(Response.ofLength(200, "application/octet-stream", length), new Bytes(length));
            } catch (IOException e) {
                throw new AssertionError(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /** So many bytes, each that of its position. */
    private final class Bytes extends InputStream {
        private final long length;
        private long at;

        Bytes(long length) {
            this.length = length;
        }

        @Override
        public int read() {
            read.incrementAndGet();
            return at < length ? (int) (at++ & 0xff) : -1;
        }

        @Override
        public int read(byte[] target, int offset, int count) {
            int given = (int) Math.min(count, length - at);
            for (int i = 0; i < given; i++) {
                target[offset + i] = (byte) at++;
            }
            read.addAndGet(given);
            return given == 0 ? -1 : given;
        }
    }

    private Socket connect() throws IOException {
        Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), ((InetSocketAddress) listener.localAddress()).getPort());
        socket.setSoTimeout(60_000);
        return socket;
    }

    @Test
    void itComesWholeWhateverItsLengthAndTheConnectionGoesOn() throws IOException {
        try (RawClient client = new RawClient(connect())) {
            for (int length : new int[] {0, 1, 64 * 1024 - 1, 64 * 1024, 64 * 1024 + 1, 1_000_000}) {
                // The next request comes before the answer to the first has begun.
                client.send("GET /stream?length=" + length + " HTTP/1.1\r\nHost: t\r\n\r\n"
                        + "GET /ping HTTP/1.1\r\nHost: t\r\n\r\n");
                RawClient.Answer head = client.read(false);
                assertEquals(Integer.toString(length), head.header("content-length"));
                byte[] body = client.bytes(length);
                assertEquals(length, body.length);
                for (int i = 0; i < length; i++) {
                    assertEquals((byte) i, body[i]);
                }
                assertEquals("OK", client.read().body());
            }
        }
    }

    @Test
    void aClientThatDoesNotReadCostsNoMoreThanAPiece() throws IOException {
        try (Socket slow = connect()) {
            slow.getOutputStream()
                    .write(("GET /stream?length=" + HUGE + " HTTP/1.1\r\nHost: t\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            // Until it is read no further: as much as the sockets' buffers take.
            AtomicLong before = new AtomicLong(-1);
            await().pollInterval(Duration.ofMillis(300))
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> read.get() > 0 && before.getAndSet(read.get()) == read.get());
            assertTrue(read.get() < HUGE / 4, read.get() + " bytes were read ahead");
        }
        // And one that goes away ends it: the next one is served.
        await().atMost(Duration.ofSeconds(60)).ignoreExceptions().until(() -> {
            try (RawClient client = new RawClient(connect())) {
                client.send("GET /stream?length=3 HTTP/1.0\r\n\r\n");
                return client.readAll().endsWith("\r\n\r\n\0\1\2");
            }
        });
    }

    @Test
    void whatIsCutShortEndsTheConnection() throws Exception {
        try (RawClient client = new RawClient(connect())) {
            client.send("GET /stream?length=" + HUGE + " HTTP/1.1\r\nHost: t\r\n\r\n");
            assertEquals(Long.toString(HUGE), client.read(false).header("content-length"));
            threads.shutdownNow();
            assertTrue(client.countToEnd() < HUGE);
        }
    }
}
