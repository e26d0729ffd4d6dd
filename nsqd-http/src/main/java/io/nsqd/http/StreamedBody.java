package io.nsqd.http;

import io.netty.buffer.ByteBuf;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.OutOfMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;

/**
 * A request's body on its way to an endpoint that takes it as it comes. What has come and was not asked for waits here, a piece or two, and
 * the client is not read from meanwhile. State belongs to the connection's loop, on which the subscriber is called, too: never from within
 * the handling of what comes, as it may answer.
 */
final class StreamedBody implements RequestBody, Flow.Publisher<ByteBuffer> {
    private static final Logger LOG = LoggerFactory.getLogger(StreamedBody.class);

    private final Exchange exchange;
    private final Queue<ByteBuffer> pieces = new ArrayDeque<>(2);
    private Flow.Subscriber<? super ByteBuffer> subscriber;
    private long held;
    private long demand;
    private boolean complete;
    private boolean broken;

    /** Whether the subscriber was told the end, or wants to hear nothing more. */
    private boolean over;

    private boolean delivering;

    StreamedBody(Exchange exchange) {
        this.exchange = exchange;
    }

    // ---- what comes, on the loop

    @Override
    public void add(ByteBuf piece) {
        if (!over && piece.isReadable()) {
            byte[] bytes = new byte[piece.readableBytes()];
            piece.readBytes(bytes);
            pieces.add(ByteBuffer.wrap(bytes));
            held += bytes.length;
            exchange.pause(true);
            deliverLater();
        }
    }

    @Override
    public long held() {
        return held;
    }

    @Override
    public void end(Exchange ending) {
        complete = true;
        deliverLater();
    }

    @Override
    public void forgotten() {
        broken = !complete || !pieces.isEmpty();
        pieces.clear();
        held = 0;
        deliverLater();
    }

    // ---- what is asked for, any thread

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> asking) {
        onLoop(() -> {
            if (subscriber != null) {
                refuse(asking);
                return;
            }
            subscriber = asking;
            call(() -> asking.onSubscribe(new Demand()));
            deliver();
        });
    }

    private static void refuse(Flow.Subscriber<? super ByteBuffer> second) {
        second.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long count) {}

            @Override
            public void cancel() {}
        });
        second.onError(new IllegalStateException("a request's body has one subscriber"));
    }

    private final class Demand implements Flow.Subscription {
        @Override
        public void request(long count) {
            onLoop(() -> {
                if (count <= 0) {
                    fail(new IllegalArgumentException("no number of pieces: " + count));
                } else {
                    demand = demand + count < 0 ? Long.MAX_VALUE : demand + count;
                    deliver();
                }
            });
        }

        @Override
        public void cancel() {
            onLoop(() -> {
                over = true;
                pieces.clear();
                held = 0;
                exchange.pause(false);
            });
        }
    }

    private void onLoop(Runnable task) {
        try {
            exchange.loop().execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("the loop has ended, and the connection with it", e);
        }
    }

    // ---- delivery, on the loop

    private void deliverLater() {
        if (subscriber != null && !over) {
            onLoop(this::deliver);
        }
    }

    private void deliver() {
        if (subscriber == null || over || delivering) {
            return;
        }
        delivering = true;
        while (!over && demand > 0 && !pieces.isEmpty()) {
            ByteBuffer piece = pieces.remove();
            held -= piece.remaining();
            demand--;
            call(() -> subscriber.onNext(piece));
        }
        delivering = false;
        if (over) {
            return;
        }
        if (broken) {
            fail(new IOException("the body broke off"));
        } else if (pieces.isEmpty() && complete) {
            over = true;
            call(subscriber::onComplete);
        } else if (pieces.isEmpty() && demand > 0) {
            exchange.pause(false);
        }
    }

    private void fail(Throwable failure) {
        if (!over) {
            over = true;
            pieces.clear();
            held = 0;
            call(() -> subscriber.onError(failure));
            exchange.pause(false);
        }
    }

    /** A subscriber that throws is told nothing more: what comes of the request is the endpoint's answer, or its failure. */
    private void call(Runnable signal) {
        try {
            signal.run();
        } catch (RuntimeException | Error e) {
            OutOfMemory.check(e);
            LOG.error("HTTP: who takes the body of a request has failed - {}", e.toString(), e);
            over = true;
            pieces.clear();
            held = 0;
            exchange.pause(false);
        }
    }
}
