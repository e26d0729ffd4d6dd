package io.nsqd.http;

import io.netty.channel.ChannelFuture;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.OutOfMemory;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;

/**
 * The body of an answer on its way from an endpoint's source to the client: of the source a few pieces are asked for, and one more
 * whenever the kernel has taken one. Made for one answer; any thread. The source is called under no lock, and never on a loop that serves
 * connections but to be cancelled or to be asked for more.
 */
final class StreamedAnswer implements Flow.Subscriber<ByteBuffer> {
    private static final Logger LOG = LoggerFactory.getLogger(StreamedAnswer.class);

    /** Pieces that may be on their way. */
    private static final int WINDOW = 4;

    private static final String EVENTS = "text/event-stream";

    private final Flow.Publisher<ByteBuffer> source;
    private final Executor executor;
    private final String path;
    private final boolean endless;
    private final Runnable ended;

    private Exchange exchange;
    private Flow.Subscription subscription;
    private int allowed;
    private boolean over;

    /** Whether the source was, or is about to be, subscribed to. */
    private boolean asked;

    /**
     * @param source what is to be sent
     * @param contentType what it is
     * @param executor where it is subscribed to
     * @param path of the request, for the log
     * @param ended called once, when nothing more is taken of it; quick
     */
    StreamedAnswer(
            Flow.Publisher<ByteBuffer> source, String contentType, Executor executor, String path, Runnable ended) {
        this.source = source;
        this.executor = executor;
        this.path = path;
        this.ended = ended;
        endless = contentType.toLowerCase(Locale.ROOT).startsWith(EVENTS);
    }

    /** Whether it has no end of its own, and clients come again by themselves. */
    boolean isEndless() {
        return endless;
    }

    /** The head of the answer is on its way. On the loop. */
    void begin(Exchange answered) {
        boolean cutBefore;
        synchronized (this) {
            exchange = answered;
            cutBefore = over;
            asked = true;
        }
        if (cutBefore) {
            // Whoever made it has left since: the client is not to wait for what will not come.
            answered.endPieces(endless);
            return;
        }
        try {
            executor.execute(this::subscribe);
        } catch (RejectedExecutionException e) {
            fail("no thread is free for it", e);
            subscribe();
        }
    }

    private void subscribe() {
        try {
            source.subscribe(this);
        } catch (RuntimeException | Error e) {
            OutOfMemory.check(e);
            fail(e.toString(), e);
        }
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        boolean unwanted;
        synchronized (this) {
            unwanted = over || subscription != null;
            if (!unwanted) {
                subscription = given;
                allowed = WINDOW;
            }
        }
        if (unwanted) {
            given.cancel();
        } else {
            given.request(WINDOW);
        }
    }

    @Override
    public void onNext(ByteBuffer piece) {
        boolean tooMany;
        synchronized (this) {
            if (over) {
                return;
            }
            tooMany = --allowed < 0;
        }
        if (tooMany) {
            fail("its source gives more than it is asked for", null);
        } else if (piece.hasRemaining()) {
            exchange.piece(piece).addListener(written -> taken((ChannelFuture) written));
        } else {
            askForOne();
        }
    }

    private void taken(ChannelFuture written) {
        if (written.isSuccess()) {
            askForOne();
        } else {
            // The client has gone.
            abandon();
        }
    }

    private void askForOne() {
        Flow.Subscription asked;
        synchronized (this) {
            if (over) {
                return;
            }
            allowed++;
            asked = subscription;
        }
        try {
            asked.request(1);
        } catch (RuntimeException | Error e) {
            OutOfMemory.check(e);
            fail(e.toString(), e);
        }
    }

    @Override
    public void onError(Throwable failure) {
        fail(failure.toString(), failure);
    }

    private void fail(String why, Throwable cause) {
        if (finish()) {
            LOG.error("HTTP: what {} streams broke off - {}", path, why, cause);
            exchange.endPieces(false);
        }
    }

    @Override
    public void onComplete() {
        if (finish()) {
            exchange.endPieces(true);
        }
    }

    /** Ends it early, as whoever makes it or sends it leaves. Any thread. */
    void cut() {
        Exchange cut;
        synchronized (this) {
            cut = exchange;
        }
        if (finish() && cut != null) {
            cut.endPieces(endless);
        }
    }

    /** Nobody wants it any more. Any thread. */
    void abandon() {
        finish();
    }

    /** @return whether it was not over before */
    private boolean finish() {
        Flow.Subscription cancelled;
        boolean neverAsked;
        synchronized (this) {
            if (over) {
                return false;
            }
            over = true;
            cancelled = subscription;
            neverAsked = !asked;
            asked = true;
        }
        ended.run();
        if (neverAsked) {
            // So that it knows: it is cancelled at once.
            try {
                executor.execute(this::subscribe);
            } catch (RejectedExecutionException e) {
                subscribe();
            }
        }
        if (cancelled != null) {
            try {
                cancelled.cancel();
            } catch (RuntimeException | Error e) {
                OutOfMemory.check(e);
                LOG.error("HTTP: the source of what {} streams cannot be cancelled - {}", path, e.toString(), e);
            }
        }
        return true;
    }
}
