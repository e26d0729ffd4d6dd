package io.nsqd.http;

import io.netty.channel.ChannelFuture;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.EventExecutor;
import io.nsqd.api.Addresses;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.Printable;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.net.TlsPeer;
import io.nsqd.net.transport.HttpUpgrade;
import io.nsqd.spi.Authorization;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** One request and its answer. Confined to the connection's loop but for the work given to {@link #work}. */
final class Exchange {
    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

    /** Of an answer that is streamed, what is read at a time. */
    private static final int PIECE_BYTES = 64 * 1024;

    /** How long a client may take for such a piece. */
    private static final long STALL_SECONDS = 60;

    private final HttpHandler connection;
    private final Request request;
    private final long startNanos;
    private boolean logged;
    private boolean administering;
    private Optional<Authorization> authorization = Optional.empty();

    /** Whether the client has gone. Written on the loop. */
    private volatile boolean abandoned;

    Exchange(HttpHandler connection, Request request, long startNanos) {
        this.connection = connection;
        this.request = request;
        this.startNanos = startNanos;
    }

    Request request() {
        return request;
    }

    /** When the head had come, as of {@link System#nanoTime}. */
    long startNanos() {
        return startNanos;
    }

    /** Whether the request is to be logged (H-30). */
    boolean isLogged() {
        return logged;
    }

    /** Has the request logged when it is answered. */
    void log() {
        logged = true;
    }

    /** Notes that the client has gone: nobody wants the answer any more. */
    void abandon() {
        abandoned = true;
    }

    /** Whether the client has gone. Any thread. */
    boolean isAbandoned() {
        return abandoned;
    }

    /** Notes what the client has shown that it may. */
    void authorize(Authorization shown) {
        authorization = Optional.of(shown);
    }

    /** Who the client is, as far as it had to say. On the loop. */
    Optional<Authorization> authorization() {
        return authorization;
    }

    /** Notes that the client has shown that it may administer the daemon. */
    void administer() {
        administering = true;
    }

    /** Whether {@link #requireOperator} lets the client through. On the loop. */
    boolean isOperator() {
        boolean local = !(connection.channel().remoteAddress() instanceof InetSocketAddress inet)
                || inet.getAddress().isLoopbackAddress();
        return administering || local;
    }

    /**
     * Lets through who may have the daemon do what everybody else notices, such as to stand still while its heap is written to a
     * file: a client of this machine, or one that has shown that it may administer the daemon. On the loop.
     *
     * @param what what is asked for, to say so
     * @throws HttpException with a refusal, for all others
     */
    void requireOperator(String what) throws HttpException {
        if (!isOperator()) {
            throw new HttpException(
                    Response.plain(
                            403,
                            what
                                    + " is for clients on the daemon's own machine and, with auth-http-api, for those who may administer it\n"));
        }
    }

    /**
     * The parameters; parsed anew at each call.
     *
     * @throws HttpException when they cannot be parsed (H-9, H-31)
     */
    QueryString query() throws HttpException {
        try {
            return QueryString.parse(request.query());
        } catch (QueryString.MalformedException e) {
            LOG.error("failed to parse request params - {}", Printable.of(e.getMessage()));
            throw new HttpException(400, "INVALID_REQUEST");
        }
    }

    /** A batch to publish one message with, empty; it is the connection's and used again for the next request. */
    MessageBatch batch() {
        return connection.batch();
    }

    /** The client's address without its port, empty over a unix socket. On the loop. */
    String remoteIp() {
        return connection.channel().remoteAddress() instanceof InetSocketAddress inet
                ? Addresses.ip(inet.getAddress())
                : "";
    }

    /** Whether the connection is encrypted. On the loop. */
    boolean isTls() {
        return connection.channel().pipeline().get(SslHandler.class) != null;
    }

    /** The common name of the client's certificate, empty without. On the loop. */
    String clientCommonName() {
        return TlsPeer.commonName(connection.channel());
    }

    /** The rest of the handling of a request. */
    @FunctionalInterface
    interface Step {
        /** @throws HttpException with the answer, where it refuses */
        void run() throws HttpException;
    }

    /** Goes on on the connection's loop, if the client is still there. Any thread. */
    void resume(Step step) {
        connection.resume(this, () -> {
            try {
                step.run();
            } catch (HttpException e) {
                answer(e.response());
            } catch (RuntimeException | Error e) {
                answer(crash(e));
            }
        });
    }

    /** Answers. */
    void answer(Response response) {
        connection.answer(this, response);
    }

    /** Answers that the connection becomes another protocol's, and lets it. */
    void upgrade(HttpUpgrade upgrade, Map<String, String> headers) {
        connection.upgrade(this, upgrade, headers);
    }

    /** Answers from any thread. */
    void answerLater(Response response) {
        connection.answerLater(this, response);
    }

    /**
     * Answers with what is read from a stream, a piece at a time: whatever its length it takes no more memory than a piece. Called
     * by a thread that may block; returns when the answer is out, or the client has gone, or has taken nothing for a minute.
     *
     * @param head announces as many bytes as the stream has
     * @throws InterruptedException when it is to be cut short; the connection ends then
     */
    void stream(Response head, InputStream bytes) throws IOException, InterruptedException {
        boolean whole = false;
        try {
            byte[] piece = new byte[PIECE_BYTES];
            boolean taken = isTaken(connection.begin(this, head));
            int length = bytes.readNBytes(piece, 0, piece.length);
            while (taken && length > 0) {
                taken = isTaken(connection.piece(this, piece, length));
                length = bytes.readNBytes(piece, 0, piece.length);
            }
            whole = taken;
        } finally {
            connection.end(this, whole);
        }
    }

    /** Writes a piece of a body of unknown length; see {@link HttpHandler#piece(Exchange, ByteBuffer)}. Any thread. */
    ChannelFuture piece(ByteBuffer bytes) {
        return connection.piece(this, bytes);
    }

    /** Ends an answer of unknown length, after its last piece. Any thread. */
    void endPieces(boolean whole) {
        connection.endPieces(this, whole);
    }

    /** Reads no more of the body, or goes on. On the loop. */
    void pause(boolean pauses) {
        connection.pause(this, pauses);
    }

    /** What runs tasks on the connection's loop. */
    EventExecutor loop() {
        return connection.channel().eventLoop();
    }

    private static boolean isTaken(ChannelFuture written) throws InterruptedException {
        return written.await(STALL_SECONDS, TimeUnit.SECONDS) && written.isSuccess();
    }

    /**
     * Answers as soon as a publish is done; at once if it is. Others may be handled meanwhile.
     *
     * @param bytes that are published
     */
    void answer(CompletableFuture<Void> done, long bytes, Response success, Response failure) {
        if (done.isDone()) {
            answer(done.isCompletedExceptionally() ? failure : success);
        } else {
            connection.answerWhen(this, done, bytes, success, failure);
        }
    }

    /** Answers with what {@code task} returns, or throws, on a thread that may block. */
    void work(Callable<Response> task) {
        connection.work(() -> connection.answerLater(this, attempt(task)));
    }

    private Response attempt(Callable<Response> task) {
        try {
            return task.call();
        } catch (HttpException e) {
            return e.response();
        } catch (Exception | Error e) {
            return crash(e);
        }
    }

    /** The answer to a request that a bug got in the way of (H-28). */
    Response crash(Throwable failure) {
        LOG.error("panic in HTTP handler - {}", failure, failure);
        logged = true;
        return Response.error(500, "INTERNAL_ERROR");
    }
}
