package io.nsqd.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.nsqd.api.Addresses;
import io.nsqd.api.MessageBatch;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.net.GracefulClose;
import io.nsqd.net.InputBudget;
import io.nsqd.net.transport.HttpUpgrade;
import io.nsqd.spi.OutOfMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One connection: takes requests one after the other, whatever the client sends ahead waits (H-1), save
 * for publishes behind publishes that are not done yet: they are answered in their turn. All state belongs to
 * the connection's loop; answers that are made elsewhere come back to it first.
 *
 * <p>Answers are flushed once per batch of bytes read. A client that does not read its answers is not read from either.
 */
// A write that fails closes the channel, which is noticed by itself.
@SuppressWarnings("FutureReturnValueIgnored")
final class HttpHandler extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(HttpHandler.class);

    /** Unread bytes of a body that are dropped to keep the connection; beyond, it is closed (H-11). */
    private static final long MAX_DROPPED = 256 * 1024;

    /** How long a client may take nothing of what is streamed to it. */
    private static final long STALL_SECONDS = 60;

    /** How long a client that still sends has to take note of the last answer. */
    private static final long LINGER_MILLIS = 500;

    private enum State {
        /** Between two requests. */
        HEAD,
        /** The head was welcome, the body is coming. */
        BODY,
        /** The answer is known, the rest of the body is dropped first. */
        DROP,
        /** The request is complete, the answer is being made. */
        ANSWER,
        /** The last answer is on its way out; all input is dropped. */
        CLOSING,
        /** The connection is another transport's. */
        LEFT
    }

    private final HttpServer server;
    private final Endpoint root;
    private final RequestDecoder decoder;
    /** What was decoded and has to wait: a request at the most, as nothing more is decoded while there is one. */
    private final Queue<Object> ahead = new ArrayDeque<>(0);

    private final PendingPublishes publishes = new PendingPublishes(this::publishDone);
    private final MessageBatch batch = new MessageBatch();

    private ChannelHandlerContext ctx;
    private State state = State.HEAD;
    private Exchange exchange;
    private RequestBody body;
    private Response pending;
    private long dropped;
    private boolean handling;
    private boolean unflushed;
    private boolean continued;
    private boolean inputEnded;
    private boolean stopping;
    private boolean lingering;

    /** Whether what came ahead is being decoded. */
    private boolean resuming;

    /** Leaves the connection to the next transport; {@code null} while nobody wants to. */
    private Runnable leaving;

    /** Whether the last answer, which waits for its turn, is to a request of which a part was not read. */
    private boolean lastUnread;

    /** Whether the connection ends with the answer that is being sent in pieces. */
    private boolean closesAfterPieces;

    /** Where the pieces come from; {@code null} while none do, or a thread brings them that waits for each. */
    private StreamedAnswer streamed;

    /** Gives the connection to another protocol. */
    private Upgrading upgrading = upgrade -> {};

    private final StallWatch stall = new StallWatch();

    /** Whether whoever takes the body has not asked for more of it. */
    private boolean paused;

    private RequestTimer timer;

    /** What the connection has of the memory for unfinished input; {@code null} before there was much of it. */
    private InputBudget.Claim claim;

    /** Whether there is no memory for more of it just now. */
    private boolean starved;

    /**
     * @param server what all connections share
     * @param root serves requests
     * @param decoder the handler before this one
     */
    HttpHandler(HttpServer server, Endpoint root, RequestDecoder decoder) {
        this.server = server;
        this.root = root;
        this.decoder = decoder;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        ctx = context;
        timer = new RequestTimer(ctx.executor(), server.requestTimeoutNanos(), this::stalled);
        decoder.decodeWhile(this::isListening);
    }

    /** Gives the connection to another protocol: the handlers of HTTP leave the pipeline. */
    @FunctionalInterface
    interface Upgrading {
        void to(HttpUpgrade upgrade) throws Exception;
    }

    void upgradedBy(Upgrading how) {
        upgrading = how;
    }

    /** Goes on where another transport has left the connection, once what had arrived was read. On the loop. */
    void begin() {
        if (state != State.CLOSING) {
            goOn();
        }
    }

    /**
     * Leaves the connection at the next good moment: the request that has begun, if any, is answered. On the loop.
     *
     * @param park called between two requests, or never, where the connection ends
     */
    void leave(Runnable park) {
        assert ctx.executor().inEventLoop();
        leaving = park;
        cutEndless();
        adjustReading();
        parkIfDone();
    }

    private void cutEndless() {
        if (streamed != null && streamed.isEndless()) {
            streamed.cut();
        }
    }

    private void parkIfDone() {
        if (leaving == null) {
            return;
        }
        // Which may lead here again, when the channel becomes writable.
        flush();
        if (state == State.HEAD
                && ahead.isEmpty()
                && publishes.isEmpty()
                && !inputEnded
                && ctx.channel().isActive()) {
            state = State.LEFT;
            timer.cancel();
            leaving.run();
        }
    }

    /** Ends the connection at the next good moment. On the loop. */
    void stop() {
        assert ctx.executor().inEventLoop();
        stopping = true;
        cutEndless();
        if (state == State.DROP) {
            write(pending, true);
        } else if (state == State.HEAD || state == State.BODY) {
            finish();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        assert ctx.executor().inEventLoop();
        if (state == State.CLOSING) {
            ReferenceCountUtil.release(message);
        } else if (ahead.isEmpty() && isReadyFor(message)) {
            handle(message);
        } else {
            ahead.add(message);
        }
        adjustReading();
    }

    private boolean isReady() {
        return !starved
                && !paused
                && state != State.ANSWER
                && (state != State.HEAD || ctx.channel().isWritable() && !publishes.isFull());
    }

    private boolean isReadyFor(Object message) {
        return isReady()
                && (publishes.isEmpty() || !(message instanceof HttpRequest head) || PendingPublishes.mayJoin(head))
                && isRoomFor(message);
    }

    /** Whether what comes is of use now; else it stays as it is, for whoever serves the connection then. */
    private boolean isListening() {
        return state == State.CLOSING || ahead.isEmpty() && isReady() && (leaving == null || state != State.HEAD);
    }

    private void adjustReading() {
        if (state != State.LEFT && ctx.channel().config().isAutoRead() != isListening()) {
            ctx.channel().config().setAutoRead(isListening());
        }
    }

    private void handle(Object message) {
        handling = true;
        try {
            if (message instanceof HttpRequest head) {
                head(head);
            }
            if (message instanceof HttpContent content) {
                content(content);
            }
        } finally {
            handling = false;
            ReferenceCountUtil.release(message);
        }
    }

    private void head(HttpRequest head) {
        state = State.BODY;
        continued = false;
        dropped = 0;
        try {
            exchange = new Exchange(this, Request.of(head), System.nanoTime());
        } catch (HttpException e) {
            write(e.response(), true);
            return;
        }
        try {
            body = root.open(exchange);
        } catch (HttpException e) {
            body = new RequestBody.Unread(e.response());
        } catch (RuntimeException | Error e) {
            body = new RequestBody.Unread(exchange.crash(e));
        }
        if (body instanceof RequestBody.Unread unread) {
            drop(unread.response());
        } else if (exchange.request().isExpectingContinue()) {
            continued = true;
            unflushed = true;
            ctx.write(server.encoder().encodeContinue(ctx.alloc()), ctx.voidPromise());
        }
    }

    private void content(HttpContent content) {
        boolean failed = content.decoderResult().isFailure();
        boolean last = content instanceof LastHttpContent;
        if (state == State.BODY) {
            try {
                if (failed) {
                    throw body.broken();
                }
                body.add(content.content());
                if (last) {
                    state = State.ANSWER;
                    body.end(exchange);
                    claimAfterEnd();
                } else {
                    claim(body.held());
                }
            } catch (HttpException e) {
                answer(exchange, e.response());
            } catch (RuntimeException | Error e) {
                answer(exchange, exchange.crash(e));
            }
        }
        if (state == State.DROP) {
            dropped += content.content().readableBytes();
            if (failed || dropped > MAX_DROPPED) {
                write(pending, true);
            } else if (last) {
                write(pending, false);
            }
        }
    }

    /** Tells how much memory an unfinished body takes; where that is too much, the client has to wait. */
    private void claim(long held) {
        if (claim != null || held > InputBudget.FREE_BYTES) {
            starved = !claimed().takes(held);
        }
    }

    private void claimAfterEnd() {
        claim(body == null ? 0 : body.heldAfterEnd());
    }

    /** Asks for the memory that some of a body will take; where there is none, the client has to wait with it. */
    private boolean isRoomFor(Object message) {
        if (state == State.BODY && message instanceof HttpContent content) {
            long held = body.heldWith(content.content().readableBytes());
            if (held > body.held() && (claim != null || held > InputBudget.FREE_BYTES)) {
                starved = !claimed().mayTake(held);
            }
        }
        return !starved;
    }

    private InputBudget.Claim claimed() {
        if (claim == null) {
            claim = InputBudget.shared().claim(ctx.executor(), this::fed, this::givenUp);
        }
        return claim;
    }

    private void fed() {
        if (starved) {
            starved = false;
            goOn();
        }
    }

    private void givenUp() {
        if (state == State.BODY) {
            stalled();
        }
    }

    /** Holds an answer until the rest of the body is out of the way, unless that is hopeless (H-10, H-11). */
    private void drop(Response response) {
        forgetBody();
        pending = response;
        state = State.DROP;
        boolean withheld = exchange.request().isExpectingContinue() && !continued;
        if (withheld || exchange.request().contentLength() > MAX_DROPPED) {
            write(response, true);
        }
    }

    /** Answers the current request. On the loop. */
    void answer(Exchange answered, Response response) {
        assert ctx.executor().inEventLoop();
        if (answered != exchange || state == State.CLOSING || streamed != null) {
            // The client has gone in the meantime, or it has its answer.
            if (response.stream() != null) {
                response.stream().abandon();
            }
            return;
        }
        if (state == State.BODY) {
            drop(response);
        } else {
            write(response, false);
        }
        if (!handling) {
            goOn();
        }
    }

    /** Answers the current request. Any thread. */
    void answerLater(Exchange answered, Response response) {
        if (ctx.executor().inEventLoop()) {
            answer(answered, response);
        } else {
            ctx.executor().execute(() -> answer(answered, response));
        }
    }

    /** Answers that the connection becomes another protocol's, and lets it. On the loop. */
    void upgrade(Exchange answered, HttpUpgrade upgrade, Map<String, String> headers) {
        // Not while the decoder that leaves is decoding.
        resume(answered, () -> {
            if (stopping || leaving != null) {
                answer(answered, Response.error(503, "BUSY"));
                return;
            }
            RequestLog.write(answered, 101, ctx.channel().remoteAddress());
            ctx.writeAndFlush(server.encoder().encodeUpgrade(ctx.alloc(), headers), ctx.voidPromise());
            forget();
            state = State.LEFT;
            timer.cancel();
            try {
                upgrading.to(upgrade);
            } catch (Exception | Error e) {
                OutOfMemory.check(e);
                LOG.error(
                        "http: client({}) cannot be served by another protocol - {}",
                        Addresses.of(ctx.channel().remoteAddress()),
                        e.toString(),
                        e);
                ctx.close();
            }
        });
    }

    /** Answers the current request when its publish is done. On the loop. */
    void answerWhen(Exchange answered, CompletableFuture<Void> done, long bytes, Response success, Response failure) {
        assert ctx.executor().inEventLoop();
        if (answered != exchange || state == State.CLOSING) {
            return; // The client has gone in the meantime.
        }
        if (!answered.request().isKeepAlive()) {
            // It is the last one.
            var unused =
                    done.whenComplete((nothing, error) -> answerLater(answered, error == null ? success : failure));
            return;
        }
        publishes.add(new PendingPublishes.Place(answered, done, success, failure, bytes));
        forget();
        state = State.HEAD;
        if (!handling) {
            goOn();
        }
    }

    private void publishDone() {
        ctx.executor().execute(this::answerPublishes);
    }

    /** Gives the answers whose turn has come. */
    private void answerPublishes() {
        while (publishes.isOldestDone()) {
            PendingPublishes.Place place = publishes.remove();
            boolean last = publishes.isEmpty() && state == State.CLOSING;
            ByteBuf out = encode(place.exchange(), place.response(), last);
            if (last) {
                close(out, lastUnread);
                return;
            }
            unflushed = true;
            ctx.write(out, ctx.voidPromise());
        }
        if (!publishes.isEmpty()) {
            publishes.awaitOldest();
        }
        if (state == State.CLOSING) {
            flush();
        } else {
            goOn();
        }
    }

    /** Goes on with the current request, on the loop. Any thread. */
    void resume(Exchange resumed, Runnable step) {
        ctx.executor().execute(() -> {
            if (resumed == exchange && state == State.ANSWER) {
                step.run();
                if (resumed == exchange && state == State.ANSWER) {
                    // What has the body now may take its time: others must not wait for that.
                    claimAfterEnd();
                }
            }
        });
    }

    /** The connection's channel. */
    Channel channel() {
        return ctx.channel();
    }

    /** Runs something that may block, elsewhere. */
    void work(Runnable task) {
        server.workers().execute(task);
    }

    /** A batch, empty. On the loop. */
    MessageBatch batch() {
        assert ctx.executor().inEventLoop();
        batch.clear();
        return batch;
    }

    /**
     * Writes an answer.
     *
     * @param unread whether a part of the request was not read, so that no other can follow
     */
    private void write(Response response, boolean unread) {
        Request request = exchange == null ? null : exchange.request();
        boolean close = unread || stopping || response.isClosing() || request == null || !request.isKeepAlive();
        if (!publishes.isEmpty()) {
            publishes.add(exchange, response);
            forget();
            state = State.HEAD;
            if (close) {
                closeInTurn(unread);
            }
            return;
        }
        if (response.stream() != null) {
            writeStreamed(response, unread, close);
            return;
        }
        ByteBuf out = encode(exchange, response, close);
        forget();
        if (close) {
            close(out, unread);
        } else {
            state = State.HEAD;
            unflushed = true;
            ctx.write(out, ctx.voidPromise());
            if (!ctx.channel().isWritable()) {
                flush();
            }
        }
    }

    private ByteBuf encode(Exchange answered, Response response, boolean close) {
        Request request = answered == null ? null : answered.request();
        boolean http10 = request != null && request.isHttp10();
        boolean head = request != null && request.is("HEAD");
        if (answered != null && answered.isLogged()) {
            RequestLog.write(answered, response.status(), ctx.channel().remoteAddress());
        }
        return server.encoder().encode(ctx.alloc(), response, http10, close, head);
    }

    /** The request has its answer. */
    private void forget() {
        exchange = null;
        streamed = null;
        stall.end();
        forgetBody();
        timer.rest();
    }

    // ---- an answer in pieces

    private void writeStreamed(Response head, boolean unread, boolean close) {
        Exchange answered = exchange;
        Request request = answered.request();
        closesAfterPieces = close || request.isHttp10();
        lastUnread = unread;
        streamed = head.stream();
        forgetBody();
        timer.rest();
        state = State.ANSWER;
        ByteBuf out = encode(answered, head, closesAfterPieces);
        ctx.writeAndFlush(out, ctx.voidPromise());
        if (streamed == null) {
            return; // The connection has failed.
        }
        if (request.is("HEAD")) {
            streamed.abandon();
            endPieces(true);
        } else {
            stall.begin();
            streamed.begin(answered);
            if (stopping || leaving != null) {
                cutEndless();
            }
        }
    }

    /** Closes the connection of a client that has taken nothing of a stream for a minute. Confined to the loop. */
    private final class StallWatch implements Runnable {
        private Future<?> looks;
        private int unwritten;
        private long since;

        void begin() {
            // What the stream before has not got rid of counts still, and is counted down.
            looks = ctx.executor().scheduleAtFixedRate(this, STALL_SECONDS, STALL_SECONDS, TimeUnit.SECONDS);
        }

        void end() {
            if (looks != null) {
                looks.cancel(false);
                looks = null;
            }
        }

        ChannelPromise watch(ChannelPromise written) {
            if (unwritten++ == 0) {
                since = System.nanoTime();
            }
            return written.addListener(done -> {
                unwritten--;
                since = System.nanoTime();
            });
        }

        @Override
        public void run() {
            if (unwritten > 0 && System.nanoTime() - since > TimeUnit.SECONDS.toNanos(STALL_SECONDS)) {
                LOG.warn(
                        "http: client({}) has taken nothing of what it is sent for {} s",
                        Addresses.of(ctx.channel().remoteAddress()),
                        STALL_SECONDS);
                ctx.close();
            }
        }
    }

    /**
     * Writes a piece of a body of unknown length. Any thread.
     *
     * @param bytes not empty, and not to be changed
     * @return done when the kernel has taken it; a failure when the client has gone
     */
    ChannelFuture piece(Exchange answered, ByteBuffer bytes) {
        return whileCurrent(answered, written -> {
            boolean framed = !answered.request().isHttp10();
            ByteBuf piece = framed ? ResponseEncoder.encodeChunk(ctx.alloc(), bytes) : Unpooled.wrappedBuffer(bytes);
            ctx.writeAndFlush(piece, stall.watch(written));
        });
    }

    /**
     * Ends an answer of unknown length. Any thread.
     *
     * @param whole whether the body is complete; else the connection ends with it, so that the client can tell
     */
    void endPieces(Exchange answered, boolean whole) {
        resume(answered, () -> endPieces(whole));
    }

    private void endPieces(boolean whole) {
        if (whole && !exchange.request().isHttp10() && !exchange.request().is("HEAD")) {
            unflushed = true;
            ctx.write(ResponseEncoder.encodeLastChunk(ctx.alloc()), ctx.voidPromise());
        }
        finishPieces(whole);
    }

    /**
     * Writes the head of an answer whose body follows in pieces. Any thread.
     *
     * @return done when it is written; a failure when the client has gone
     */
    ChannelFuture begin(Exchange answered, Response head) {
        return whileCurrent(answered, written -> {
            closesAfterPieces = stopping || !answered.request().isKeepAlive();
            lastUnread = false;
            ctx.writeAndFlush(encode(answered, head, closesAfterPieces), written);
        });
    }

    /**
     * Writes a piece of the body. Any thread.
     *
     * @return done when the kernel has taken it; a failure when the client has gone
     */
    ChannelFuture piece(Exchange answered, byte[] bytes, int length) {
        return whileCurrent(answered, written -> {
            ByteBuf piece = ctx.alloc().ioBuffer(length).writeBytes(bytes, 0, length);
            ctx.writeAndFlush(piece, written);
        });
    }

    /**
     * Ends the answer. Any thread.
     *
     * @param whole whether the body is complete; else the connection ends with it
     */
    void end(Exchange answered, boolean whole) {
        ctx.executor().execute(() -> {
            if (answered == exchange && state != State.CLOSING) {
                finishPieces(whole);
            }
        });
    }

    private void finishPieces(boolean whole) {
        forget();
        if (!whole) {
            ctx.close();
        } else if (lastUnread) {
            flush();
            close(Unpooled.EMPTY_BUFFER, true);
        } else if (closesAfterPieces || stopping) {
            finish();
        } else {
            state = State.HEAD;
            if (!handling) {
                goOn();
            }
        }
    }

    private ChannelFuture whileCurrent(Exchange answered, Consumer<ChannelPromise> step) {
        ChannelPromise written = ctx.newPromise();
        ctx.executor().execute(() -> {
            if (answered == exchange && state == State.ANSWER) {
                step.accept(written);
            } else {
                written.setFailure(new ClosedChannelException());
            }
        });
        return written;
    }

    // ---- the rest of the connection

    private void close(ByteBuf out, boolean unread) {
        state = State.CLOSING;
        dropAhead();
        timer.cancel();
        if (unread) {
            lingering = true;
            ctx.write(out, ctx.voidPromise());
            GracefulClose.start(ctx.channel(), LINGER_MILLIS);
        } else {
            ctx.writeAndFlush(out).addListener(ChannelFutureListener.CLOSE);
        }
    }

    /** Listens no more; closes with the last of the answers that are pending. */
    private void closeInTurn(boolean unread) {
        state = State.CLOSING;
        lastUnread = unread;
        dropAhead();
        timer.cancel();
        adjustReading();
    }

    /** Closes once everything written is out. */
    private void finish() {
        if (!publishes.isEmpty()) {
            closeInTurn(false);
            return;
        }
        state = State.CLOSING;
        dropAhead();
        ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    /** Takes up what came ahead, after an answer that was not made at once or a pause of the client. */
    private void goOn() {
        if (state == State.LEFT) {
            return;
        }
        while (!ahead.isEmpty() && isReadyFor(ahead.element())) {
            handle(ahead.remove());
        }
        resuming = true;
        try {
            decoder.resume();
        } finally {
            resuming = false;
        }
        flush();
        if (inputEnded && ahead.isEmpty()) {
            endInput();
        }
        adjustReading();
        watch();
        parkIfDone();
    }

    private void flush() {
        if (unflushed) {
            unflushed = false;
            ctx.flush();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        flush();
        watch();
        parkIfDone();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (!handling && !resuming && state != State.CLOSING) {
            goOn();
        }
    }

    // ---- a body that is taken as it comes

    /** Reads no more of the body of the current request, or goes on. On the loop. */
    void pause(Exchange reading, boolean pauses) {
        assert ctx.executor().inEventLoop();
        if (reading != exchange || state != State.BODY || paused == pauses) {
            return;
        }
        paused = pauses;
        if (!pauses && !handling && !resuming) {
            goOn();
        }
    }

    /** Notes whether the client owes us a part of a request. */
    private void watch() {
        if (starved || paused) {
            // That nothing comes is not the client's fault.
            timer.rest();
        } else if (state == State.BODY || state == State.DROP) {
            timer.awaitBody();
        } else if (state == State.HEAD && decoder.isPartial()) {
            timer.awaitHead();
        } else {
            timer.rest();
        }
    }

    /** The client has not gone on with its request for too long. */
    private void stalled() {
        write(state == State.DROP ? pending : Response.fatal(408, "408 Request Timeout"), true);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            inputEnded = true;
            if (ahead.isEmpty() && !resuming) {
                endInput();
            }
        } else if (event instanceof SslHandshakeCompletionEvent handshake && !handshake.isSuccess()) {
            LOG.warn(
                    "http: TLS handshake error from {}: {}",
                    Addresses.of(ctx.channel().remoteAddress()),
                    handshake.cause().getMessage());
        }
    }

    /** The client will send no more, but still gets what it asked for. */
    private void endInput() {
        switch (state) {
            case HEAD -> finish();
            case BODY -> write(body.broken().response(), true);
            case DROP -> write(pending, true);
            case ANSWER -> {} // The answer leads here again.
            case CLOSING -> {
                if (lingering) {
                    ctx.close();
                }
            }
            case LEFT -> {} // Whoever comes is told.
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        state = State.CLOSING;
        if (exchange != null) {
            exchange.abandon();
        }
        if (streamed != null) {
            streamed.abandon();
        }
        streamed = null;
        stall.end();
        exchange = null;
        publishes.abandon();
        forgetBody();
        dropAhead();
        timer.cancel();
    }

    private void forgetBody() {
        if (body != null) {
            body.forgotten();
        }
        if (pending != null && pending.stream() != null && pending.stream() != streamed) {
            pending.stream().abandon();
        }
        body = null;
        pending = null;
        paused = false;
        claim(0);
    }

    private void dropAhead() {
        ahead.forEach(ReferenceCountUtil::release);
        ahead.clear();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        // A closed or hostile peer is routine; of a TLS failure userEventTriggered has told.
        if (cause instanceof IOException || cause.getCause() instanceof IOException) {
            LOG.debug("http: connection failed", cause);
        } else {
            LOG.error("http: connection failed", cause);
        }
        ctx.close();
    }
}
