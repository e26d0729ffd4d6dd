package io.nsqd.lookup;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Optional;

/**
 * The bytes of one connection to a nsqlookupd: a command out, its reply in, one at a time (L-1 to L-5). It never waits; the
 * selector says when {@link #advance} has something to do. Owned by {@code nsqd-lookup}.
 */
final class LookupConnection implements AutoCloseable {
    /** {@link #remaining} when no time-out runs. */
    static final long NEVER = Long.MAX_VALUE;

    private static final int READ_BYTES = 1024;

    private final SocketChannel channel;
    private final SelectionKey key;
    private final long maxReply;
    private final long timeoutNanos;
    private final ByteBuffer in = ByteBuffer.allocate(READ_BYTES);
    private final ByteBuffer header = ByteBuffer.allocate(Integer.BYTES);
    private ByteBuffer out = ByteBuffer.allocate(0);

    /** The reply as far as it has come: a length that is only claimed reserves nothing. */
    private ByteArrayOutputStream body = new ByteArrayOutputStream();

    private long missing;
    private boolean connected;
    private boolean awaitingReply;
    private long deadline;

    /**
     * Begins to connect.
     *
     * @param maxReply the longest reply that is accepted, bytes
     * @param timeoutNanos limit of the connect, and of the wait for each piece of a command or reply
     */
    LookupConnection(Selector selector, InetSocketAddress target, long maxReply, long timeoutNanos, long now)
            throws IOException {
        this.maxReply = maxReply;
        this.timeoutNanos = timeoutNanos;
        channel = SocketChannel.open();
        try {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            deadline = now + timeoutNanos;
            connected = channel.connect(target);
            key = channel.register(selector, SelectionKey.OP_CONNECT);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Whether a command can be sent: connected, and the last one is answered. */
    boolean isIdle() {
        return connected && !awaitingReply;
    }

    /** Sends a command, in one piece (L-60), as soon as the connection stands. There must be none without a reply. */
    void send(byte[] command, long now) {
        assert !awaitingReply;
        awaitingReply = true;
        out = ByteBuffer.wrap(command);
        header.clear();
        body = new ByteArrayOutputStream();
        if (connected) {
            deadline = now + timeoutNanos;
        }
    }

    /**
     * Connects, writes and reads as far as possible without waiting.
     *
     * @return the reply, once it is complete
     * @throws IOException when the connection is lost, the peer breaks the protocol, or time is up
     */
    Optional<byte[]> advance(long now) throws IOException {
        if (!connected) {
            connected = channel.finishConnect();
            if (!connected) {
                checkDeadline("connect", now);
                return Optional.empty();
            }
            deadline = now + timeoutNanos;
        }
        write(now);
        Optional<byte[]> reply = read(now);
        key.interestOps(SelectionKey.OP_READ | (out.hasRemaining() ? SelectionKey.OP_WRITE : 0));
        if (awaitingReply) {
            checkDeadline(out.hasRemaining() ? "write" : "read", now);
        }
        return reply;
    }

    private void write(long now) throws IOException {
        if (out.hasRemaining() && channel.write(out) > 0) {
            deadline = now + timeoutNanos;
        }
    }

    private Optional<byte[]> read(long now) throws IOException {
        Optional<byte[]> reply = Optional.empty();
        // Not beyond a reply: the end of the connection often follows, and must not hide what was said before.
        while (reply.isEmpty()) {
            int count = channel.read(in.clear());
            if (count == 0) {
                break;
            }
            if (count < 0) {
                throw new EOFException("EOF");
            }
            deadline = now + timeoutNanos;
            in.flip();
            while (in.hasRemaining()) {
                if (!awaitingReply) {
                    throw new IOException("reply without a command");
                }
                if (take()) {
                    awaitingReply = false;
                    reply = Optional.of(body.toByteArray());
                }
            }
        }
        return reply;
    }

    /** Takes what has come; true when it completes the reply. */
    private boolean take() throws IOException {
        while (header.hasRemaining()) {
            if (!in.hasRemaining()) {
                return false;
            }
            header.put(in.get());
            if (!header.hasRemaining()) {
                missing = length(header.getInt(0));
            }
        }
        int count = (int) Math.min(missing, in.remaining());
        body.write(in.array(), in.position(), count);
        in.position(in.position() + count);
        missing -= count;
        return missing == 0;
    }

    private int length(int length) throws IOException {
        if (length < 0 || length > maxReply) {
            throw new IOException("invalid reply length " + length);
        }
        return length;
    }

    private void checkDeadline(String what, long now) throws SocketTimeoutException {
        if (now - deadline >= 0) {
            throw new SocketTimeoutException(what + " timed out");
        }
    }

    /** Nanoseconds until {@link #advance} must be called even if nothing comes; {@link #NEVER} while idle. */
    long remaining(long now) {
        return isIdle() ? NEVER : deadline - now;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // Nothing is left to be done with it.
            return;
        }
    }
}
