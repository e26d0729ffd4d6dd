package io.nsqd.http;

import io.netty.handler.ssl.SslHandler;
import io.netty.util.NetUtil;
import io.nsqd.api.MessageBatch;
import io.nsqd.net.TlsPeer;
import java.net.InetSocketAddress;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One request and its answer. Confined to the connection's loop but for the work given to {@link #work}. */
final class Exchange {
    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

    private final HttpHandler connection;
    private final Request request;
    private final long startNanos;
    private boolean logged;

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

    /**
     * The parameters; parsed anew at each call.
     *
     * @throws HttpException when they cannot be parsed (H-9, H-31)
     */
    QueryString query() throws HttpException {
        try {
            return QueryString.parse(request.query());
        } catch (QueryString.MalformedException e) {
            LOG.error("failed to parse request params - {}", e.getMessage());
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
                ? NetUtil.toAddressString(inet.getAddress())
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
            } catch (RuntimeException e) {
                answer(crash(e));
            }
        });
    }

    /** Answers. */
    void answer(Response response) {
        connection.answer(this, response);
    }

    /** Answers from any thread. */
    void answerLater(Response response) {
        connection.answerLater(this, response);
    }

    /** Answers as soon as something is done; at once if it is. */
    void answer(CompletableFuture<Void> done, Response success, Response failure) {
        if (done.isDone()) {
            answer(done.isCompletedExceptionally() ? failure : success);
        } else {
            // Whatever it returns is of no interest: the answer goes out from the loop.
            var unused = done.whenComplete(
                    (nothing, error) -> connection.answerLater(this, error == null ? success : failure));
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
        } catch (Exception | LinkageError e) {
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
