package io.nsqd.http;

/** What serves one method of one path. One object for all connections; called on their loops. */
@FunctionalInterface
interface Endpoint {
    /**
     * Looks at a request whose head has come, and must not block.
     *
     * @return what becomes of the body
     * @throws HttpException with the answer, when the head is enough to refuse the request
     */
    RequestBody open(Exchange exchange) throws HttpException;

    /** What answers a request whose body, if any, has come in full. Called on the connection's loop. */
    @FunctionalInterface
    interface Handler {
        /** Answers, now or later, through the exchange. */
        void handle(Exchange exchange) throws HttpException;
    }

    /** An endpoint that takes no interest in the body but waits for its end (H-7). */
    static Endpoint skipping(Handler handler) {
        return exchange -> RequestBody.skipped(handler);
    }
}
