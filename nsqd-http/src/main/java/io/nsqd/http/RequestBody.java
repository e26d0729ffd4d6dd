package io.nsqd.http;

import io.netty.buffer.ByteBuf;

/** What becomes of a request's body. Made for one request, confined to the connection's loop. */
interface RequestBody {
    /**
     * Takes a piece; it must not be kept.
     *
     * @throws HttpException when enough has been seen to refuse the request
     */
    void add(ByteBuf piece) throws HttpException;

    /** The body is complete: answers, now or later, through the exchange. */
    void end(Exchange exchange) throws HttpException;

    /** The memory that what has come takes, in bytes. */
    default long held() {
        return 0;
    }

    /** The most memory that is taken, for a moment or for longer, while so many bytes more are added. */
    default long heldWith(int added) {
        return held() + added;
    }

    /** The memory that is still taken of what has come, in bytes, when {@link #end} returns: the rest is somebody else's, to count as well. */
    default long heldAfterEnd() {
        return 0;
    }

    /** Nobody waits for it any more: the request has its answer, or the client has gone. On the loop, once, whether it was complete or not. */
    default void forgotten() {}

    /** The answer when the body breaks off or is malformed (H-40 step 2). */
    default HttpException broken() {
        return HttpException.internalError();
    }

    /** A body that nobody wants: the answer is known. The connection drops what it cannot avoid (H-11). */
    record Unread(Response response) implements RequestBody {
        @Override
        public void add(ByteBuf piece) {
            // Dropped.
        }

        @Override
        public void end(Exchange exchange) {
            exchange.answer(response);
        }
    }

    /** A body that is read to its end and ignored. */
    static RequestBody skipped(Endpoint.Handler handler) {
        return new RequestBody() {
            @Override
            public void add(ByteBuf piece) {
                // Ignored.
            }

            @Override
            public void end(Exchange exchange) throws HttpException {
                handler.handle(exchange);
            }

            @Override
            public HttpException broken() {
                return new HttpException(400, "INVALID_REQUEST");
            }
        };
    }
}
