package io.nsqd.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;

/**
 * The publishes of a connection that are not done yet, and what is answered behind them, in the order of the requests (H-1). A client
 * that sends ahead so has several on their way to the disk at once; whatever is not a publish waits until all of them are answered. Confined to the connection's
 * loop.
 */
final class PendingPublishes {
    /** With so many nothing more is read. */
    static final int MOST = 64;

    /** With so many bytes on their way to the disk nothing more is read. */
    static final long MOST_BYTES = 8 * 1024 * 1024;

    private static final CompletableFuture<Void> DONE = CompletableFuture.completedFuture(null);

    /**
     * A request whose answer has its turn.
     *
     * @param exchange the request; {@code null} where its head never came
     * @param bytes of its body
     */
    record Place(Exchange exchange, CompletableFuture<Void> done, Response success, Response failure, long bytes) {
        Response response() {
            return done.isCompletedExceptionally() ? failure : success;
        }
    }

    private final Queue<Place> places = new ArrayDeque<>(0);
    private final Runnable oldestDone;
    private long bytes;

    /** @param oldestDone told, on whichever thread, when the oldest is done */
    PendingPublishes(Runnable oldestDone) {
        this.oldestDone = oldestDone;
    }

    boolean isEmpty() {
        return places.isEmpty();
    }

    boolean isFull() {
        return places.size() >= MOST || bytes >= MOST_BYTES;
    }

    void add(Place place) {
        places.add(place);
        bytes += place.bytes();
        if (places.size() == 1) {
            awaitOldest();
        }
    }

    /** An answer that is there, in its turn. */
    void add(Exchange exchange, Response response) {
        add(new Place(exchange, DONE, response, response, 0));
    }

    /** Waits for the oldest alone, which of all that is done by one commit is told last. */
    void awaitOldest() {
        var unused = places.element().done().whenComplete((nothing, failure) -> oldestDone.run());
    }

    /** Whether the oldest can be answered. */
    boolean isOldestDone() {
        return !places.isEmpty() && places.element().done().isDone();
    }

    Place remove() {
        Place oldest = places.remove();
        bytes -= oldest.bytes();
        return oldest;
    }

    /** The client has gone. */
    void abandon() {
        for (Place place : places) {
            if (place.exchange() != null) {
                place.exchange().abandon();
            }
        }
        places.clear();
        bytes = 0;
    }

    /** Whether a request may be handled while others are pending: a publish that neither ends the connection nor wants to be asked for its body. */
    static boolean mayJoin(HttpRequest head) {
        String path = head.uri();
        int mark = path.indexOf('?');
        String plain = mark < 0 ? path : path.substring(0, mark);
        return (plain.equals("/pub") || plain.equals("/mpub"))
                && head.method().equals(HttpMethod.POST)
                && head.decoderResult().isSuccess()
                && head.protocolVersion().equals(HttpVersion.HTTP_1_1)
                && HttpUtil.isKeepAlive(head)
                && !head.headers().contains(HttpHeaderNames.EXPECT);
    }
}
