package io.nsqd.bench;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * A connection to a server, for one thread, which waits for what it needs. Whoever closes it from another thread ends the waiting.
 *
 * <p>Nothing is allocated for a message: what is sent was made before, what comes is read where it lies in the buffer.
 */
abstract class Connection implements AutoCloseable {
    /** Bytes that are read at once; the buffer grows to what a bigger answer needs. */
    private static final int BUFFER_BYTES = 64 * 1024;

    private final Address address;
    private final SocketChannel channel;
    private ByteBuffer in = ByteBuffer.allocateDirect(BUFFER_BYTES).flip();

    Connection(Address address) throws BenchException {
        this.address = address;
        SocketChannel opened = null;
        try {
            opened = SocketChannel.open();
            opened.setOption(StandardSocketOptions.TCP_NODELAY, true);
            if (!opened.connect(address.resolve())) {
                throw new IOException("not connected");
            }
        } catch (IOException | RuntimeException e) {
            if (opened != null) {
                close(opened);
            }
            // A name that cannot be resolved is a RuntimeException without a word.
            throw BenchException.server(address, "cannot connect", e);
        }
        channel = opened;
    }

    /** The frame of a publish. */
    abstract ByteBuffer pub(String topic, byte[] body);

    /** The frame of {@code count} publishes at once. */
    abstract ByteBuffer mpub(String topic, byte[] body, int count);

    /**
     * Waits for the answers to so many publishes.
     *
     * @throws BenchException when one is not OK
     */
    abstract void awaitOk(int count) throws BenchException;

    final Address address() {
        return address;
    }

    /** Sends what the buffer has, from its beginning to its limit. */
    final void send(ByteBuffer frame) throws BenchException {
        try {
            frame.rewind();
            while (frame.hasRemaining()) {
                channel.write(frame);
            }
        } catch (IOException e) {
            throw lost(e);
        }
    }

    final void send(String text) throws BenchException {
        send(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
    }

    /** What has come and was not taken yet, from its position to its limit; the next {@link #need} may bring another one. */
    final ByteBuffer in() {
        return in;
    }

    /** Waits until so many bytes are there. */
    final void need(int bytes) throws BenchException {
        if (in.remaining() >= bytes) {
            return;
        }
        if (bytes > in.capacity()) {
            in = ByteBuffer.allocateDirect(Math.max(bytes, in.capacity() * 2))
                    .put(in)
                    .flip();
        }
        in.compact();
        try {
            while (in.position() < bytes) {
                if (channel.read(in) < 0) {
                    throw BenchException.server(address, "the server has closed the connection");
                }
            }
        } catch (IOException e) {
            throw lost(e);
        } finally {
            in.flip();
        }
    }

    private BenchException lost(IOException e) {
        String what = e instanceof ClosedChannelException ? "closed here" : "the connection is lost";
        return BenchException.server(address, what, e);
    }

    /** Ends it at once, from any thread. */
    @Override
    public final void close() {
        close(channel);
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // It is gone in any case, and nothing that counts was on its way.
            return;
        }
    }
}
